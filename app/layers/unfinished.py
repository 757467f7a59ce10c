"""Imports that are not finished: begun, found again after a crash, gone on with, or dropped.

Their versions have the status ``staging`` and belong to no layer, so nothing that asks for a layer meets them. Whoever works on one holds a lock that
belongs to a connection: however the process dies, the database server sees the connection close and lets go of it.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version as package_version
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, select, text, update

from app.db.locks import lock_connection
from app.db.models import LayerVersion, Staging, VersionStatus
from app.db.sessions import WriteSession, write_session
from app.layers.errors import ImportRunningError

# After this an import that nobody went on with is dropped by the next one.
KEEP_DAYS = 7
# Any number will do, as long as it is used for nothing else.
_BEGIN_LOCK = 4490_2003
_LOCK = "hashtextextended('duogui.staging:' || cast({id} as text), 0)"
_TRY_LOCK = text(f"select pg_try_advisory_lock({_LOCK.format(id=':version_id')})")
_FORGOTTEN = text(
    f"""
    with forgotten as materialized (
        select layer_version_id from staging where updated_at < now() - make_interval(days => :days)
    )
    delete from layer_version
    where id in (
        select layer_version_id from forgotten
        where pg_try_advisory_xact_lock({_LOCK.format(id="layer_version_id")})
    )
    """  # noqa: S608  a constant
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What an unfinished import is of; with the same delivery it is gone on with.

    Attributes
    ----------
    slug, sha256, options
        The layer, the file, and what decides the result beside the file.
    facts : mapping
        Columns of the version that is made.
    """

    slug: str
    sha256: str
    options: Mapping[str, Any]
    facts: Mapping[str, Any]
    chunk_rows: int

    @property
    def software(self) -> str:
        """What stages; what another version, or in other chunks, has staged is begun anew."""
        return f"{package_version('duogui')}, chunks of {self.chunk_rows}"


@dataclass(frozen=True, slots=True)
class StagedImport:
    """An unfinished import that this process alone works on."""

    version_id: int
    rows_done: int


@contextmanager
def staged_import(engine: Engine, delivery: Delivery, *, actor: str) -> Iterator[StagedImport]:
    """Go on with the unfinished import of a delivery, or begin one.

    Raises
    ------
    ImportRunningError
        Another process works on it.
    """
    with lock_connection(engine) as connection:
        with write_session(engine, actor=actor) as session:
            session.execute(select(func.pg_advisory_xact_lock(_BEGIN_LOCK)))
            session.execute(_FORGOTTEN, {"days": KEEP_DAYS})
            staged = _find(session, connection, delivery) or _begin(session, connection, delivery)
        yield staged


def advance(session: WriteSession, version_id: int, rows_done: int) -> None:
    """Note how many rows of the source are stored, in the transaction that stores them."""
    session.execute(
        update(Staging).where(Staging.layer_version_id == version_id).values(rows_done=rows_done, updated_at=func.now())
    )


def finish(session: WriteSession, version_id: int) -> None:
    """Forget that a version was being loaded."""
    session.execute(delete(Staging).where(Staging.layer_version_id == version_id))


def drop(engine: Engine, version_id: int, *, actor: str) -> None:
    """Delete an unfinished import with all that is stored of it."""
    with write_session(engine, actor=actor) as session:
        session.execute(delete(LayerVersion).where(LayerVersion.id == version_id, LayerVersion.layer_id.is_(None)))


def _find(session: WriteSession, connection: Connection, delivery: Delivery) -> StagedImport | None:
    """Return the unfinished import of a delivery; one that cannot be gone on with is deleted."""
    same = select(Staging).where(
        Staging.slug == delivery.slug, Staging.sha256 == delivery.sha256, Staging.options == delivery.options
    )
    # A chunk whose commit was under way when its process died is waited for, and then counts as done.
    begun = session.scalars(same.with_for_update()).all()
    for staging in begun:
        if not _try_lock(connection, staging.layer_version_id):
            raise ImportRunningError(delivery.slug)
        if staging.software_version == delivery.software:
            return StagedImport(staging.layer_version_id, staging.rows_done)
        session.execute(delete(LayerVersion).where(LayerVersion.id == staging.layer_version_id))
    return None


def _begin(session: WriteSession, connection: Connection, delivery: Delivery) -> StagedImport:
    version = LayerVersion(
        status=VersionStatus.STAGING,
        number=0,
        sha256=delivery.sha256,
        read_count=0,
        accepted_count=0,
        repaired_count=0,
        rejected_count=0,
        report={},
        recorded_by=session.actor,
        **delivery.facts,
    )
    session.add(version)
    session.flush()
    session.add(
        Staging(
            layer_version_id=version.id,
            slug=delivery.slug,
            sha256=delivery.sha256,
            options=dict(delivery.options),
            software_version=delivery.software,
        )
    )
    session.flush()
    _try_lock(connection, version.id)
    return StagedImport(version.id, 0)


def _try_lock(connection: Connection, version_id: int) -> bool:
    return bool(connection.scalar(_TRY_LOCK, {"version_id": version_id}))
