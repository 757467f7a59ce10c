"""What of a preparation of tiles is done already: a worker that goes on where another one ended does the rest."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "0037"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tile_preparation_step",
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("state", sa.BigInteger(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("invalid_count", sa.Integer(), nullable=False),
        sa.Column("invalid_edges", Geometry("MULTILINESTRING", srid=3857, spatial_index=False), nullable=True),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_tile_preparation_step_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_version_id", "step", name=op.f("pk_tile_preparation_step")),
    )


def downgrade() -> None:
    op.drop_table("tile_preparation_step")
