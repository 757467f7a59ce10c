"""Two fields of the customary register that had none: what the leading group's office says, and where a key project's quota comes from. Searches for industry beside housing."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FIELDS = ("leading_group_opinion", "quota_source")
SEARCH_KIND = "ck_plan_fault_run_kind"


def upgrade() -> None:
    for name in FIELDS:
        op.add_column("plan_patch", sa.Column(name, sa.Text(), nullable=True))
    op.drop_constraint(op.f(SEARCH_KIND), "plan_fault_run", type_="check")
    op.create_check_constraint(
        op.f(SEARCH_KIND), "plan_fault_run", "kind in ('topology', 'lines', 'levels', 'neighbours')"
    )


def downgrade() -> None:
    op.drop_constraint(op.f(SEARCH_KIND), "plan_fault_run", type_="check")
    op.execute("delete from plan_fault_run where kind = 'neighbours'")
    op.create_check_constraint(op.f(SEARCH_KIND), "plan_fault_run", "kind in ('topology', 'lines', 'levels')")
    for name in reversed(FIELDS):
        op.drop_column("plan_patch", name)
