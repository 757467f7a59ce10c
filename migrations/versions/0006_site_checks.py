"""Checks of single sites, with everything they stand on, and packs of rules."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rule_pack",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("is_national", sa.Boolean(), nullable=False),
        sa.Column("regions", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("rule_count", sa.Integer(), nullable=False),
        sa.Column("example_count", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("recorded_by", sa.Text(), nullable=False),
        sa.CheckConstraint("name ~ '^[a-z][a-z0-9_]{0,62}$'", name=op.f("ck_rule_pack_name")),
        sa.CheckConstraint("version ~ '^[0-9a-f]{64}$'", name=op.f("ck_rule_pack_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_pack")),
    )
    op.create_index("ix_rule_pack_name", "rule_pack", ["name", "version"], unique=False)
    op.create_table(
        "site_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("known_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parameters", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("sites", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("layers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parameter_rows", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("engine_version", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("result", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.CheckConstraint("digest ~ '^[0-9a-f]{64}$'", name=op.f("ck_site_check_digest")),
        sa.CheckConstraint(
            "verdict in ('DENY', 'REVIEW', 'NO_DATA', 'WARN', 'PASS')", name=op.f("ck_site_check_verdict")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_check")),
    )
    op.create_index("ix_site_check_created_at", "site_check", ["created_at"], unique=False)


def downgrade() -> None:
    op.drop_table("site_check")
    op.drop_table("rule_pack")
