"""Code tables that a bureau gives itself, and patches of construction land that all plans have in a hard line."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

DIFFERENT = "conflict_class in ('conflict', 'gap', 'contradiction')"
WITH_AGREED = "conflict_class in ('conflict', 'gap', 'contradiction', 'agreed_construction')"


def upgrade() -> None:
    op.create_table(
        "local_code_table",
        sa.Column("id", sa.Integer(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("codes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_code_table")),
    )
    op.create_index(
        "uq_local_code_table_current",
        "local_code_table",
        ["name"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.drop_constraint(op.f("ck_plan_patch_conflict_class"), "plan_patch")
    op.create_check_constraint(op.f("ck_plan_patch_conflict_class"), "plan_patch", WITH_AGREED)


def downgrade() -> None:
    op.execute("delete from plan_patch where conflict_class = 'agreed_construction'")
    op.drop_constraint(op.f("ck_plan_patch_conflict_class"), "plan_patch")
    op.create_check_constraint(op.f("ck_plan_patch_conflict_class"), "plan_patch", DIFFERENT)
    op.drop_table("local_code_table")
