"""How a command reaches the database."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from app.cli.console import say
from app.db import schema
from app.db.cluster import PrivateCluster
from app.db.engine import make_engine
from app.settings import Settings


def database_url(settings: Settings) -> str:
    """Return the URL of the configured database, or start the private cluster."""
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return PrivateCluster(settings.data_dir).ensure_running()


@contextmanager
def open_engine(settings: Settings) -> Iterator[Engine]:
    """Open a database whose schema is that of this version.

    The private cluster's database is brought up to date by itself: nobody else uses it. A database named by
    ``DUOGUI_DATABASE_URL`` is not, because other services may still need the older schema.
    """
    engine = make_engine(database_url(settings))
    try:
        if settings.database_url is None:
            before, after = schema.upgrade(engine, srid=settings.storage_srid)
            if before != after:
                say(f"Database migrated from {before or 'nothing'} to {after}.")
        else:
            with engine.connect() as connection:
                schema.require_current(connection, srid=settings.storage_srid)
        yield engine
    finally:
        engine.dispose()


def local_actor() -> str:
    """Return the actor of what is done from the command line: the user of this machine."""
    return f"local:{getpass.getuser()}"
