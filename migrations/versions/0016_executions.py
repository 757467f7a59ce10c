"""How an execution of a process wants its results."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("job", sa.Column("execution", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index("ix_job_finished_at", "job", ["finished_at"])


def downgrade() -> None:
    op.drop_index("ix_job_finished_at", "job")
    op.drop_column("job", "execution")
