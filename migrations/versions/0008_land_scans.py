"""Tables of any kind, and what the scans of land after its approval find."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_constraint(op.f("ck_table_delivery_kind"), "table_delivery", type_="check")
    op.create_check_constraint(op.f("ck_table_delivery_kind"), "table_delivery", "kind ~ '^[a-z][a-z_]*$'")
    op.create_table(
        "delivered_fact",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("source_row", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["table_delivery.id"],
            name=op.f("fk_delivered_fact_delivery_id_table_delivery"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_delivered_fact")),
        sa.UniqueConstraint("delivery_id", "source_row", name=op.f("uq_delivered_fact_delivery_id_source_row")),
    )
    op.create_index("ix_delivered_fact_subject", "delivered_fact", ["subject"], unique=False)
    op.create_table(
        "land_scan",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("input_digest", sa.Text(), nullable=False),
        sa.Column("catalog_version", sa.Text(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_land_scan")),
    )
    op.create_index(
        "uq_land_scan_current",
        "land_scan",
        ["topic", "period"],
        unique=True,
        postgresql_where=sa.text("is_current"),
    )
    op.create_index("ix_land_scan_input_digest", "land_scan", ["input_digest"], unique=False)
    _create_findings()


def _create_findings() -> None:
    op.create_table(
        "land_finding",
        sa.Column("row_id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("land_scan_id", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("parcel_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason_zh", sa.Text(), nullable=False),
        sa.Column("reason_en", sa.Text(), nullable=False),
        sa.Column("article", sa.Text(), nullable=False),
        sa.Column("missing", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("measures", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("is_under_appeal", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["land_scan_id"],
            ["land_scan.id"],
            name=op.f("fk_land_finding_land_scan_id_land_scan"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_land_finding")),
        sa.UniqueConstraint("land_scan_id", "subject", name=op.f("uq_land_finding_land_scan_id_subject")),
    )
    op.create_index("ix_land_finding_land_scan_id_row_id", "land_finding", ["land_scan_id", "row_id"], unique=False)
    op.create_index(
        "ix_land_finding_parcel_codes", "land_finding", ["parcel_codes"], unique=False, postgresql_using="gin"
    )


def downgrade() -> None:
    op.drop_table("land_finding")
    op.drop_table("land_scan")
    op.drop_table("delivered_fact")
    op.execute("delete from table_delivery where kind not in ('contracts', 'enterprises')")
    op.drop_constraint(op.f("ck_table_delivery_kind"), "table_delivery", type_="check")
    op.create_check_constraint(op.f("ck_table_delivery_kind"), "table_delivery", "kind in ('contracts', 'enterprises')")
