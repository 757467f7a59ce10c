"""Reference layers: any vector layer, with the fields of its source."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

KINDS = "'parcel', 'plan', 'control_area', 'reference'"


def _replace_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_layer_kind"), "layer", type_="check")
    op.create_check_constraint(op.f("ck_layer_kind"), "layer", f"kind in ({kinds})")


def upgrade() -> None:
    srid = op.get_context().opts["storage_srid"]
    _replace_kinds(f"{KINDS}, 'vector'")
    op.add_column("layer_version", sa.Column("own_fields", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.add_column("layer_version", sa.Column("geometry_type", sa.Text(), nullable=True))
    op.create_table(
        "vector_feature",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("GEOMETRY", srid=srid, spatial_index=False), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("area_ellipsoid_m2", sa.Double(), nullable=False),
        sa.Column("area_planar_m2", sa.Double(), nullable=True),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_vector_feature_geom_valid")),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_vector_feature_geom_not_empty")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_vector_feature_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_vector_feature")),
    )
    op.create_index("ix_vector_feature_geom", "vector_feature", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_vector_feature_layer_version_id_row_id", "vector_feature", ["layer_version_id", "row_id"])
    op.create_index(
        "uq_vector_feature_current_feature",
        "vector_feature",
        ["layer_version_id", "feature_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )


def downgrade() -> None:
    op.drop_table("vector_feature")
    op.drop_column("layer_version", "geometry_type")
    op.drop_column("layer_version", "own_fields")
    op.execute("delete from layer_version where layer_id in (select id from layer where kind = 'vector')")
    op.execute("delete from layer where kind = 'vector'")
    _replace_kinds(KINDS)
