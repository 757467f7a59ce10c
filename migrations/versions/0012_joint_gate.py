"""Projects before the joint gate; what happened to them is only ever added to."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

REFUSE_CHANGES = """
create function refuse_gate_event_change() returns trigger language plpgsql as $$
begin
    raise exception 'gate_event is only added to: % refused', lower(tg_op) using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    op.create_table(
        "gate_project",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("intended_use", sa.Text(), nullable=True),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_project")),
    )
    op.create_table(
        "gate_site",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gate_project_id", sa.BigInteger(), nullable=False),
        sa.Column("layer_slug", sa.Text(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["gate_project_id"], ["gate_project.id"], name=op.f("fk_gate_site_gate_project_id_gate_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_site")),
    )
    op.create_index("ix_gate_site_gate_project_id", "gate_site", ["gate_project_id"], unique=False)
    op.create_table(
        "gate_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("gate_project_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind in ('submitted', 'checked', 'opinion', 'decided', 'withdrawn')", name=op.f("ck_gate_event_kind")
        ),
        sa.CheckConstraint(
            "office in ('planning', 'land', 'environment', 'investment')", name=op.f("ck_gate_event_office")
        ),
        sa.CheckConstraint("(kind = 'opinion') = (office is not null)", name=op.f("ck_gate_event_office_of_opinion")),
        sa.ForeignKeyConstraint(
            ["gate_project_id"], ["gate_project.id"], name=op.f("fk_gate_event_gate_project_id_gate_project")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gate_event")),
    )
    op.create_index("ix_gate_event_gate_project_id_id", "gate_event", ["gate_project_id", "id"], unique=False)
    op.execute(REFUSE_CHANGES)
    op.execute(
        "create trigger refuse_change before update or delete on gate_event "
        "for each row execute function refuse_gate_event_change()"
    )
    op.execute(
        "create trigger refuse_truncate before truncate on gate_event "
        "for each statement execute function refuse_gate_event_change()"
    )


def downgrade() -> None:
    op.drop_table("gate_event")
    op.execute("drop function refuse_gate_event_change()")
    op.drop_table("gate_site")
    op.drop_table("gate_project")
