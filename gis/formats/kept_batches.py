"""The features of a source as the reading process gave them, kept: a file is read once, however often its features are asked for."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa

__all__ = ["MOST_BYTES", "KeptBatches", "KeptColumn"]

#: A layer that is larger is read anew instead of being kept.
MOST_BYTES: Final = 2 << 30


class KeptBatches:
    """Arrow batches in a file of a folder.

    Parameters
    ----------
    folder : Path
        Empty, and nobody else's.
    most_bytes : int
        More than this is not kept.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import pyarrow as pa
    >>> from gis.formats.kept_batches import KeptBatches
    >>> batches = [pa.record_batch({"code": ["a", "b", "c"]})]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = KeptBatches(pathlib.Path(folder))
    ...     rows = sum(batch.num_rows for batch in kept.keep(iter(batches)))
    ...     rows, kept.is_whole, [batch.num_rows for batch in kept.read(2)]
    (3, True, [2, 1])
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._path = folder / "features.arrows"
        self._most_bytes = most_bytes
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._bytes = 0
        self.is_whole = False

    def keep(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Hand batches on, and keep them once the last one was taken; what is too large, or finds no room on disk, is only handed on."""
        self.is_whole = False
        self._bytes = 0
        is_kept = True
        try:
            for batch in batches:
                is_kept = is_kept and self._write(batch)
                yield batch
            self.is_whole = is_kept and self._close()
        finally:
            if not self.is_whole:
                self._close()
                self._path.unlink(missing_ok=True)

    def read(self, batch_size: int) -> Iterator[pa.RecordBatch]:
        """Read what is kept, at most so many rows at a time."""
        if not self._path.exists():
            return
        with pa.OSFile(str(self._path)) as file, pa.ipc.open_stream(file) as reader:
            for batch in reader:
                for start in range(0, batch.num_rows, batch_size):
                    yield batch.slice(start, batch_size)

    def _write(self, batch: pa.RecordBatch) -> bool:
        self._bytes += batch.nbytes
        if self._bytes > self._most_bytes:
            return False
        try:
            if self._writer is None:
                self._writer = pa.ipc.new_stream(str(self._path), batch.schema)
            self._writer.write_batch(batch)
        except OSError:
            return False
        return True

    def _close(self) -> bool:
        """Close what is being written, and tell whether all of it is there."""
        writer, self._writer = self._writer, None
        if writer is not None:
            try:
                writer.close()
            except OSError:
                return False
        return True


class KeptColumn:
    """The values of one field, a tenth of what they take as Python's; each iteration makes those anew.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from gis.formats.kept_batches import KeptColumn
    >>> column = KeptColumn()
    >>> column.append(pa.array(["a", None]))
    >>> len(column), list(column)
    (2, ['a', None])
    """

    def __init__(self) -> None:
        self._parts: list[pa.Array] = []

    def append(self, values: pa.Array) -> None:
        """Keep the values of one more batch.

        Raises
        ------
        UnicodeDecodeError
            A text is none.
        """
        if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
            try:
                values.validate(full=True)
            except pa.ArrowInvalid:
                values.to_pylist()
                raise
        # A copy: the batch that they are of would stay as a whole otherwise.
        self._parts.append(pa.concat_arrays([values.slice(0, 0), values]))

    def __len__(self) -> int:
        return sum(map(len, self._parts))

    def __iter__(self) -> Iterator[Any]:
        for part in self._parts:
            yield from part.to_pylist()
