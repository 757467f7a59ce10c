"""What was changed of a layer and of where it is known, by whom, and what it was before."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    storage_srid = op.get_context().opts["storage_srid"]
    op.add_column(
        "layer_version", sa.Column("coverage_revision", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.create_table(
        "layer_edit",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=True),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("coverage_before", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_layer_edit_layer_id_layer")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_layer_edit_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_edit")),
    )
    op.create_index(op.f("ix_layer_edit_layer_id"), "layer_edit", ["layer_id"], unique=False)
    op.create_index(op.f("ix_layer_edit_layer_version_id"), "layer_edit", ["layer_version_id"], unique=False)


def downgrade() -> None:
    op.drop_table("layer_edit")
    op.drop_column("layer_version", "coverage_revision")
