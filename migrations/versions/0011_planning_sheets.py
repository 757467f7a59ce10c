"""Planning-basis sheets: the statement, its hash and the signature under it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "planning_sheet",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("sheet_hash", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text(), nullable=False),
        sa.Column("layer_slug", sa.Text(), nullable=True),
        sa.Column("feature_id", sa.Text(), nullable=False),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("verify_url", sa.Text(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("issued_by", sa.Text(), nullable=False),
        sa.CheckConstraint("sheet_hash ~ '^[0-9a-f]{64}$'", name=op.f("ck_planning_sheet_sheet_hash")),
        sa.CheckConstraint("subject_kind in ('parcel', 'site')", name=op.f("ck_planning_sheet_subject_kind")),
        sa.CheckConstraint(
            "verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name=op.f("ck_planning_sheet_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planning_sheet")),
        sa.UniqueConstraint("sheet_hash", name=op.f("uq_planning_sheet_sheet_hash")),
    )
    op.create_index("ix_planning_sheet_subject", "planning_sheet", ["layer_slug", "feature_id"], unique=False)


def downgrade() -> None:
    op.drop_table("planning_sheet")
