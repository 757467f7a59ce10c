"""What a check says of each site in a row of its own: of ten thousand sites it is more than one document can be.

Checks that are there keep their digest, which was one over the whole document.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_APART = """
insert into site_answer (site_check_id, number, site, name, parcel_code, area_m2, verdict, answer)
select c.id, one.number, one.answer->>'site', one.answer->>'name', one.answer->>'parcel_code',
       (one.answer->>'area_m2')::double precision, one.answer->>'verdict', one.answer
  from site_check c cross join jsonb_array_elements(c.result->'sites') with ordinality as one(answer, number)
"""
_COUNTED = "update site_check set site_count = jsonb_array_length(result->'sites'), result = result - 'sites'"
_TOGETHER = """
update site_check c
   set result = c.result || jsonb_build_object(
       'sites', (select jsonb_agg(a.answer order by a.number) from site_answer a where a.site_check_id = c.id))
"""


def upgrade() -> None:
    op.create_table(
        "site_answer",
        sa.Column("site_check_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("parcel_code", sa.Text(), nullable=True),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_site_answer_number")),
        sa.ForeignKeyConstraint(
            ["site_check_id"],
            ["site_check.id"],
            name=op.f("fk_site_answer_site_check_id_site_check"),
            deferrable=True,
            initially="DEFERRED",
        ),
        sa.PrimaryKeyConstraint("site_check_id", "number", name=op.f("pk_site_answer")),
    )
    op.create_index("ix_site_answer_site", "site_answer", ["site_check_id", "site"], unique=True)
    op.add_column("site_check", sa.Column("site_count", sa.Integer(), nullable=True))
    op.execute(_APART)
    # The deferred key is examined now: a table with events that wait cannot be altered.
    op.execute("set constraints all immediate")
    op.execute(_COUNTED)
    op.alter_column("site_check", "site_count", nullable=False)


def downgrade() -> None:
    op.execute(_TOGETHER)
    op.drop_column("site_check", "site_count")
    op.drop_table("site_answer")
