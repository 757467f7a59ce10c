"""What the survey's accuracy leaves of findings, and hard lines that may reach a parcel."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_CERTAINTY = "certainty in ('certain_hit', 'doubtful_hit', 'possible_hit')"
_BEFORE = {
    "relation": "relation in ('overlap', 'outside', 'not_covered')",
    "overlap_area_m2": "overlap_area_m2 > 0",
    "target_share": "target_share > 0 and target_share <= 1",
}
_AFTER = {
    "relation": "relation in ('overlap', 'outside', 'not_covered', 'near')",
    "overlap_area_m2": "case relation when 'near' then overlap_area_m2 = 0 else overlap_area_m2 > 0 end",
    "target_share": "case relation when 'near' then target_share = 0 else target_share > 0 and target_share <= 1 end",
}


def _replace(checks: dict[str, str]) -> None:
    for name, condition in checks.items():
        op.drop_constraint(op.f(f"ck_finding_{name}"), "finding", type_="check")
        op.create_check_constraint(op.f(f"ck_finding_{name}"), "finding", condition)


def upgrade() -> None:
    op.add_column("finding", sa.Column("certainty", sa.Text(), nullable=True))
    op.create_check_constraint(op.f("ck_finding_certainty"), "finding", _CERTAINTY)
    _replace(_AFTER)


def downgrade() -> None:
    # The former tables have no place for them, and a run without some of its findings would say that there are none: it is checked again.
    op.execute("delete from check_run where id in (select check_run_id from finding where relation = 'near')")
    _replace(_BEFORE)
    op.drop_constraint(op.f("ck_finding_certainty"), "finding", type_="check")
    op.drop_column("finding", "certainty")
