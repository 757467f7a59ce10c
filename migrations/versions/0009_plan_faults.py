"""Faults of plans and lines."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TEXTS = sa.ARRAY(sa.Text())


def _run_columns() -> list[sa.Column]:
    return [
        sa.Column("layers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
    ]


def _identity(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "plan_fault_run",
        _identity("id"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("layer_set", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        *_run_columns(),
        sa.CheckConstraint("kind in ('topology', 'lines', 'levels')", name=op.f("ck_plan_fault_run_kind")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_fault_run")),
    )
    op.create_index(
        "uq_plan_fault_run_current",
        "plan_fault_run",
        ["kind", "layer_set"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "plan_fault",
        _identity("row_id"),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("plan_fault_run_id", sa.BigInteger(), nullable=False),
        sa.Column("fault_kind", sa.Text(), nullable=False),
        sa.Column("layers", TEXTS, nullable=False),
        sa.Column("feature_ids", TEXTS, nullable=False),
        sa.Column("overlap_class", sa.Text(), nullable=True),
        sa.Column("area_m2", sa.Double(), nullable=True),
        sa.Column("width_m", sa.Double(), nullable=True),
        sa.Column("max_width_m", sa.Double(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("geom", Geometry("GEOMETRY", srid=srid, spatial_index=False), nullable=True),
        sa.CheckConstraint("overlap_class in ('real', 'sliver', 'artefact')", name=op.f("ck_plan_fault_overlap_class")),
        sa.CheckConstraint("geom is null or ST_IsValid(geom)", name=op.f("ck_plan_fault_geom_valid")),
        sa.ForeignKeyConstraint(
            ["plan_fault_run_id"],
            ["plan_fault_run.id"],
            name=op.f("fk_plan_fault_plan_fault_run_id_plan_fault_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_plan_fault")),
        sa.UniqueConstraint("plan_fault_run_id", "feature_id", name=op.f("uq_plan_fault_plan_fault_run_id_feature_id")),
    )
    op.create_index("ix_plan_fault_geom", "plan_fault", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_plan_fault_plan_fault_run_id_row_id", "plan_fault", ["plan_fault_run_id", "row_id"])


def downgrade() -> None:
    op.drop_table("plan_fault")
    op.drop_table("plan_fault_run")
