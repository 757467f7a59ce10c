"""What the last scan says of the land of a case that runs."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_KNOWN = """
update disposal_case c
   set scan_kind = m.move->>'kind'
  from (select distinct on (disposal_case_id) disposal_case_id, move
          from disposal_move
         where action = 'observe'
         order by disposal_case_id, number desc) m
 where m.disposal_case_id = c.row_id
"""


def upgrade() -> None:
    op.add_column("disposal_case", sa.Column("scan_kind", sa.Text(), nullable=True))
    op.execute(_KNOWN)


def downgrade() -> None:
    op.drop_column("disposal_case", "scan_kind")
