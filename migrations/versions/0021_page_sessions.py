"""Browsers that signed in with a key, and links that sign one in once."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("sign_in_link", "page_session"):
        op.create_table(
            table,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("secret_sha256", sa.Text(), nullable=False),
            sa.Column("access_key_id", sa.Integer(), nullable=False),
            sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
            sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
            *([sa.Column("used_at", sa.DateTime(timezone=True), nullable=True)] if table == "sign_in_link" else []),
            sa.ForeignKeyConstraint(
                ["access_key_id"], ["access_key.id"], name=op.f(f"fk_{table}_access_key_id_access_key")
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
            sa.UniqueConstraint("secret_sha256", name=op.f(f"uq_{table}_secret_sha256")),
        )
        op.create_index(op.f(f"ix_{table}_access_key_id"), table, ["access_key_id"])
    op.create_index(op.f("ix_page_session_expires_at"), "page_session", ["expires_at"])


def downgrade() -> None:
    op.drop_table("page_session")
    op.drop_table("sign_in_link")
