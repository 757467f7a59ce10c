"""Reading processes by the hundred: each is forked from one that has already imported what all of them need.

The service starts a new Python for every file (:mod:`gis.formats.reader_pipe`), which takes half a second for what a fork
has in a hundredth. From there on the process is the same: it has one file, confines itself, and ends. What its start has to
guarantee is tested with the service's own, in ``tests/unit/gis/formats/test_hostile_files.py``.
"""

import importlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import traceback
from contextlib import suppress
from types import TracebackType
from typing import IO, NoReturn, Self

from gis.formats import reader_process

MOST_BYTES = 1 << 17
READERS = ("boundary_point_layers", "geoparquet", "table_layers")


class ReadingProcesses:
    """Starts reading processes the quick way; close it, or use it as a context manager."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            command = [sys.executable, "-P", __file__, str(theirs.fileno())]
            self._server = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, pass_fds=[theirs.fileno()], env=environment, cwd="/"
            )

    def start(self, request: str, stderr: IO[bytes]) -> "ReadingProcess":
        """Start a process that answers a request; take the place of ``reader_pipe.start_reader``."""
        stdout, their_stdout = os.pipe()
        reply, their_reply = os.pipe()
        try:
            socket.send_fds(self._control, [request.encode()], [their_stdout, stderr.fileno(), their_reply])
        finally:
            os.close(their_stdout)
            os.close(their_reply)
        return ReadingProcess(os.fdopen(stdout, "rb", buffering=0), os.fdopen(reply, "rb"))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._control.close()
        self._server.wait()


class ReadingProcess:
    """What ``reader_pipe`` uses of ``subprocess.Popen``."""

    def __init__(self, stdout: IO[bytes], reply: IO[bytes]) -> None:
        self.stdout = stdout
        self._reply = reply
        self._pid = int(reply.readline())
        self._code: int | None = None

    def wait(self) -> int:
        if self._code is None:
            self._code = int(self._reply.readline())
        return self._code

    def kill(self) -> None:
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stdout.close()
        self.wait()
        self._reply.close()


class Server:
    """Forks a process for each request, and tells its number and, when it is over, how it ended."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        # Of the processes that run: the pipe on which the end of each is told, by the descriptor that tells it.
        self._replies: dict[int, tuple[int, int]] = {}

    def serve(self) -> None:
        """Answer until nobody is left to ask."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is not self._control:
                    self._finish(key.fd)
                elif not self._begin():
                    return

    def _begin(self) -> bool:
        request, descriptors, _, _ = socket.recv_fds(self._control, MOST_BYTES, 3)
        if not request:
            return False
        stdout, stderr, reply = descriptors
        pid = os.fork()
        if pid == 0:
            os.dup2(stdout, 1)
            os.dup2(stderr, 2)
            # What GDAL holds open is left to it.
            self._control.close()
            self._selector.close()
            for descriptor in (*descriptors, *self._replies, *(reply for _, reply in self._replies.values())):
                os.close(descriptor)
            _read(request.decode())
        os.close(stdout)
        os.close(stderr)
        _tell(reply, pid)
        end = os.pidfd_open(pid)
        self._replies[end] = pid, reply
        self._selector.register(end, selectors.EVENT_READ)
        return True

    def _finish(self, end: int) -> None:
        pid, reply = self._replies.pop(end)
        self._selector.unregister(end)
        os.close(end)
        _, status = os.waitpid(pid, 0)
        _tell(reply, os.waitstatus_to_exitcode(status))
        os.close(reply)


def _tell(reply: int, number: int) -> None:
    # A test that was broken off does not listen any more.
    with suppress(BrokenPipeError):
        os.write(reply, b"%d\n" % number)


def _read(request: str) -> NoReturn:
    """Be the reading process, and end as Python does."""
    code = 1
    sys.argv[1:] = [request]
    try:
        reader_process.main()
        sys.stdout.flush()
        code = 0
    except Exception:  # noqa: BLE001  whatever it is, Python would print it and end with 1
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # Not back into the server's loop, of which this is a copy.
        os._exit(code)


if __name__ == "__main__":
    reader_process._gdal()
    for reader in READERS:
        importlib.import_module(f"gis.formats.{reader}")
    Server(socket.socket(fileno=int(sys.argv[1]))).serve()
