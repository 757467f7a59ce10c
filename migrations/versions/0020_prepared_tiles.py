"""Layers generalised for tiles of small scales, and how often the features of a version were changed."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WEB_MERCATOR = 3857


def upgrade() -> None:
    op.add_column("layer_version", sa.Column("edit_count", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "tile_preparation",
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("feature_count", sa.Integer(), nullable=False),
        sa.Column("invalid_count", sa.Integer(), nullable=False),
        sa.Column("invalid_edges", Geometry("MULTILINESTRING", srid=WEB_MERCATOR, spatial_index=False), nullable=True),
        sa.Column("prepared_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_tile_preparation_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_version_id", name=op.f("pk_tile_preparation")),
    )
    op.create_table(
        "generalised_feature",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("zoom", sa.SmallInteger(), nullable=False),
        sa.Column("feature_row_id", sa.BigInteger(), nullable=True),
        sa.Column("class_value", sa.Text(), nullable=True),
        sa.Column("feature_count", sa.Integer(), nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=WEB_MERCATOR, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_generalised_feature_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_generalised_feature")),
    )
    op.create_index("ix_generalised_feature_layer_version_id_zoom", "generalised_feature", ["layer_version_id", "zoom"])
    op.create_index(
        "ix_generalised_feature_geom", "generalised_feature", ["geom"], unique=False, postgresql_using="gist"
    )


def downgrade() -> None:
    op.drop_table("generalised_feature")
    op.drop_table("tile_preparation")
    op.drop_column("layer_version", "edit_count")
