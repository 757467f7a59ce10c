"""Difference patches end without being examined again, and in the place where they are stored."""

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

NAME = "ck_plan_patch_geom_valid"


def upgrade() -> None:
    # A patch that ends is a row whose geometry was examined when it began: PostgreSQL evaluates all conditions of a row whatever is changed of it.
    op.drop_constraint(op.f(NAME), "plan_patch")
    op.create_check_constraint(op.f(NAME), "plan_patch", "until_revision is not null or ST_IsValid(geom)")
    # https://www.postgresql.org/docs/15/storage-hot.html: with room for the new row on its page, an update that changes no indexed column enters
    # nothing in the indexes. An update of a comparison ends a few patches of many pages.
    op.execute("alter table plan_patch set (fillfactor = 85)")


def downgrade() -> None:
    op.execute("alter table plan_patch reset (fillfactor)")
    op.drop_constraint(op.f(NAME), "plan_patch")
    op.create_check_constraint(op.f(NAME), "plan_patch", "ST_IsValid(geom)")
