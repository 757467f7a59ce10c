"""The databases of a test run: copies of templates, made the way that costs a short test least."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import Engine, text

from app.db.cluster import PrivateCluster

# https://www.postgresql.org/docs/15/sql-createdatabase.html: the first version that has more than one way to copy.
STRATEGIES_SINCE = 150000
CLOSE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user"
# Advisory locks that others than this connection hold in its database.
HELD = (
    "select exists (select from pg_locks where locktype = 'advisory' and pid <> pg_backend_pid()"
    " and database = (select oid from pg_database where datname = current_database()))"
)
RELEASE_S = 60


def wait_until_released(engine: Engine) -> None:
    """Wait for the server to see that the connections of a process that was killed are closed, and to let go of its locks."""
    deadline = time.monotonic() + RELEASE_S
    while True:
        with engine.connect() as connection:
            if not connection.scalar(text(HELD)):
                return
        assert time.monotonic() < deadline, f"a lock is still held after {RELEASE_S} s"
        time.sleep(0.02)


class Databases:
    """Makes and drops databases of the run's cluster over one connection.

    A template is copied as its files are. PostgreSQL's own choice, to log every page, takes seven times as long for a
    template of this size, and each ``psql`` of ``PrivateCluster.create_database`` as long as the copy again.
    """

    def __init__(self, cluster: PrivateCluster) -> None:
        self.cluster = cluster
        url = cluster.database_url().replace("postgresql+psycopg", "postgresql")
        self._connection = psycopg.connect(url, autocommit=True)
        version = self._connection.info.server_version
        strategy = " STRATEGY FILE_COPY" if version >= STRATEGIES_SINCE else ""
        self._statement = sql.SQL(f"CREATE DATABASE {{}} TEMPLATE {{}}{strategy}")

    def copy(self, template: str, name: str) -> str:
        """Make a database ``name`` from a template that nobody is connected to, and return its URL."""
        self._connection.execute(self._statement.format(sql.Identifier(name), sql.Identifier(template)))
        return self.cluster.database_url(name)

    def drop(self, name: str) -> None:
        """Drop a database, closing its connections; nothing happens when there is none."""
        # WITH (FORCE) would have to end the server's own autovacuum too, which only a superuser may. A plain drop sends that away, and waits.
        drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
        for is_last in (False, False, True):
            self._connection.execute(CLOSE, (name,))
            try:
                self._connection.execute(drop)
            except psycopg.errors.ObjectInUse:
                # A process that a test has killed may have connected once more in between.
                if is_last:
                    raise
            else:
                return

    @contextmanager
    def copied(self, template: str) -> Iterator[str]:
        """Give the URL of a copy of a template under a name of its own, and drop it."""
        name = f"copy_{uuid4().hex[:12]}"
        try:
            yield self.copy(template, name)
        finally:
            self.drop(name)

    def close(self) -> None:
        self._connection.close()
