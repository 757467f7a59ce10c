"""Core tables: layers and their features, checks, idle land, jobs, keys."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Fixed here for the life of the database; `installation` records it.
    storage_srid = op.get_context().opts["storage_srid"]
    op.create_table(
        "access_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("office", sa.Text(), nullable=True),
        sa.Column("key_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.CheckConstraint("name ~ '^[^[:cntrl:]]{1,100}$'", name=op.f("ck_access_key_name")),
        sa.CheckConstraint("scope in ('read', 'check', 'write')", name=op.f("ck_access_key_scope")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_key")),
        sa.UniqueConstraint("key_sha256", name=op.f("uq_access_key_key_sha256")),
        sa.UniqueConstraint("name", name=op.f("uq_access_key_name")),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("storage_srid", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_installation_one_row")),
        sa.CheckConstraint("storage_srid in (4490, 4326)", name=op.f("ck_installation_storage_srid")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
    )
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="accepted", nullable=False),
        sa.Column("progress", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("inputs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("error", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("queue_job_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "status in ('accepted', 'running', 'successful', 'failed', 'dismissed')", name=op.f("ck_job_status")
        ),
        sa.CheckConstraint("progress between 0 and 100", name=op.f("ck_job_progress")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index("ix_job_created_at", "job", ["created_at"], unique=False)
    op.create_table(
        "layer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("control_kind", sa.Text(), nullable=True),
        sa.Column("title_zh", sa.Text(), nullable=False),
        sa.Column("title_en", sa.Text(), nullable=False),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("mandatory", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stale_after_days", sa.Integer(), nullable=True),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("version_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'control_area') = (control_kind is not null)", name=op.f("ck_layer_control_kind_of_control_area")
        ),
        sa.CheckConstraint(
            "control_kind in ('ecological_redline', 'permanent_basic_farmland', 'urban_development_boundary', 'ecological_control_line', 'functional_zone', 'land_use_control_zone', 'water_source', 'river_management', 'wetland', 'nature_reserve', 'flood_zone', 'contaminated_land', 'forest', 'transport', 'utility', 'jurisdiction', 'other')",
            name=op.f("ck_layer_control_kind"),
        ),
        sa.CheckConstraint("kind in ('parcel', 'plan', 'control_area', 'reference')", name=op.f("ck_layer_kind")),
        sa.CheckConstraint("slug ~ '^[a-z][a-z0-9_]{0,62}$'", name=op.f("ck_layer_slug")),
        sa.CheckConstraint("accuracy_m >= 0", name=op.f("ck_layer_accuracy_m")),
        sa.CheckConstraint("stale_after_days > 0", name=op.f("ck_layer_stale_after_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer")),
        sa.UniqueConstraint("slug", name=op.f("uq_layer_slug")),
    )
    op.create_table(
        "rule_parameter",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("catalog_version", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Numeric(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("status in ('confirmed', 'assumed')", name=op.f("ck_rule_parameter_status")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_rule_parameter_validity")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_parameter")),
    )
    op.create_index("ix_rule_parameter_key", "rule_parameter", ["key", "region", "valid_from"], unique=False)
    op.create_table(
        "table_delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("rejected_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("kind in ('contracts', 'enterprises')", name=op.f("ck_table_delivery_kind")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_table_delivery_sha256")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_table_delivery")),
    )
    op.create_index(
        "uq_table_delivery_current", "table_delivery", ["kind"], unique=True, postgresql_where=sa.text("is_current")
    )
    op.create_table(
        "enterprise",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("credit_code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("industry_code", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["table_delivery.id"],
            name=op.f("fk_enterprise_delivery_id_table_delivery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_enterprise")),
        sa.UniqueConstraint("delivery_id", "source_row", name=op.f("uq_enterprise_delivery_id_source_row")),
    )
    op.create_index("ix_enterprise_credit_code", "enterprise", ["credit_code"], unique=False)
    op.create_table(
        "land_contract",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("contract_no", sa.Text(), nullable=False),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("holder_credit_code", sa.Text(), nullable=True),
        sa.Column("price_yuan", sa.Numeric(), nullable=True),
        sa.Column("terms", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["table_delivery.id"],
            name=op.f("fk_land_contract_delivery_id_table_delivery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_land_contract")),
        sa.UniqueConstraint("delivery_id", "source_row", name=op.f("uq_land_contract_delivery_id_source_row")),
    )
    op.create_index("ix_land_contract_parcel_code", "land_contract", ["parcel_code"], unique=False)
    op.create_table(
        "layer_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("layer_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("source_name", sa.Text(), nullable=False),
        sa.Column("source_layer", sa.Text(), nullable=True),
        sa.Column("source_crs", sa.Text(), nullable=False),
        sa.Column("source_encoding", sa.Text(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("approval_no", sa.Text(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("coverage", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=True),
        sa.Column("read_count", sa.Integer(), nullable=False),
        sa.Column("accepted_count", sa.Integer(), nullable=False),
        sa.Column("repaired_count", sa.Integer(), nullable=False),
        sa.Column("rejected_count", sa.Integer(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("(status = 'draft') = (published_at is null)", name=op.f("ck_layer_version_published_at")),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_layer_version_sha256")),
        sa.CheckConstraint("status in ('draft', 'in_force', 'archived')", name=op.f("ck_layer_version_status")),
        sa.CheckConstraint("coverage is null or ST_IsValid(coverage)", name=op.f("ck_layer_version_coverage_valid")),
        sa.CheckConstraint(
            "read_count = accepted_count + repaired_count + rejected_count", name=op.f("ck_layer_version_counts")
        ),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_layer_version_validity")),
        sa.ForeignKeyConstraint(["layer_id"], ["layer.id"], name=op.f("fk_layer_version_layer_id_layer")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_layer_version")),
        sa.UniqueConstraint("layer_id", "number", name=op.f("uq_layer_version_layer_id_number")),
    )
    op.create_index("ix_layer_version_coverage", "layer_version", ["coverage"], unique=False, postgresql_using="gist")
    op.create_index(
        "uq_layer_version_in_force",
        "layer_version",
        ["layer_id"],
        unique=True,
        postgresql_where=sa.text("status = 'in_force'"),
    )
    op.create_table(
        "check_run",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("target_layer_id", sa.Integer(), nullable=False),
        sa.Column("target_version_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("catalog_version", sa.Text(), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["target_layer_id"], ["layer.id"], name=op.f("fk_check_run_target_layer_id_layer")),
        sa.ForeignKeyConstraint(
            ["target_version_id"], ["layer_version.id"], name=op.f("fk_check_run_target_version_id_layer_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_run")),
    )
    op.create_index("ix_check_run_input_digest", "check_run", ["input_digest"], unique=False)
    op.create_table(
        "control_area",
        sa.Column("control_code", sa.Text(), nullable=True),
        sa.Column("control_name", sa.Text(), nullable=True),
        sa.Column("control_zone", sa.Text(), nullable=True),
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("area_ellipsoid_m2", sa.Double(), nullable=False),
        sa.Column("area_planar_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_control_area_geom_valid")),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_control_area_geom_not_empty")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_control_area_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_control_area")),
    )
    op.create_index("ix_control_area_geom", "control_area", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_control_area_layer_version_id_row_id", "control_area", ["layer_version_id", "row_id"], unique=False
    )
    op.create_index(
        "uq_control_area_current_feature",
        "control_area",
        ["layer_version_id", "feature_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "idle_scan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("parcel_version_id", sa.Integer(), nullable=True),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("catalog_version", sa.Text(), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("contract_count", sa.Integer(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["table_delivery.id"], name=op.f("fk_idle_scan_delivery_id_table_delivery")
        ),
        sa.ForeignKeyConstraint(
            ["parcel_version_id"], ["layer_version.id"], name=op.f("fk_idle_scan_parcel_version_id_layer_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idle_scan")),
    )
    op.create_index("ix_idle_scan_input_digest", "idle_scan", ["input_digest"], unique=False)
    op.create_index(
        "uq_idle_scan_current", "idle_scan", ["is_current"], unique=True, postgresql_where=sa.text("is_current")
    )
    op.create_table(
        "parcel",
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("land_use_code", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=True),
        sa.Column("area_registered_m2", sa.Double(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=True),
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("area_ellipsoid_m2", sa.Double(), nullable=False),
        sa.Column("area_planar_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_parcel_geom_valid")),
        sa.CheckConstraint("area_registered_m2 >= 0", name=op.f("ck_parcel_area_registered_m2")),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_parcel_geom_not_empty")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_parcel_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_parcel")),
    )
    op.create_index("ix_parcel_geom", "parcel", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_parcel_layer_version_id_row_id", "parcel", ["layer_version_id", "row_id"], unique=False)
    op.create_index("ix_parcel_parcel_code", "parcel", ["parcel_code"], unique=False)
    op.create_index(
        "uq_parcel_current_feature",
        "parcel",
        ["layer_version_id", "feature_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "plan_zone",
        sa.Column("zone_code", sa.Text(), nullable=True),
        sa.Column("zone_name", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=True),
        sa.Column("floor_area_ratio_max", sa.Double(), nullable=True),
        sa.Column("building_height_max_m", sa.Double(), nullable=True),
        sa.Column("building_density_max", sa.Double(), nullable=True),
        sa.Column("green_ratio_min", sa.Double(), nullable=True),
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("area_ellipsoid_m2", sa.Double(), nullable=False),
        sa.Column("area_planar_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_plan_zone_geom_valid")),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_plan_zone_geom_not_empty")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_plan_zone_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_plan_zone")),
    )
    op.create_index("ix_plan_zone_geom", "plan_zone", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_plan_zone_layer_version_id_row_id", "plan_zone", ["layer_version_id", "row_id"], unique=False)
    op.create_index("ix_plan_zone_zone_code", "plan_zone", ["zone_code"], unique=False)
    op.create_index(
        "uq_plan_zone_current_feature",
        "plan_zone",
        ["layer_version_id", "feature_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "reference_feature",
        sa.Column("feature_code", sa.Text(), nullable=True),
        sa.Column("feature_name", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=True),
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("superseded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.Column("area_ellipsoid_m2", sa.Double(), nullable=False),
        sa.Column("area_planar_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_reference_feature_geom_valid")),
        sa.CheckConstraint("not ST_IsEmpty(geom)", name=op.f("ck_reference_feature_geom_not_empty")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_reference_feature_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_reference_feature")),
    )
    op.create_index("ix_reference_feature_geom", "reference_feature", ["geom"], unique=False, postgresql_using="gist")
    op.create_index(
        "ix_reference_feature_layer_version_id_row_id",
        "reference_feature",
        ["layer_version_id", "row_id"],
        unique=False,
    )
    op.create_index(
        "uq_reference_feature_current_feature",
        "reference_feature",
        ["layer_version_id", "feature_id"],
        unique=True,
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.create_table(
        "rejected_feature",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw_wkb", sa.LargeBinary(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_rejected_feature_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rejected_feature")),
    )
    op.create_index(
        op.f("ix_rejected_feature_layer_version_id"), "rejected_feature", ["layer_version_id"], unique=False
    )
    op.create_table(
        "repair",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("layer_version_id", sa.Integer(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw_wkb", sa.LargeBinary(), nullable=False),
        sa.Column("area_before_m2", sa.Double(), nullable=True),
        sa.Column("area_after_m2", sa.Double(), nullable=False),
        sa.CheckConstraint("area_after_m2 > 0", name=op.f("ck_repair_area_after_m2")),
        sa.ForeignKeyConstraint(
            ["layer_version_id"],
            ["layer_version.id"],
            name=op.f("fk_repair_layer_version_id_layer_version"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_repair")),
    )
    op.create_index(op.f("ix_repair_layer_version_id"), "repair", ["layer_version_id"], unique=False)
    op.create_table(
        "check_run_layer",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("check_run_id", sa.BigInteger(), nullable=False),
        sa.Column("target_layer_id", sa.Integer(), nullable=False),
        sa.Column("control_layer_id", sa.Integer(), nullable=False),
        sa.Column("control_version_id", sa.Integer(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("covered_share", sa.Double(), nullable=True),
        sa.Column("uncovered_target_count", sa.Integer(), nullable=False),
        sa.Column("audit", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "status in ('hit', 'clear', 'not_covered', 'stale', 'failed')", name=op.f("ck_check_run_layer_status")
        ),
        sa.CheckConstraint(
            "verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name=op.f("ck_check_run_layer_verdict")
        ),
        sa.CheckConstraint("covered_share between 0 and 1", name=op.f("ck_check_run_layer_covered_share")),
        sa.ForeignKeyConstraint(
            ["check_run_id"],
            ["check_run.id"],
            name=op.f("fk_check_run_layer_check_run_id_check_run"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["control_layer_id"], ["layer.id"], name=op.f("fk_check_run_layer_control_layer_id_layer")
        ),
        sa.ForeignKeyConstraint(
            ["control_version_id"],
            ["layer_version.id"],
            name=op.f("fk_check_run_layer_control_version_id_layer_version"),
        ),
        sa.ForeignKeyConstraint(
            ["target_layer_id"], ["layer.id"], name=op.f("fk_check_run_layer_target_layer_id_layer")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_run_layer")),
        sa.UniqueConstraint(
            "check_run_id", "control_layer_id", name=op.f("uq_check_run_layer_check_run_id_control_layer_id")
        ),
    )
    op.create_index(
        "uq_check_run_layer_current",
        "check_run_layer",
        ["target_layer_id", "control_layer_id"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "control_piece",
        sa.Column("piece_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("control_row_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "geom",
            Geometry(
                geometry_type="POLYGON",
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["control_row_id"],
            ["control_area.row_id"],
            name=op.f("fk_control_piece_control_row_id_control_area"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("piece_id", name=op.f("pk_control_piece")),
    )
    op.create_index("ix_control_piece_control_row_id", "control_piece", ["control_row_id"], unique=False)
    op.create_index("ix_control_piece_geom", "control_piece", ["geom"], unique=False, postgresql_using="gist")
    op.create_table(
        "idle_case",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("idle_scan_id", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("target_row_id", sa.BigInteger(), nullable=True),
        sa.Column("parcel_match", sa.Text(), nullable=False),
        sa.Column("candidate_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("parcel_layer", sa.Text(), nullable=True),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("contract_no", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("agreed_start_date", sa.Date(), nullable=True),
        sa.Column("idle_since", sa.Date(), nullable=True),
        sa.Column("gross_idle_days", sa.Integer(), nullable=True),
        sa.Column("net_idle_days", sa.Integer(), nullable=True),
        sa.Column("developed_share", sa.Double(), nullable=True),
        sa.Column("invested_share", sa.Double(), nullable=True),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=True),
        sa.CheckConstraint(
            "(parcel_match = 'one') = (target_row_id is not null)", name=op.f("ck_idle_case_target_of_match")
        ),
        sa.CheckConstraint(
            "kind in ('idle_not_started', 'idle_suspended', 'late_start', 'insufficient_data')",
            name=op.f("ck_idle_case_kind"),
        ),
        sa.CheckConstraint("parcel_match in ('none', 'one', 'many')", name=op.f("ck_idle_case_parcel_match")),
        sa.CheckConstraint("(target_row_id is null) = (geom is null)", name=op.f("ck_idle_case_geom_of_target")),
        sa.ForeignKeyConstraint(
            ["idle_scan_id"], ["idle_scan.id"], name=op.f("fk_idle_case_idle_scan_id_idle_scan"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["target_row_id"], ["parcel.row_id"], name=op.f("fk_idle_case_target_row_id_parcel"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_idle_case")),
        sa.UniqueConstraint("idle_scan_id", "feature_id", name=op.f("uq_idle_case_idle_scan_id_feature_id")),
    )
    op.create_index("ix_idle_case_geom", "idle_case", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_idle_case_idle_scan_id_row_id", "idle_case", ["idle_scan_id", "row_id"], unique=False)
    op.create_index("ix_idle_case_parcel_code", "idle_case", ["parcel_code"], unique=False)
    op.create_table(
        "finding",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("check_run_id", sa.BigInteger(), nullable=False),
        sa.Column("check_run_layer_id", sa.BigInteger(), nullable=False),
        sa.Column("target_row_id", sa.BigInteger(), nullable=False),
        sa.Column("target_layer", sa.Text(), nullable=False),
        sa.Column("target_id", sa.Text(), nullable=False),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("control_layer", sa.Text(), nullable=False),
        sa.Column("control_kind", sa.Text(), nullable=False),
        sa.Column("control_zone", sa.Text(), nullable=True),
        sa.Column("constraint_ids", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rule_id", sa.Text(), nullable=True),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("overlap_class", sa.Text(), nullable=False),
        sa.Column("overlap_area_m2", sa.Double(), nullable=False),
        sa.Column("target_area_m2", sa.Double(), nullable=False),
        sa.Column("target_share", sa.Double(), nullable=False),
        sa.Column("mean_width_m", sa.Double(), nullable=True),
        sa.Column("text_zh", sa.Text(), nullable=False),
        sa.Column("text_en", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("remedy_zh", sa.Text(), nullable=False),
        sa.Column("remedy_en", sa.Text(), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=storage_srid, spatial_index=False), nullable=False),
        sa.CheckConstraint("overlap_class in ('real', 'sliver')", name=op.f("ck_finding_overlap_class")),
        sa.CheckConstraint("relation in ('overlap', 'outside', 'not_covered')", name=op.f("ck_finding_relation")),
        sa.CheckConstraint("verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name=op.f("ck_finding_verdict")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_finding_geom_valid")),
        sa.CheckConstraint("overlap_area_m2 > 0", name=op.f("ck_finding_overlap_area_m2")),
        sa.CheckConstraint("target_share > 0 and target_share <= 1", name=op.f("ck_finding_target_share")),
        sa.ForeignKeyConstraint(
            ["check_run_id"], ["check_run.id"], name=op.f("fk_finding_check_run_id_check_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["check_run_layer_id"],
            ["check_run_layer.id"],
            name=op.f("fk_finding_check_run_layer_id_check_run_layer"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["target_row_id"], ["parcel.row_id"], name=op.f("fk_finding_target_row_id_parcel"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_finding")),
        sa.UniqueConstraint("check_run_id", "feature_id", name=op.f("uq_finding_check_run_id_feature_id")),
    )
    op.create_index("ix_finding_check_run_layer_id_row_id", "finding", ["check_run_layer_id", "row_id"], unique=False)
    op.create_index("ix_finding_geom", "finding", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_finding_target_row_id", "finding", ["target_row_id"], unique=False)
    op.execute(sa.text("insert into installation (id, storage_srid) values (1, :srid)").bindparams(srid=storage_srid))


def downgrade() -> None:
    op.drop_index("ix_finding_target_row_id", table_name="finding")
    op.drop_index("ix_finding_geom", table_name="finding")
    op.drop_index("ix_finding_check_run_layer_id_row_id", table_name="finding")
    op.drop_table("finding")
    op.drop_index("ix_idle_case_parcel_code", table_name="idle_case")
    op.drop_index("ix_idle_case_idle_scan_id_row_id", table_name="idle_case")
    op.drop_index("ix_idle_case_geom", table_name="idle_case")
    op.drop_table("idle_case")
    op.drop_index("ix_control_piece_geom", table_name="control_piece")
    op.drop_index("ix_control_piece_control_row_id", table_name="control_piece")
    op.drop_table("control_piece")
    op.drop_index("uq_check_run_layer_current", table_name="check_run_layer", postgresql_where=sa.text("is_current"))
    op.drop_table("check_run_layer")
    op.drop_index(op.f("ix_repair_layer_version_id"), table_name="repair")
    op.drop_table("repair")
    op.drop_index(op.f("ix_rejected_feature_layer_version_id"), table_name="rejected_feature")
    op.drop_table("rejected_feature")
    op.drop_index(
        "uq_reference_feature_current_feature",
        table_name="reference_feature",
        postgresql_where=sa.text("superseded_at is null"),
    )
    op.drop_index("ix_reference_feature_layer_version_id_row_id", table_name="reference_feature")
    op.drop_index("ix_reference_feature_geom", table_name="reference_feature")
    op.drop_table("reference_feature")
    op.drop_index(
        "uq_plan_zone_current_feature", table_name="plan_zone", postgresql_where=sa.text("superseded_at is null")
    )
    op.drop_index("ix_plan_zone_zone_code", table_name="plan_zone")
    op.drop_index("ix_plan_zone_layer_version_id_row_id", table_name="plan_zone")
    op.drop_index("ix_plan_zone_geom", table_name="plan_zone")
    op.drop_table("plan_zone")
    op.drop_index("uq_parcel_current_feature", table_name="parcel", postgresql_where=sa.text("superseded_at is null"))
    op.drop_index("ix_parcel_parcel_code", table_name="parcel")
    op.drop_index("ix_parcel_layer_version_id_row_id", table_name="parcel")
    op.drop_index("ix_parcel_geom", table_name="parcel")
    op.drop_table("parcel")
    op.drop_index("uq_idle_scan_current", table_name="idle_scan", postgresql_where=sa.text("is_current"))
    op.drop_index("ix_idle_scan_input_digest", table_name="idle_scan")
    op.drop_table("idle_scan")
    op.drop_index(
        "uq_control_area_current_feature", table_name="control_area", postgresql_where=sa.text("superseded_at is null")
    )
    op.drop_index("ix_control_area_layer_version_id_row_id", table_name="control_area")
    op.drop_index("ix_control_area_geom", table_name="control_area")
    op.drop_table("control_area")
    op.drop_index("ix_check_run_input_digest", table_name="check_run")
    op.drop_table("check_run")
    op.drop_index(
        "uq_layer_version_in_force", table_name="layer_version", postgresql_where=sa.text("status = 'in_force'")
    )
    op.drop_index("ix_layer_version_coverage", table_name="layer_version")
    op.drop_table("layer_version")
    op.drop_index("ix_land_contract_parcel_code", table_name="land_contract")
    op.drop_table("land_contract")
    op.drop_index("ix_enterprise_credit_code", table_name="enterprise")
    op.drop_table("enterprise")
    op.drop_index("uq_table_delivery_current", table_name="table_delivery", postgresql_where=sa.text("is_current"))
    op.drop_table("table_delivery")
    op.drop_index("ix_rule_parameter_key", table_name="rule_parameter")
    op.drop_table("rule_parameter")
    op.drop_table("layer")
    op.drop_index("ix_job_created_at", table_name="job")
    op.drop_table("job")
    op.drop_table("installation")
    op.drop_table("access_key")
