"""Start, share and stop the private PostGIS cluster."""

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from app.db.cluster.account import ServerAccount, current_user_name, find_server_account
from app.db.cluster.binaries import PostgresBinaries, choose_binaries, find_installed, read_major
from app.db.cluster.configuration import (
    ADMIN_ROLE,
    LOG,
    OWNER_ROLE,
    PORT,
    open_log,
    read_log,
    write_configuration,
)
from app.db.cluster.errors import ClusterError
from app.db.cluster.folders import PRIVATE, UNFINISHED, ClusterFolders, make_socket_folder
from app.db.cluster.processes import (
    POLL_SECONDS,
    Postmaster,
    clear_stale_locks,
    end_orphans,
    end_postmaster,
    find_postmaster,
)
from app.db.cluster.status import ClusterState, ClusterStatus

DATABASE_NAME = "duogui"
# Recovery after a crash replays at most max_wal_size of log; a slow disk needs minutes for it.
START_TIMEOUT_SECONDS = 300
STOP_PATIENCE_SECONDS = 60.0
CONNECT_TIMEOUT_SECONDS = 5
DESCRIBE = "SELECT current_setting('server_version'), postgis_lib_version(), pg_database_size(current_database())"


class PrivateCluster:
    """The database server that belongs to one data folder of the service.

    Parameters
    ----------
    data_dir : Path
        The service's data folder; the cluster lives in ``postgres`` below it.
    durable : bool
        False gives up safety against a power cut for speed. For tests only.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self._folders = ClusterFolders.under(data_dir)
        self._durable = durable

    def ensure_running(self) -> str:
        """Make the cluster if there is none, start it if it does not run, and return the URL of its database.

        Any number of processes may call it at the same time; a running cluster is left as it is.

        Returns
        -------
        str
            SQLAlchemy URL of database ``duogui``, in which PostGIS is installed.

        Raises
        ------
        ClusterError
        """
        with _translate_os_errors(self._folders.data):
            if not self._answers():
                self._folders.make_base()
                with self._folders.locked():
                    if not self._answers():
                        account = find_server_account(self._folders.data)
                        binaries = choose_binaries(find_installed(), self._folders.data)
                        self._bring_up(account, binaries)
                        self._prepare(account, binaries)
        return self.database_url()

    def database_url(self, name: str = DATABASE_NAME) -> str:
        """Return the SQLAlchemy URL of a database of this cluster, which need not run or have it."""
        url = URL.create(
            "postgresql+psycopg",
            username=OWNER_ROLE,
            database=name,
            # Without the port PGPORT in the environment would decide.
            query={"host": str(self._socket_folder()), "port": str(PORT)},
        )
        return url.render_as_string(hide_password=False)

    def create_database(self, name: str, template: str | None = None) -> str:
        """Create a database with PostGIS, or a copy of ``template``, and return its URL. The cluster must run.

        Raises
        ------
        ClusterError
            When it exists already, or somebody is connected to the template.
        """
        copied = "" if template is None else f" TEMPLATE {_identifier(template)}"
        self._administer(f"CREATE DATABASE {_identifier(name)} OWNER {OWNER_ROLE}{copied};")
        return self.database_url(name)

    def drop_database(self, name: str) -> None:
        """Drop a database, closing its connections; nothing happens when there is none. The cluster must run."""
        self._administer(f"DROP DATABASE IF EXISTS {_identifier(name)} WITH (FORCE);")

    def stop(self) -> bool:
        """Stop the server, closing its connections, and return whether one was running.

        Raises
        ------
        ClusterError
            When it does not stop.
        """
        with _translate_os_errors(self._folders.data):
            if not self._folders.base.exists():
                return False
            with self._folders.locked():
                find_server_account(self._folders.data)
                postmaster = find_postmaster(self._folders.data)
                if postmaster is None:
                    return False
                if not end_postmaster(self._folders.data, postmaster, patience_s=STOP_PATIENCE_SECONDS):
                    raise ClusterError(f"The database server (process {postmaster.pid}) does not stop.")
                if postmaster.socket_folder is not None:
                    with suppress(OSError):
                        postmaster.socket_folder.rmdir()
                return True

    def status(self) -> ClusterStatus:
        """Return what is known of the cluster now; nothing is started."""
        with _translate_os_errors(self._folders.data):
            data = self._folders.data
            if not data.exists():
                return ClusterStatus(ClusterState.ABSENT, data)
            find_server_account(data)
            postmaster = find_postmaster(data)
            if postmaster is None:
                return ClusterStatus(ClusterState.STOPPED, data, read_major(data))
            return self._describe(postmaster)

    def _describe(self, postmaster: Postmaster) -> ClusterStatus:
        state = {"ready": ClusterState.RUNNING, "stopping": ClusterState.STOPPING}.get(
            postmaster.condition, ClusterState.STARTING
        )
        facts = self._ask(DESCRIBE) if state is ClusterState.RUNNING else None
        postgres_version, postgis_version, database_bytes = facts or (None, None, None)
        return ClusterStatus(
            state,
            self._folders.data,
            read_major(self._folders.data),
            postmaster.socket_folder,
            postmaster.pid,
            postmaster.started_at,
            postgres_version,
            postgis_version,
            database_bytes,
        )

    def _bring_up(self, account: ServerAccount, binaries: PostgresBinaries) -> None:
        """Start the server, or wait for one that another process left starting or stopping."""
        data = self._folders.data
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while (postmaster := find_postmaster(data)) is None or not postmaster.is_ready:
            if postmaster is None:
                self._launch(account, binaries)
            if time.monotonic() > deadline:
                raise ClusterError(f"The database server of {data} does not get ready. Its log is {data / LOG}")
            time.sleep(POLL_SECONDS)
        if not (self._socket_folder() / f".s.PGSQL.{PORT}").is_socket():
            # Somebody swept the runtime folder: a server that nobody can reach is of no use to anyone.
            end_postmaster(data, postmaster, patience_s=STOP_PATIENCE_SECONDS)
            self._bring_up(account, binaries)

    def _launch(self, account: ServerAccount, binaries: PostgresBinaries) -> None:
        folders = self._folders
        account.require_way_to(folders.data)
        if read_major(folders.data) is None:
            self._initialise(account, binaries)
        end_orphans(folders.data)
        if find_postmaster(folders.data) is not None:
            return
        make_socket_folder(folders.socket, account)
        clear_stale_locks(folders.data, folders.socket)
        write_configuration(
            folders.data,
            account,
            service_user=current_user_name(),
            socket_folder=folders.socket,
            durable=self._durable,
        )
        with open_log(folders.data, account) as log:
            begins_at = log.tell()
            pg_ctl = (binaries.path("pg_ctl"), "start", "-D", folders.data, "-l", folders.data / LOG)
            code, _ = account.run(*pg_ctl, "-w", "-s", "-t", str(START_TIMEOUT_SECONDS), output=log)
        # A killed predecessor's pg_ctl may have won the race; then its server is the one to wait for.
        if code != 0 and find_postmaster(folders.data) is None:
            raise ClusterError(
                f"The database server of {folders.data} did not start. Its log says: {read_log(folders.data, begins_at)}"
            )

    def _initialise(self, account: ServerAccount, binaries: PostgresBinaries) -> None:
        # A folder of its own for each attempt: an initdb whose caller was killed may still be writing into the last one.
        unfinished = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=self._folders.base))
        account.own(unfinished, PRIVATE)
        options = ["--username", ADMIN_ROLE, "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums"]
        if not self._durable:
            options.append("--no-sync")
        code, said = account.run(binaries.path("initdb"), "--pgdata", unfinished, "--auth", "peer", *options)
        if code != 0:
            shutil.rmtree(unfinished, ignore_errors=True)
            reason = " ".join(line for line in said.splitlines() if "error" in line) or said[-200:]
            raise ClusterError(f"A database could not be made in {self._folders.data}: {reason}")
        unfinished.rename(self._folders.data)
        for abandoned in self._folders.base.glob(f"{UNFINISHED}*"):
            shutil.rmtree(abandoned, ignore_errors=True)

    def _prepare(self, account: ServerAccount, binaries: PostgresBinaries) -> None:
        """Make the role and the database; every step is skipped that an interrupted start had done."""
        variables = ("--set", f"owner={OWNER_ROLE}", "--set", f"database={DATABASE_NAME}")
        script = Path(__file__).with_name("prepare.sql").read_text(encoding="utf-8")
        self._run_sql(account, binaries, script, *variables)

    def _administer(self, sql: str) -> None:
        with _translate_os_errors(self._folders.data):
            account = find_server_account(self._folders.data)
            self._run_sql(account, choose_binaries(find_installed(), self._folders.data), sql)

    def _run_sql(self, account: ServerAccount, binaries: PostgresBinaries, sql: str, *variables: str) -> None:
        """Run SQL as the administrator, which only the server's own account may become."""
        connection = ("--host", self._socket_folder(), "--port", str(PORT), "--username", ADMIN_ROLE, "postgres")
        options = ("--no-psqlrc", "--quiet", "--no-password", "--set", "ON_ERROR_STOP=1")
        script = f"SET client_min_messages = warning;\n{sql}\n"
        code, said = account.run(binaries.path("psql"), *options, *variables, *connection, script=script)
        if code != 0:
            raise ClusterError(f"The database server refused: {said}")

    def _answers(self) -> bool:
        """Whether the server is there and its database is complete."""
        postmaster = find_postmaster(self._folders.data)
        return (
            postmaster is not None
            and postmaster.is_ready
            and self._ask("SELECT FROM pg_extension WHERE extname = 'postgis'") is not None
        )

    def _ask(self, query: str) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None when there is no row or no connection."""
        try:
            with psycopg.connect(
                host=str(self._socket_folder()),
                port=PORT,
                user=OWNER_ROLE,
                dbname=DATABASE_NAME,
                connect_timeout=CONNECT_TIMEOUT_SECONDS,
            ) as connection:
                return connection.execute(query).fetchone()
        except psycopg.OperationalError:
            return None

    def _socket_folder(self) -> Path:
        """Return where the living server has its socket, or where the next one will have it."""
        try:
            postmaster = find_postmaster(self._folders.data)
        except PermissionError:
            postmaster = None
        return (postmaster and postmaster.socket_folder) or self._folders.socket


@contextmanager
def _translate_os_errors(data_folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ClusterError(
            f"The database folder {data_folder} cannot be used: {error.strerror} ({error.filename}). Choose another "
            "data folder with DUOGUI_DATA_DIR, or run duogui as the user that owns it."
        ) from error


def _identifier(name: str) -> str:
    if not re.fullmatch(r"[a-z_][a-z0-9_]{0,62}", name):
        raise ClusterError(f"{name!r} is no database name: use lower-case letters, digits and underscores, at most 63.")
    return f'"{name}"'
