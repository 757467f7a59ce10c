"""The job queue's own schema, as its library ships it; autogenerate leaves these tables alone."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

DROP = """
do $$
declare item record;
begin
    for item in select format('drop table if exists %I cascade', tablename) as statement
                  from pg_tables where schemaname = current_schema() and tablename like 'procrastinate\\_%'
    loop execute item.statement; end loop;
    for item in select format('drop routine if exists %s cascade', p.oid::regprocedure) as statement
                  from pg_proc p where p.pronamespace = current_schema()::regnamespace and p.proname like 'procrastinate\\_%'
    loop execute item.statement; end loop;
    for item in select format('drop type if exists %I cascade', t.typname) as statement
                  from pg_type t where t.typnamespace = current_schema()::regnamespace
                   and t.typname like 'procrastinate\\_%' and t.typtype in ('e', 'c')
    loop execute item.statement; end loop;
end $$
"""


def upgrade() -> None:
    # The script holds percent signs and several statements, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    connection.execute(SchemaManager.get_schema())


def downgrade() -> None:
    op.get_bind().connection.driver_connection.execute(DROP)
