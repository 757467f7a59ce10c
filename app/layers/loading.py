"""The features of a delivery, chunk by chunk: settled by one thread, examined and made rows by the caller's, stored by a third, each a chunk behind the other.

Each chunk is stored in a transaction of its own together with how far the import is, so that after a crash it goes on behind the last one.
"""

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Engine, text

from app.db.models import LayerKind
from app.db.schema import storage_srid
from app.db.sessions import write_session
from app.layers import repository, unfinished
from app.layers.binary_copy import EncodedRows, send_rows
from app.layers.errors import ImportCancelledError
from app.layers.preparing import PreparedBatch, Preparer
from app.layers.report import ImportReport
from app.layers.staging import copy_pieces, copy_rejected, copy_repairs, driver_connection, encode_features
from app.layers.targets import Target
from app.layers.unfinished import StagedImport
from app.progress import Progress
from gis.formats.reading import FeatureBatch, VectorSource, iter_features
from gis.validation.settling import SettledBatch
from gis.validation.validator import DeliveryValidator

CHUNK_ROWS = 10_000
# Chunks that may wait for the database while the next one is made.
_WAITING = 2
_DO_NOT_WAIT = text("set local synchronous_commit = off")


@dataclass(slots=True)
class ChunkWriter:
    """Stores chunks in their order, in one thread beside the caller's."""

    engine: Engine
    target: Target
    staged: StagedImport
    actor: str
    srid: int
    _thread: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "staging"))
    _pending: list[Future[None]] = field(default_factory=list)

    def store(self, chunk: PreparedBatch, rows_done: int) -> None:
        """Store a chunk soon; raises what an earlier one met."""
        rows = encode_features(
            self.target.features, self.staged.version_id, self.srid, chunk.features, actor=self.actor
        )
        while len(self._pending) > _WAITING:
            self._pending.pop(0).result()
        self._pending.append(self._thread.submit(self._store, chunk, rows, rows_done))

    def analyze(self) -> None:
        """Refresh the planner's statistics once everything is stored."""
        self._pending.append(self._thread.submit(self._analyze))

    def wait(self) -> None:
        """Wait until everything is stored; raises what one of the chunks met."""
        while self._pending:
            self._pending.pop(0).result()

    def close(self) -> None:
        """End the thread; chunks that it has not begun are not stored."""
        self._thread.shutdown(wait=True, cancel_futures=True)

    def _store(self, chunk: PreparedBatch, rows: EncodedRows, rows_done: int) -> None:
        version_id = self.staged.version_id
        with write_session(self.engine, actor=self.actor) as session:
            # Nobody sees a chunk yet: after a power cut a lost one is read again. The commit that shows them all waits for the disk.
            session.execute(_DO_NOT_WAIT)
            send_rows(driver_connection(session), rows)
            if self.target.kind is LayerKind.CONTROL_AREA:
                copy_pieces(session, version_id, chunk.features)
            copy_repairs(session, version_id, chunk.repaired)
            copy_rejected(session, version_id, chunk.rejected)
            unfinished.advance(session, version_id, rows_done)

    def _analyze(self) -> None:
        with write_session(self.engine, actor=self.actor) as session:
            repository.analyze(session, self.target.kind)


@contextmanager
def open_writer(engine: Engine, target: Target, staged: StagedImport, *, actor: str) -> Iterator[ChunkWriter]:
    """Open what stores the chunks of an import."""
    with engine.connect() as connection:
        srid = storage_srid(connection) or 0
    writer = ChunkWriter(engine, target, staged, actor, srid)
    try:
        yield writer
        writer.wait()
    finally:
        writer.close()


@dataclass(frozen=True, slots=True)
class Course:
    """How an import is followed and stopped."""

    progress: Progress
    cancelled: Callable[[], bool]
    chunk_rows: int = CHUNK_ROWS


def load_features(
    source: VectorSource,
    validator: DeliveryValidator,
    preparer: Preparer,
    report: ImportReport,
    writer: ChunkWriter,
    course: Course,
) -> None:
    """Read, validate and store all features; rows that are staged already are read and validated, and not stored again.

    What a validation finds depends on all rows before, which is why they are looked at again: names, repetitions, sums.

    Raises
    ------
    ImportCancelledError
    """
    with closing(_settled_ahead(source, validator, course.chunk_rows)) as chunks:
        for batch, settled in chunks:
            if course.cancelled():
                raise ImportCancelledError(source.path.name, report.read, writer.staged.version_id)
            validator.examine(batch, settled)
            prepared = preparer.prepare(batch, settled)
            report.add(prepared)
            rows_done = batch.first_row + len(batch) - 1
            if rows_done > writer.staged.rows_done:
                writer.store(prepared, rows_done)
            course.progress(report.read, max(source.feature_count, report.read))
    writer.analyze()


def _settled_ahead(
    source: VectorSource, validator: DeliveryValidator, chunk_rows: int
) -> Generator[tuple[FeatureBatch, SettledBatch], None, None]:
    """Read and settle the next chunk in another thread, while the caller works on one; nearly all of it is done without the interpreter's lock."""
    settled = ((batch, validator.settle(batch)) for batch in iter_features(source, batch_size=chunk_rows))
    with closing(settled), ThreadPoolExecutor(1, "settling") as thread:
        following = thread.submit(next, settled, None)
        while (chunk := following.result()) is not None:
            following = thread.submit(next, settled, None)
            yield chunk
