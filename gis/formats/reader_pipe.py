"""Asking the reading process, and hearing from it: a crash of it is an error here and nothing else.

GDAL is a million lines of C++ that read what strangers wrote. It runs in a process of its own for every file, which has no
network, an end to its memory and time, and nothing of this process to spoil.
"""

import io
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa

from gis.formats import errors
from gis.formats.limits import ReadingLimits

__all__ = ["ENVIRONMENT", "ask", "ask_and_stream", "start_reader", "stream_batches"]

_END_MARK: Final = "\x1e"
_TAIL_BYTES: Final = 1 << 16
_ROOT: Final = Path(__file__).resolve().parents[2]
# Nothing of the service's own environment goes into the reading process.
ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": os.defpath,
    "PYTHONPATH": str(_ROOT),
    "PYTHONUTF8": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PROJ_NETWORK": "OFF",
    "GDAL_PAM_ENABLED": "NO",
    # Where the system cannot take the network from a process, this leads every request to a closed door.
    "GDAL_HTTP_PROXY": "http://127.0.0.1:9",
    "GDAL_HTTP_MAX_RETRY": "0",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "{nothing}",
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
    "OGR_SQLITE_LIST_VIRTUAL_OGR": "NO",
    "OGR_SQLITE_STATIC_VIRTUAL_OGR": "NO",
    "DXF_CLOSED_LINE_AS_POLYGON": "YES",
    "OGR_ARROW_MEM_LIMIT": str(256 << 20),
}


def ask(request: Mapping[str, Any], limits: ReadingLimits) -> dict[str, Any]:
    """Ask for facts of a file.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceLimitError, EncodingUnknownError
    """
    with _reader(request, limits) as (stdout, require_good_end):
        answer = stdout.read()
        require_good_end()
    content: dict[str, Any] = json.loads(answer)
    return content


def stream_batches(request: Mapping[str, Any], limits: ReadingLimits) -> Iterator[pa.RecordBatch]:
    """Ask for the features of a layer; the process goes when the iterator is closed.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceLimitError, EncodingUnknownError
        Also half way: what came before was not the whole file.
    """
    with _reader(request, limits) as (stdout, require_good_end):
        yield from _read_out(stdout, require_good_end, request["name"])


def ask_and_stream(
    request: Mapping[str, Any], limits: ReadingLimits
) -> tuple[dict[str, Any], Generator[pa.RecordBatch]]:
    """Ask for facts of a layer and for its features, of one process; it goes when the second answer is closed.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceLimitError, EncodingUnknownError
        See :func:`stream_batches`.
    """
    answers = _facts_and_batches(request, limits)
    return next(answers), answers


def _facts_and_batches(request: Mapping[str, Any], limits: ReadingLimits) -> Generator[Any]:
    with _reader(request, limits) as (stdout, require_good_end):
        facts = stdout.readline()
        if not facts.endswith(b"\n"):
            require_good_end()
        yield json.loads(facts)
        yield from _read_out(stdout, require_good_end, request["name"])


def _read_out(
    stdout: io.BufferedReader, require_good_end: Callable[[], dict[str, Any]], name: str
) -> Iterator[pa.RecordBatch]:
    rows = 0
    try:
        for batch in _batches(stdout):
            rows += batch.num_rows
            yield batch
    except (pa.ArrowException, OSError):
        # The stream broke off; how the process ended says why.
        require_good_end()
        raise
    if require_good_end()["rows"] != rows:
        raise errors.SourceUnreadableError(f"{name} could not be read to its end; try again.")


def _batches(stdout: io.BufferedReader) -> Iterator[pa.RecordBatch]:
    if not stdout.peek(1):
        return
    with pa.ipc.open_stream(stdout) as reader:
        yield from reader


@contextmanager
def _reader(request: Mapping[str, Any], limits: ReadingLimits) -> Iterator[Any]:
    """Start the process; hand out its answer and the function that asks how it ended."""
    question = json.dumps({**request, "limits": asdict(limits)})
    with tempfile.TemporaryFile() as stderr, start_reader(question, stderr) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        stdout = io.BufferedReader(_PatientPipe(process.stdout, request["name"], limits.silence_seconds), 1 << 20)
        try:
            yield stdout, lambda: _require_good_end(process, stderr, request["name"], limits)
        finally:
            process.kill()


def start_reader(request: str, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the process that answers a request, with a pipe for its answer."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "gis.formats.reader_process", request],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=ENVIRONMENT,
        cwd="/",
    )


class _PatientPipe(io.RawIOBase):
    """A pipe that is read with patience, but not without end."""

    def __init__(self, pipe: IO[bytes], name: str, silence_seconds: int) -> None:
        self._descriptor = pipe.fileno()
        self._name = name
        self._silence_seconds = silence_seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer
        ready, _, _ = select.select([self._descriptor], [], [], self._silence_seconds)
        if not ready:
            raise errors.SourceLimitError(
                f"Nothing could be read of {self._name} for {self._silence_seconds} s; deliver it in parts or another format."
            )
        return os.readv(self._descriptor, [buffer])


def _require_good_end(
    process: subprocess.Popen[bytes], stderr: IO[bytes], name: str, limits: ReadingLimits
) -> dict[str, Any]:
    code = process.wait()
    ending = _ending(stderr)
    if ending is not None and "error" in ending:
        raise getattr(errors, ending["error"])(ending["message"])
    if ending is not None and code == 0:
        return ending
    if code == -signal.SIGXCPU:
        raise errors.SourceLimitError(f"{name} takes more than {limits.cpu_seconds} s to read; deliver it in parts.")
    how = signal.Signals(-code).name if code < 0 else _last_line(stderr)
    raise errors.SourceUnreadableError(
        f"{name} cannot be read: the reader broke off ({how}). The file is broken, or needs more memory than "
        f"{limits.memory_bytes >> 20} MiB; deliver it again, in parts, or in another format."
    )


def _tail(stderr: IO[bytes]) -> str:
    size = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, size - _TAIL_BYTES))
    return stderr.read().decode("utf-8", "replace")


def _ending(stderr: IO[bytes]) -> dict[str, Any] | None:
    _, mark, said = _tail(stderr).rpartition(_END_MARK)
    if not mark:
        return None
    ending: dict[str, Any] = json.loads(said)
    return ending


def _last_line(stderr: IO[bytes]) -> str:
    lines = [line for line in _tail(stderr).splitlines() if line.strip()]
    return lines[-1].strip() if lines else "without a word"
