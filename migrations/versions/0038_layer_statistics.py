"""How many features a version has and where, measured when it is published; versions published before are measured when they are asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "layer_statistics",
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("edit_count", sa.Integer(), nullable=False),
        sa.Column("feature_count", sa.Integer(), nullable=False),
        sa.Column("bounds", postgresql.ARRAY(sa.Double()), nullable=True),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_layer_statistics_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_version_id", name=op.f("pk_layer_statistics")),
    )


def downgrade() -> None:
    op.drop_table("layer_statistics")
