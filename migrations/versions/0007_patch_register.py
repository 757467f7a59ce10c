"""The register of difference patches: what was decided of each, and the history of decisions, which nobody changes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TEXTS = (
    "decided_plan",
    "decided_code",
    "decided_code_version",
    "decided_status",
    "reason_code",
    "reason_zh",
    "reason_en",
    "reason_document",
    "method",
    "owner",
    "district_opinion",
    "city_opinion",
    "document",
    "approval",
    "key_project",
)
LISTS = ("adjusted_plans", "adjusted_lines", "unknown_facts")
DATES = ("deadline", "effective_on", "approved_on")
FLAGS = ("has_existing_right", "is_built_lawfully", "is_inside_scale_boundary")
CHECKS = {
    "state": "state in ('open', 'proposed', 'agreed', 'applied', 'rejected')",
    "decided_status": "decided_status in ('construction', 'non_construction')",
    "decided": (
        "(decided_status is null) = (decided_code is null) and (decided_plan is null or decided_code is not null) "
        "and (state not in ('proposed', 'agreed', 'applied') or decided_code is not null)"
    ),
    "applied": "state <> 'applied' or (document is not null and effective_on is not null)",
    "built_share": "built_share between 0 and 1",
}


def _columns() -> list[sa.Column]:
    return [
        sa.Column("state", sa.Text(), server_default=sa.text("'open'"), nullable=False),
        sa.Column("decision_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=True) for name in TEXTS),
        *(
            sa.Column(name, postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False)
            for name in LISTS
        ),
        *(sa.Column(name, sa.Date(), nullable=True) for name in DATES),
        *(sa.Column(name, sa.Boolean(), nullable=True) for name in FLAGS),
        sa.Column("built_share", sa.Double(), nullable=True),
    ]


def upgrade() -> None:
    for column in _columns():
        op.add_column("plan_patch", column)
    for name, condition in CHECKS.items():
        op.create_check_constraint(op.f(f"ck_plan_patch_{name}"), "plan_patch", condition)
    op.create_table(
        "patch_decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("patch_row_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_comparison_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("from_state", sa.Text(), nullable=False),
        sa.Column("to_state", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("batch", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("recorded_by <> ''", name=op.f("ck_patch_decision_recorded_by")),
        sa.ForeignKeyConstraint(
            ["patch_row_id"], ["plan_patch.row_id"], name=op.f("fk_patch_decision_patch_row_id_plan_patch")
        ),
        sa.ForeignKeyConstraint(
            ["plan_comparison_id"],
            ["plan_comparison.id"],
            name=op.f("fk_patch_decision_plan_comparison_id_plan_comparison"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_patch_decision")),
    )
    op.create_index("ix_patch_decision_patch_row_id", "patch_decision", ["patch_row_id"], unique=False)
    op.create_index("ix_patch_decision_plan_comparison_id", "patch_decision", ["plan_comparison_id"], unique=False)
    op.execute(
        "create function refuse_change_of_history() returns trigger language plpgsql as "
        "$$ begin raise exception 'The history of % is never changed.', tg_table_name "
        "using errcode = 'restrict_violation'; end $$"
    )
    op.execute(
        "create trigger patch_decision_is_kept before update or delete on patch_decision "
        "for each row execute function refuse_change_of_history()"
    )


def downgrade() -> None:
    op.drop_table("patch_decision")
    op.execute("drop function refuse_change_of_history()")
    for name in CHECKS:
        op.drop_constraint(op.f(f"ck_plan_patch_{name}"), "plan_patch", type_="check")
    for column in reversed(_columns()):
        op.drop_column("plan_patch", column.name)
