"""Imports that are staged in chunks and made visible at once; the faults of a delivery."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alter_layer_version()
    op.add_column("rejected_feature", sa.Column("source_id", sa.Text(), nullable=True))
    _create_staging()
    _create_intake_fault(op.get_context().opts["storage_srid"])


def _alter_layer_version() -> None:
    op.add_column("layer_version", sa.Column("validation", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.alter_column("layer_version", "layer_id", existing_type=sa.Integer(), nullable=True)
    op.drop_constraint(op.f("ck_layer_version_status"), "layer_version")
    op.create_check_constraint(
        op.f("ck_layer_version_status"), "layer_version", "status in ('staging', 'draft', 'in_force', 'archived')"
    )
    op.drop_constraint(op.f("ck_layer_version_published_at"), "layer_version")
    op.create_check_constraint(
        op.f("ck_layer_version_published_at"),
        "layer_version",
        "(status in ('staging', 'draft')) = (published_at is null)",
    )
    op.create_check_constraint(
        op.f("ck_layer_version_staging"), "layer_version", "(status = 'staging') = (layer_id is null)"
    )


def _create_staging() -> None:
    op.create_table(
        "staging",
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("options", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("software_version", sa.Text(), nullable=False),
        sa.Column("rows_done", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("rows_done >= 0", name=op.f("ck_staging_rows_done")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_staging_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("layer_version_id", name=op.f("pk_staging")),
    )


def _create_intake_fault(storage_srid: int) -> None:
    op.create_table(
        "intake_fault",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("feature_id", sa.Text(), nullable=True),
        sa.Column("field", sa.Text(), nullable=True),
        sa.Column("found", sa.Text(), nullable=True),
        sa.Column("expected", sa.Text(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("width_m", sa.Double(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("geom", Geometry("GEOMETRY", srid=storage_srid, spatial_index=False), nullable=True),
        sa.CheckConstraint("severity in ('error', 'warning', 'note')", name=op.f("ck_intake_fault_severity")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_intake_fault_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_intake_fault")),
    )
    op.create_index("ix_intake_fault_layer_version_id_id", "intake_fault", ["layer_version_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_intake_fault_layer_version_id_id", table_name="intake_fault")
    op.drop_table("intake_fault")
    op.drop_table("staging")
    op.drop_column("rejected_feature", "source_id")
    op.execute("delete from layer_version where status = 'staging'")
    op.drop_constraint(op.f("ck_layer_version_staging"), "layer_version")
    op.drop_constraint(op.f("ck_layer_version_published_at"), "layer_version")
    op.create_check_constraint(
        op.f("ck_layer_version_published_at"), "layer_version", "(status = 'draft') = (published_at is null)"
    )
    op.drop_constraint(op.f("ck_layer_version_status"), "layer_version")
    op.create_check_constraint(
        op.f("ck_layer_version_status"), "layer_version", "status in ('draft', 'in_force', 'archived')"
    )
    op.alter_column("layer_version", "layer_id", existing_type=sa.Integer(), nullable=False)
    op.drop_column("layer_version", "validation")
