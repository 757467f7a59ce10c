"""Cases of idle land; what is done in them is only ever added to."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
REFUSE_CHANGES = """
create function refuse_disposal_move_change() returns trigger language plpgsql as $$
begin
    raise exception 'disposal_move is only added to: % refused', lower(tg_op) using errcode = 'restrict_violation';
end $$
"""


def _recorded() -> tuple[sa.Column, sa.Column]:
    return (
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
    )


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "disposal_case",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("contract_no", sa.Text(), nullable=False),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("parcel_layer", sa.Text(), nullable=True),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("cause", sa.Text(), nullable=True),
        sa.Column("is_published", sa.Boolean(), nullable=False),
        sa.Column("due_name", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("initial_facts", JSONB, nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False), nullable=True),
        *_recorded(),
        sa.CheckConstraint("revision > 0", name=op.f("ck_disposal_case_revision")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_disposal_case")),
    )
    op.create_index("ix_disposal_case_geom", "disposal_case", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_disposal_case_parcel_code", "disposal_case", ["parcel_code"], unique=False)
    op.create_index(
        "uq_disposal_case_open",
        "disposal_case",
        ["contract_no"],
        unique=True,
        postgresql_where=sa.text("ended_on is null"),
    )
    op.create_table(
        "disposal_move",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("disposal_case_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("document_no", sa.Text(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("move", JSONB, nullable=False),
        sa.Column("outcome", JSONB, nullable=False),
        *_recorded(),
        sa.ForeignKeyConstraint(
            ["disposal_case_id"],
            ["disposal_case.row_id"],
            name=op.f("fk_disposal_move_disposal_case_id_disposal_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_move")),
        sa.UniqueConstraint("disposal_case_id", "number", name=op.f("uq_disposal_move_disposal_case_id_number")),
    )
    op.execute(REFUSE_CHANGES)
    op.execute(
        "create trigger refuse_change before update or delete on disposal_move "
        "for each row execute function refuse_disposal_move_change()"
    )
    op.execute(
        "create trigger refuse_truncate before truncate on disposal_move "
        "for each statement execute function refuse_disposal_move_change()"
    )


def downgrade() -> None:
    op.drop_table("disposal_move")
    op.execute("drop function refuse_disposal_move_change()")
    op.drop_table("disposal_case")
