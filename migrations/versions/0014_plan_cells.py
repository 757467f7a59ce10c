"""The cells of comparisons of plans as a map layer."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TEXTS = sa.ARRAY(sa.Text())


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    op.add_column(
        "plan_comparison", sa.Column("shows_cells", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_table(
        "plan_cell",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("plan_comparison_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_set", sa.Text(), nullable=False),
        sa.Column("conflict_class", sa.Text(), nullable=False),
        *(
            sa.Column(name, TEXTS, nullable=False)
            for name in ("plan_statuses", "plan_codes", "zone_ids", "hard_lines", "patch_ids")
        ),
        sa.Column("hard_line_mask", sa.BigInteger(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_plan_cell_geom_valid")),
        sa.ForeignKeyConstraint(
            ["plan_comparison_id"],
            ["plan_comparison.id"],
            name=op.f("fk_plan_cell_plan_comparison_id_plan_comparison"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_plan_cell")),
        sa.UniqueConstraint(
            "plan_comparison_id", "feature_id", name=op.f("uq_plan_cell_plan_comparison_id_feature_id")
        ),
    )
    op.create_index("ix_plan_cell_geom", "plan_cell", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_plan_cell_plan_comparison_id_row_id", "plan_cell", ["plan_comparison_id", "row_id"])


def downgrade() -> None:
    op.drop_table("plan_cell")
    op.drop_column("plan_comparison", "shows_cells")
