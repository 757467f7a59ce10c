"""Alembic's environment: how a connection, the models and the storage SRID reach a migration."""

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.schema import SchemaItem

from app.db.models import Base

# The job queue brings its own tables; see the migration that applies its schema.
QUEUE_PREFIX = "procrastinate_"


def _include_object(
    item: SchemaItem, name: str | None, type_: str, reflected: bool, compare_to: SchemaItem | None
) -> bool:
    if type_ == "table" and name is not None and name.startswith(QUEUE_PREFIX):
        return False
    return bool(alembic_helpers.include_object(item, name, type_, reflected, compare_to))


def _run(connection: Connection) -> None:
    connection.execute(text("set lock_timeout = '10s'"))
    connection.execute(text("set statement_timeout = '10min'"))
    connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_object=_include_object,
        process_revision_directives=alembic_helpers.writer,
        render_item=alembic_helpers.render_item,
        compare_server_default=False,
        storage_srid=context.config.attributes.get("storage_srid"),
    )
    with context.begin_transaction():
        context.run_migrations()


connection = context.config.attributes.get("connection")
if connection is None:
    url = context.get_x_argument(as_dictionary=True)["url"]
    with create_engine(url).connect() as own_connection:
        _run(own_connection)
else:
    _run(connection)
