"""Features cut into the tiles of a zoom when a version is published; versions that are prepared already get theirs when they are prepared again."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tile_piece",
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("zoom", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("tile_column", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("tile_row", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("feature_row_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("geom", Geometry("GEOMETRY", srid=-1, spatial_index=False), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_tile_piece_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "layer_version_id", "zoom", "tile_column", "tile_row", "feature_row_id", name=op.f("pk_tile_piece")
        ),
    )


def downgrade() -> None:
    op.drop_table("tile_piece")
