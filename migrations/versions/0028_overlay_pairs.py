"""Overlays whose pairs are kept as a collection."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

JSON = postgresql.JSONB(astext_type=sa.Text())


def _identity(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "overlay_run",
        _identity("id"),
        sa.Column("a_collection", sa.Text(), nullable=False),
        sa.Column("b_collection", sa.Text(), nullable=False),
        sa.Column("asked", JSON, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("summary", JSON, nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overlay_run")),
    )
    op.create_index(
        "uq_overlay_run_current",
        "overlay_run",
        ["a_collection", "b_collection"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "overlay_pair",
        _identity("row_id"),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("overlay_run_id", sa.BigInteger(), nullable=False),
        sa.Column("a_collection", sa.Text(), nullable=False),
        sa.Column("a_id", sa.Text(), nullable=False),
        sa.Column("b_collection", sa.Text(), nullable=False),
        sa.Column("b_id", sa.Text(), nullable=False),
        sa.Column("overlap_class", sa.Text(), nullable=False),
        sa.Column("overlap_area_m2", sa.Double(), nullable=False),
        sa.Column("share_of_a", sa.Double(), nullable=False),
        sa.Column("share_of_b", sa.Double(), nullable=False),
        sa.Column("mean_width_m", sa.Double(), nullable=True),
        sa.Column("a_properties", JSON, nullable=False),
        sa.Column("b_properties", JSON, nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False), nullable=True),
        sa.CheckConstraint(
            "overlap_class in ('real', 'sliver', 'artefact')", name=op.f("ck_overlay_pair_overlap_class")
        ),
        sa.CheckConstraint("geom is null or ST_IsValid(geom)", name=op.f("ck_overlay_pair_geom_valid")),
        sa.ForeignKeyConstraint(
            ["overlay_run_id"],
            ["overlay_run.id"],
            name=op.f("fk_overlay_pair_overlay_run_id_overlay_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_overlay_pair")),
        sa.UniqueConstraint("overlay_run_id", "feature_id", name=op.f("uq_overlay_pair_overlay_run_id_feature_id")),
    )
    op.create_index("ix_overlay_pair_geom", "overlay_pair", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_overlay_pair_overlay_run_id_row_id", "overlay_pair", ["overlay_run_id", "row_id"])


def downgrade() -> None:
    op.drop_table("overlay_pair")
    op.drop_table("overlay_run")
