"""Back a database up into one file, and restore it: all of it, or nothing.

The file is PostgreSQL's own custom format, so its tools can read it too. The keys and the signing key in the service's
data folder are not in it.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text

from app.db import schema
from app.db.client_programs import connection_arguments, find_client_program, run_client_program
from app.errors import AppError

PRIVATE = 0o600
EMPTY_DATABASE = Path(__file__).with_name("empty_database.sql")
# What an extension or the database itself owns exists in the target already, and its role may not make it.
NOT_RESTORED = (" EXTENSION ", " SCHEMA - public ", " SCHEMA public ", " spatial_ref_sys ")
# A service that is in the middle of a long statement keeps the tables; better to say so than to wait for ever.
LOCK_TIMEOUT = "30s"


class BackupError(AppError):
    """A backup cannot be written, or a restore is refused."""

    def __init__(self, detail: str) -> None:
        super().__init__("backup-refused", "Backup or restore refused", 409, detail)


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup file and what it holds."""

    path: Path
    file_bytes: int
    revision: str
    storage_srid: int


def write_backup(url: str, target: Path, *, replace: bool = False) -> Backup:
    """Write a backup of the database at ``url`` as it is at this moment; the service may go on writing.

    The file appears when it is complete, readable by its owner alone: it holds the names of holders.

    Raises
    ------
    BackupError
        The file exists and ``replace`` is false, its folder is missing, or the database holds no schema of ours.
    """
    if target.exists() and not replace:
        raise BackupError(f"{target} exists already. Choose another name, or replace it with --force.")
    if not target.parent.is_dir():
        raise BackupError(f"The folder {target.parent} does not exist.")
    with _connection(url) as connection:
        major = _server_major(connection)
        if schema.storage_srid(connection) is None:
            raise BackupError("The database is empty; there is nothing to back up.")
    place, environment = connection_arguments(url)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    draft.touch(PRIVATE)
    try:
        dump = (find_client_program("pg_dump", major), "--format=custom", "--no-owner", "--no-privileges")
        code, _, complaint = run_client_program([*dump, "--schema=public", "--file", draft, *place], environment)
        if code != 0:
            raise BackupError(f"pg_dump failed: {complaint}")
        _to_disk(draft)
        backup = read_backup(draft, major)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return Backup(target, backup.file_bytes, backup.revision, backup.storage_srid)


def read_backup(path: Path, server_major: int = 0) -> Backup:
    """Read from a backup what it was made of, without restoring it.

    Raises
    ------
    BackupError
        The file is missing, is no backup, or is one of another program.
    """
    if not path.is_file():
        raise BackupError(f"There is no file {path}.")
    pg_restore = find_client_program("pg_restore", server_major)
    tables = ("--table=installation", "--table=alembic_version")
    code, script, complaint = run_client_program([pg_restore, "--data-only", *tables, "--file=-", path])
    if code != 0:
        raise BackupError(f"{path} cannot be read as a backup: {complaint}")
    revision = _copied_value(script, "alembic_version", "version_num")
    srid = _copied_value(script, "installation", "storage_srid")
    if revision is None or srid is None:
        raise BackupError(f"{path} is a PostgreSQL archive, but not a backup of this service.")
    return Backup(path, path.stat().st_size, revision, int(srid))


def restore_backup(url: str, source: Path, *, srid: int, force: bool = False) -> Backup:
    """Put the contents of a backup into the database at ``url``, in one transaction.

    Whatever goes wrong, the database is afterwards what it was before. A backup of an older version comes back with
    that version's schema: ``schema.upgrade`` it.

    Parameters
    ----------
    url : str
        SQLAlchemy URL of a database that has PostGIS.
    source : Path
        What ``write_backup`` wrote.
    srid : int
        The storage SRID that the settings ask for.
    force : bool
        Replace a database that is not empty.

    Raises
    ------
    BackupError
        The database is not empty and ``force`` is false; the backup has another storage SRID or a newer schema; or
        PostgreSQL could not restore it.
    """
    with _connection(url) as connection:
        major = _server_major(connection)
        backup = read_backup(source, major)
        _require_fitting(backup, srid)
        if not force and not _is_empty(connection):
            raise BackupError("The database is not empty. Restore into an empty one, or replace it with --force.")
    pg_restore = find_client_program("pg_restore", major)
    with tempfile.NamedTemporaryFile("w", suffix=".list") as wanted, tempfile.TemporaryFile() as complaints:
        wanted.write(_contents_to_restore(pg_restore, source))
        wanted.flush()
        read = (pg_restore, "--no-owner", "--no-privileges", f"--use-list={wanted.name}", "--file=-", source)
        place, environment = connection_arguments(url)
        psql: list[str | Path] = [
            find_client_program("psql", major),
            "--no-psqlrc",
            "--quiet",
            "--set=ON_ERROR_STOP=1",
            *place,
        ]
        reader = subprocess.Popen(read, stdout=subprocess.PIPE, stderr=complaints)
        writer = subprocess.Popen(
            psql, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=complaints, env=environment
        )
        if not _pump(reader, writer):
            complaints.seek(0)
            said = complaints.read().decode(errors="replace").strip().splitlines()
            raise BackupError(f"The backup was not restored; nothing was changed. {_first_complaint(said)}")
    return backup


def _pump(reader: subprocess.Popen[bytes], writer: subprocess.Popen[bytes]) -> bool:
    """Carry the script from ``pg_restore`` to ``psql`` and commit only when all of it was read; return whether it was.

    A pipe between the two would not do: ``psql`` cannot tell the end of a script from that of a broken archive, and
    would commit half a database.
    """
    if reader.stdout is None or writer.stdin is None:
        raise ValueError("both programs need a pipe")
    try:
        with reader.stdout, suppress(BrokenPipeError):
            writer.stdin.write(f"BEGIN; SET lock_timeout = '{LOCK_TIMEOUT}';\n{EMPTY_DATABASE.read_text()}".encode())
            shutil.copyfileobj(reader.stdout, writer.stdin, 1 << 20)
        if reader.wait() != 0:
            return False
        _finish(writer.stdin)
        return writer.wait() == 0
    finally:
        for process in (reader, writer):
            process.kill()
            process.wait()
        with suppress(BrokenPipeError):
            writer.stdin.close()


def _finish(script: IO[bytes]) -> None:
    with suppress(BrokenPipeError):
        # Archives carry no statistics, and the planner needs them at once. It skips tables of the administrator.
        script.write(b"\nCOMMIT; SET client_min_messages = error; ANALYZE;\n")
        script.close()


def _require_fitting(backup: Backup, srid: int) -> None:
    if backup.storage_srid != srid:
        raise BackupError(
            f"The backup stores coordinates in EPSG:{backup.storage_srid}, the settings ask for EPSG:{srid}. Restore it "
            f"with DUOGUI_STORAGE_SRID={backup.storage_srid}."
        )
    known = {script.revision for script in ScriptDirectory.from_config(schema.alembic_config()).walk_revisions()}
    if backup.revision not in known:
        raise BackupError(
            f"The backup was made by a newer version (schema {backup.revision}, which this one does not know). Install "
            "that version first."
        )


def _contents_to_restore(pg_restore: Path, source: Path) -> str:
    code, listing, complaint = run_client_program([pg_restore, "--list", source])
    if code != 0:
        raise BackupError(f"{source} cannot be read as a backup: {complaint}")
    lines = listing.splitlines()
    return "\n".join(line for line in lines if line.startswith(";") or not any(word in line for word in NOT_RESTORED))


def _copied_value(script: str, table: str, column: str) -> str | None:
    """Return a column of the first row that a script copies into a table."""
    lines = iter(script.splitlines())
    for line in lines:
        if line.startswith(f"COPY public.{table} ("):
            columns = line[line.index("(") + 1 : line.index(")")].split(", ")
            row = next(lines, "\\.")
            return None if row == "\\." else dict(zip(columns, row.split("\t"), strict=True))[column]
    return None


def _first_complaint(said: list[str]) -> str:
    complaints = [line for line in said if "error" in line.lower()]
    return " ".join((complaints or said)[:1])


@contextmanager
def _connection(url: str) -> Iterator[Connection]:
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def _server_major(connection: Connection) -> int:
    return int(connection.execute(text("select current_setting('server_version_num')::int / 10000")).scalar_one())


def _is_empty(connection: Connection) -> bool:
    """Whether the schema holds no table but those of its extensions."""
    query = """
        select not exists (
            select from pg_class
            where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
              and not exists (
                  select from pg_depend
                  where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
              )
        )
    """
    return bool(connection.execute(text(query)).scalar_one())


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
