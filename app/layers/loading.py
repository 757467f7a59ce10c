"""The features of a delivery, chunk by chunk: settled by one thread, examined and made rows by the caller's, stored by two more, each a chunk behind the other.

Each chunk is stored in a transaction of its own together with how far the import is, so that after a crash it goes on behind the last one. The rows of two
chunks are on their way to the database at once, since checking and indexing them is more work for it than one process of it gets done; but each is
committed only after the one before it, and has the numbers of its rows from before it set out, so that neither tells that there were two.
"""

from collections.abc import Callable, Iterator, Sequence
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
#: Chunks that are stored at once, each over a connection of its own.
STORING = 2
# Chunks that may wait for the database while the next one is made.
_WAITING = 2
_DO_NOT_WAIT = text("set local synchronous_commit = off")
_NEXT_NUMBERS = text(
    """
    with own as materialized (select cast(pg_get_serial_sequence(:table, 'row_id') as regclass) as sequence)
    select array_agg(nextval(own.sequence)) from own, generate_series(1, :count)
    """
)


@dataclass(slots=True)
class ChunkWriter:
    """Stores chunks beside the caller's thread, several at once, and commits them in their order."""

    engine: Engine
    target: Target
    staged: StagedImport
    actor: str
    srid: int
    _threads: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(STORING, "staging"))
    _pending: list[Future[None]] = field(default_factory=list)

    def store(self, chunk: PreparedBatch, rows_done: int) -> None:
        """Store a chunk soon; raises what an earlier one met."""
        kind = self.target.features
        rows = encode_features(
            kind,
            self.staged.version_id,
            self.srid,
            chunk.features,
            actor=self.actor,
            row_ids=self._number(len(chunk.features)),
        )
        while len(self._pending) > _WAITING:
            self._pending.pop(0).result()
        self._submit(lambda before: self._store(chunk, rows, rows_done, before))

    def analyze(self) -> None:
        """Refresh the planner's statistics once everything is stored."""
        self._submit(self._analyze)

    def wait(self) -> None:
        """Wait until everything is stored; raises what one of the chunks met."""
        while self._pending:
            self._pending.pop(0).result()

    def close(self) -> None:
        """End the threads; chunks that they have not begun are not stored."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _submit(self, work: Callable[[Callable[[], None]], None]) -> None:
        """Have work done that is given what waits for the work before it, and raises what that met."""
        before = self._pending[-1].result if self._pending else _nothing_before
        self._pending.append(self._threads.submit(work, before))

    def _number(self, count: int) -> Sequence[int]:
        """Take the next numbers of rows: features are paged in the order of the file, whichever of two chunks comes first."""
        with write_session(self.engine, actor=self.actor) as session:
            numbers: Sequence[int] | None = session.scalar(
                _NEXT_NUMBERS, {"table": self.target.features.table, "count": count}
            )
        return numbers or []

    def _store(self, chunk: PreparedBatch, rows: EncodedRows, rows_done: int, before: Callable[[], None]) -> None:
        version_id = self.staged.version_id
        with write_session(self.engine, actor=self.actor) as session:
            # Nobody sees a chunk yet: after a power cut a lost one is read again. The commit that shows them all waits for the disk.
            session.execute(_DO_NOT_WAIT)
            send_rows(driver_connection(session), rows)
            if self.target.kind is LayerKind.CONTROL_AREA:
                copy_pieces(session, version_id, chunk.features)
            copy_repairs(session, version_id, chunk.repaired)
            copy_rejected(session, version_id, chunk.rejected)
            before()
            unfinished.advance(session, version_id, rows_done)

    def _analyze(self, before: Callable[[], None]) -> None:
        before()
        with write_session(self.engine, actor=self.actor) as session:
            repository.analyze(session, self.target.kind)


def _nothing_before() -> None:
    """Wait for nothing."""


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


_Chunk = tuple[FeatureBatch, SettledBatch]
SettledChunks = Iterator[_Chunk]


@dataclass(frozen=True, slots=True)
class Course:
    """How an import is followed and stopped."""

    progress: Progress
    cancelled: Callable[[], bool]
    chunk_rows: int = CHUNK_ROWS


def load_features(
    source: VectorSource,
    chunks: SettledChunks,
    validator: DeliveryValidator,
    preparer: Preparer,
    report: ImportReport,
    writer: ChunkWriter,
    course: Course,
) -> None:
    """Validate and store all features; rows that are staged already are validated, and not stored again.

    What a validation finds depends on all rows before, which is why they are looked at again: names, repetitions, sums.

    Parameters
    ----------
    chunks : iterator of (FeatureBatch, SettledBatch)
        See :func:`settled_ahead`.

    Raises
    ------
    ImportCancelledError
    """
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


@contextmanager
def settled_ahead(source: VectorSource, validator: DeliveryValidator, chunk_rows: int) -> Iterator[SettledChunks]:
    """Read and settle chunks in another thread, the first one at once and each of the others while the caller works on the one before.

    Nearly all of it is done without the interpreter's lock.
    """
    settled = ((batch, validator.settle(batch)) for batch in iter_features(source, batch_size=chunk_rows))

    def following(thread: ThreadPoolExecutor, chunk: Future[_Chunk | None]) -> SettledChunks:
        while (found := chunk.result()) is not None:
            chunk = thread.submit(next, settled, None)
            yield found

    with closing(settled), ThreadPoolExecutor(1, "settling") as thread:
        yield following(thread, thread.submit(next, settled, None))
