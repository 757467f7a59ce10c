"""Scenes, and what they show of land under contract."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def _json(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=nullable)


def _text(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _identity(name: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    _make_scenes()
    _make_runs()
    _make_evidence()


def _make_scenes() -> None:
    srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "imagery_scene",
        _identity("id"),
        _text("kind"),
        _text("path"),
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("scale", sa.Float(), nullable=True),
        _json("masks"),
        _text("sha256"),
        sa.Column("resolution_m", sa.Float(), nullable=False),
        _text("crs"),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _text("recorded_by"),
        sa.CheckConstraint(
            "kind in ('vegetation_index', 'built_share', 'night_lights')", name=op.f("ck_imagery_scene_kind")
        ),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_imagery_scene_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_imagery_scene")),
        sa.UniqueConstraint("sha256", "band", "kind", name=op.f("uq_imagery_scene_sha256_band_kind")),
    )
    op.create_index("ix_imagery_scene_taken_on", "imagery_scene", ["taken_on"])


def _make_runs() -> None:
    op.create_table(
        "evidence_run",
        _identity("id"),
        sa.Column("as_of", sa.Date(), nullable=False),
        _text("input_digest"),
        sa.Column("parcel_version_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        _json("parameter_rows"),
        _json("scenes"),
        _json("summary"),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        _text("started_by"),
        sa.ForeignKeyConstraint(
            ["parcel_version_id"], ["layer_version.id"], name=op.f("fk_evidence_run_parcel_version_id_layer_version")
        ),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["table_delivery.id"], name=op.f("fk_evidence_run_delivery_id_table_delivery")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evidence_run")),
    )
    op.create_index(
        "uq_evidence_run_current", "evidence_run", ["is_current"], unique=True, postgresql_where=sa.text("is_current")
    )


def _make_evidence() -> None:
    op.create_table(
        "land_evidence",
        _identity("row_id"),
        sa.Column("evidence_run_id", sa.BigInteger(), nullable=False),
        _text("contract_no"),
        _text("parcel_code", nullable=True),
        _text("bearing"),
        _text("reason_zh"),
        _text("reason_en"),
        _json("claims"),
        _json("observations"),
        _json("footprints"),
        _json("step", nullable=True),
        sa.CheckConstraint(
            "bearing in ('supports', 'contradicts', 'cannot_tell', 'nothing_reported')",
            name=op.f("ck_land_evidence_bearing"),
        ),
        sa.ForeignKeyConstraint(
            ["evidence_run_id"],
            ["evidence_run.id"],
            name=op.f("fk_land_evidence_evidence_run_id_evidence_run"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_land_evidence")),
        sa.UniqueConstraint(
            "evidence_run_id", "contract_no", name=op.f("uq_land_evidence_evidence_run_id_contract_no")
        ),
    )
    op.create_index("ix_land_evidence_contract_no", "land_evidence", ["contract_no"])
    op.create_index("ix_land_evidence_parcel_code", "land_evidence", ["parcel_code"])


def downgrade() -> None:
    for table in ("land_evidence", "evidence_run", "imagery_scene"):
        op.drop_table(table)
