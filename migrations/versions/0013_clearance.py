"""The clearance register of the ecological control line."""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
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
        "clearance_run",
        _identity("id"),
        sa.Column("land_layer", sa.Text(), nullable=False),
        sa.Column("line_layer", sa.Text(), nullable=False),
        *_run_columns(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance_run")),
    )
    op.create_index(
        "uq_clearance_run_current",
        "clearance_run",
        ["land_layer", "line_layer"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_table(
        "clearance_item",
        _identity("row_id"),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("clearance_run_id", sa.BigInteger(), nullable=False),
        sa.Column("land_code", sa.Text(), nullable=True),
        sa.Column("code_version", sa.Text(), nullable=True),
        sa.Column("line_ids", TEXTS, nullable=False),
        sa.Column("land_area_m2", sa.Double(), nullable=False),
        sa.Column("area_inside_m2", sa.Double(), nullable=False),
        sa.Column("share_inside", sa.Double(), nullable=False),
        sa.Column("overlap_class", sa.Text(), nullable=False),
        sa.Column("still_found", sa.Boolean(), nullable=False),
        sa.Column("legal_status", sa.Text(), server_default=sa.text("'under_examination'"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("plan_year", sa.Integer(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("progress", sa.Text(), server_default=sa.text("'registered'"), nullable=False),
        sa.Column("cleared_on", sa.Date(), nullable=True),
        sa.Column("document", sa.Text(), nullable=True),
        sa.Column("change_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("geom", Geometry("MULTIPOLYGON", srid=srid, spatial_index=False), nullable=False),
        sa.CheckConstraint(
            "legal_status in ('lawful', 'unlawful', 'historic', 'under_examination')",
            name=op.f("ck_clearance_item_legal_status"),
        ),
        sa.CheckConstraint(
            "method in ('demolition', 'relocation', 'buy_back', 'restoration', 'conversion', 'retention')",
            name=op.f("ck_clearance_item_method"),
        ),
        sa.CheckConstraint(
            "progress in ('registered', 'planned', 'under_way', 'cleared')", name=op.f("ck_clearance_item_progress")
        ),
        sa.CheckConstraint(
            "(progress = 'cleared') = (cleared_on is not null)", name=op.f("ck_clearance_item_cleared_on")
        ),
        sa.CheckConstraint(
            "overlap_class in ('real', 'sliver', 'artefact')", name=op.f("ck_clearance_item_overlap_class")
        ),
        sa.CheckConstraint("area_inside_m2 > 0", name=op.f("ck_clearance_item_area_inside_m2")),
        sa.CheckConstraint("ST_IsValid(geom)", name=op.f("ck_clearance_item_geom_valid")),
        sa.ForeignKeyConstraint(
            ["clearance_run_id"],
            ["clearance_run.id"],
            name=op.f("fk_clearance_item_clearance_run_id_clearance_run"),
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_clearance_item")),
        sa.UniqueConstraint(
            "clearance_run_id", "feature_id", name=op.f("uq_clearance_item_clearance_run_id_feature_id")
        ),
    )
    op.create_index("ix_clearance_item_geom", "clearance_item", ["geom"], unique=False, postgresql_using="gist")
    op.create_index("ix_clearance_item_clearance_run_id_row_id", "clearance_item", ["clearance_run_id", "row_id"])
    op.create_table(
        "clearance_entry",
        _identity("id"),
        sa.Column("land_layer", sa.Text(), nullable=False),
        sa.Column("line_layer", sa.Text(), nullable=False),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("changes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clearance_entry")),
    )
    op.create_index("ix_clearance_entry_feature_id", "clearance_entry", ["feature_id"], unique=False)
    op.execute(
        "create trigger clearance_entry_is_kept before update or delete on clearance_entry "
        "for each row execute function refuse_change_of_history()"
    )


def downgrade() -> None:
    op.drop_table("clearance_entry")
    op.drop_table("clearance_item")
    op.drop_table("clearance_run")
