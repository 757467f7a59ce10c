"""Comparisons of plans and their difference patches."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    storage_srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "plan_comparison",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("plan_set", sa.Text(), nullable=False),
        sa.Column("plans", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_comparison")),
    )
    op.create_index("ix_plan_comparison_input_digest", "plan_comparison", ["input_digest"], unique=False)
    op.create_index(
        "uq_plan_comparison_current",
        "plan_comparison",
        ["plan_set"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "plan_patch",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("plan_comparison_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_set", sa.Text(), nullable=False),
        sa.Column("conflict_class", sa.Text(), nullable=False),
        sa.Column("plan_statuses", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("plan_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("hard_lines", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("overlap_class", sa.Text(), nullable=False),
        sa.Column("cell_count", sa.Integer(), nullable=False),
        sa.Column("area_m2", sa.Double(), nullable=False),
        sa.Column("mean_width_m", sa.Double(), nullable=False),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "conflict_class in ('conflict', 'gap', 'contradiction')", name=op.f("ck_plan_patch_conflict_class")
        ),
        sa.CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name=op.f("ck_plan_patch_overlap_class")),
        sa.CheckConstraint("area_m2 > 0", name=op.f("ck_plan_patch_area_m2")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_plan_patch_geom_valid")),
        sa.ForeignKeyConstraint(
            ["plan_comparison_id"],
            ["plan_comparison.id"],
            name=op.f("fk_plan_patch_plan_comparison_id_plan_comparison"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_plan_patch")),
        sa.UniqueConstraint(
            "plan_comparison_id", "feature_id", name=op.f("uq_plan_patch_plan_comparison_id_feature_id")
        ),
    )
    op.create_index("ix_plan_patch_geom", "plan_patch", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_plan_patch_plan_comparison_id_row_id", "plan_patch", ["plan_comparison_id", "row_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_plan_patch_plan_comparison_id_row_id", table_name="plan_patch")
    op.drop_index("ix_plan_patch_geom", table_name="plan_patch")
    op.drop_table("plan_patch")
    op.drop_index("uq_plan_comparison_current", table_name="plan_comparison", postgresql_where=sa.text("is_current"))
    op.drop_index("ix_plan_comparison_input_digest", table_name="plan_comparison")
    op.drop_table("plan_comparison")
