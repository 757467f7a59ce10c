"""Bring a database to the schema of this version, and say what it is."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from app.db.parameters import load_shipped_parameters
from app.db.rule_packs import store_shipped_pack
from app.errors import AppError

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

# Any number will do, as long as every process that migrates asks for the same advisory lock.
MIGRATION_LOCK = 4490_2000


class SchemaError(AppError):
    """The database does not fit this version of the service or its settings."""

    def __init__(self, detail: str) -> None:
        super().__init__("schema-mismatch", "Database schema does not fit", 503, detail)


def alembic_config() -> Config:
    """Return the configuration that finds this package's migrations, wherever it is installed."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def head_revision() -> str:
    """Return the newest revision that this version knows."""
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if head is None:
        raise SchemaError(f"No migrations were found in {MIGRATIONS}; the installation is incomplete.")
    return head


def current_revision(connection: Connection) -> str | None:
    """Return the revision a database is at; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def storage_srid(connection: Connection) -> int | None:
    """Return the SRID that was fixed when the database was made; None before the first migration."""
    if not inspect(connection).has_table("installation"):
        return None
    srid: int | None = connection.scalar(text("select storage_srid from installation"))
    return srid


def require_storage_srid(connection: Connection, expected: int) -> None:
    """Refuse to work with a database that stores another CRS than the settings say.

    Raises
    ------
    SchemaError
    """
    found = storage_srid(connection)
    if found is not None and found != expected:
        raise SchemaError(
            f"DUOGUI_STORAGE_SRID is {expected}, but this database was made for {found}, which cannot be changed. "
            f"Set DUOGUI_STORAGE_SRID={found}, or use another database."
        )


def upgrade(engine: Engine, *, srid: int, revision: str = "head") -> tuple[str | None, str | None]:
    """Migrate to a revision and load the shipped rules and legal numbers; return the revisions before and after.

    Two processes that start at once take turns.

    Raises
    ------
    SchemaError
        The database belongs to a newer version of the service, stores another CRS or lacks PostGIS.
    """
    config = alembic_config()
    with engine.connect() as connection:
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        try:
            _require_postgis(connection)
            require_storage_srid(connection, srid)
            before = current_revision(connection)
            known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
            if before is not None and before not in known:
                raise SchemaError(
                    f"The database is at revision {before}, which this version does not know: it was written by a "
                    "newer version. Install that version, or restore a backup made by this one."
                )
            connection.commit()
            config.attributes["connection"] = connection
            config.attributes["storage_srid"] = srid
            command.upgrade(config, revision)
            connection.commit()
            after = current_revision(connection)
            if after == head_revision():
                load_shipped_parameters(connection)
                store_shipped_pack(connection)
            connection.commit()
        finally:
            connection.rollback()
            connection.execute(text("select pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            connection.commit()
    return before, after


def downgrade(engine: Engine, *, srid: int, revision: str) -> None:
    """Take back migrations down to a revision (``base`` for all); the data in dropped tables is lost."""
    config = alembic_config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        config.attributes["storage_srid"] = srid
        command.downgrade(config, revision)
        connection.commit()


def require_current(connection: Connection, *, srid: int) -> None:
    """Refuse to serve a database whose schema is not that of this version.

    Raises
    ------
    SchemaError
    """
    require_storage_srid(connection, srid)
    found, head = current_revision(connection), head_revision()
    if found != head:
        raise SchemaError(
            f"The database is at revision {found or 'none'}, this version needs {head}. Run `duogui db upgrade`."
        )


def _require_postgis(connection: Connection) -> None:
    """Make the extension where the role may; say who must where it may not."""
    try:
        connection.execute(text("create extension if not exists postgis"))
    except DBAPIError as error:
        connection.rollback()
        if not isinstance(error.orig, psycopg.Error):
            raise
        raise SchemaError(
            "The database has no PostGIS and this role cannot add it: "
            f"{str(error.orig).splitlines()[0]}. Ask an administrator to run `create extension postgis` there."
        ) from error
