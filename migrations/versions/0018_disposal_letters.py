"""Letters of cases of idle land; what was issued is never changed."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

REFUSE_CHANGES = """
create function refuse_disposal_letter_change() returns trigger language plpgsql as $$
begin
    raise exception 'disposal_letter is only added to: % refused', lower(tg_op) using errcode = 'restrict_violation';
end $$
"""


def upgrade() -> None:
    op.create_table(
        "disposal_letter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("disposal_case_id", sa.BigInteger(), nullable=False),
        sa.Column("move_number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("serial", sa.Integer(), nullable=False),
        sa.Column("letter_no", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_disposal_letter_sha256")),
        sa.ForeignKeyConstraint(
            ["disposal_case_id"],
            ["disposal_case.row_id"],
            name=op.f("fk_disposal_letter_disposal_case_id_disposal_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disposal_letter")),
        sa.UniqueConstraint("kind", "year", "serial", name=op.f("uq_disposal_letter_kind_year_serial")),
        sa.UniqueConstraint(
            "disposal_case_id",
            "kind",
            "move_number",
            name=op.f("uq_disposal_letter_disposal_case_id_kind_move_number"),
        ),
    )
    op.execute(REFUSE_CHANGES)
    op.execute(
        "create trigger refuse_change before update or delete on disposal_letter "
        "for each row execute function refuse_disposal_letter_change()"
    )
    op.execute(
        "create trigger refuse_truncate before truncate on disposal_letter "
        "for each statement execute function refuse_disposal_letter_change()"
    )


def downgrade() -> None:
    op.drop_table("disposal_letter")
    op.execute("drop function refuse_disposal_letter_change()")
