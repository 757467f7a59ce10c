"""The server processes of one data folder, as the kernel knows them.

``postmaster.pid`` alone proves nothing: after a crash its number may belong to any other process, and PostgreSQL then
refuses to start. A process counts as the server of a folder when it is a ``postgres`` that works in that folder.
"""

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from app.db.cluster.errors import ClusterError

POLL_SECONDS = 0.05
PID_FILE = "postmaster.pid"
# Server processes notice within a second that their postmaster died, unless they are in the middle of a calculation.
ORPHAN_GRACE_SECONDS = 3.0
ORPHAN_KILL_SECONDS = 30.0
# https://www.postgresql.org/docs/current/storage-file-layout.html and PG's miscadmin.h: the lines of postmaster.pid.
_LINE_PID, _LINE_STARTED, _LINE_SOCKET_FOLDER, _LINE_STATUS = 0, 2, 4, 7


@dataclass(frozen=True, slots=True)
class Postmaster:
    """The living main process of a database server."""

    pid: int
    started_at: datetime
    socket_folder: Path | None
    condition: str

    @property
    def is_ready(self) -> bool:
        """Whether it takes connections."""
        return self.condition == "ready"


def find_postmaster(data_folder: Path) -> Postmaster | None:
    """Return the living postmaster of a data folder, or None; a stale ``postmaster.pid`` is None."""
    try:
        lines = (data_folder / PID_FILE).read_text(encoding="utf-8").splitlines()
        pid = int(lines[_LINE_PID])
        started_at = datetime.fromtimestamp(int(lines[_LINE_STARTED]), tz=UTC)
    except (FileNotFoundError, ValueError, IndexError):
        # Missing, or written only in part so far.
        return None
    if not is_server_of(pid, data_folder):
        return None
    socket_folder = lines[_LINE_SOCKET_FOLDER].strip() if len(lines) > _LINE_SOCKET_FOLDER else ""
    condition = lines[_LINE_STATUS].strip() if len(lines) > _LINE_STATUS else "starting"
    return Postmaster(pid, started_at, Path(socket_folder) if socket_folder else None, condition)


def is_server_of(pid: int, data_folder: Path) -> bool:
    """Whether a process is a ``postgres`` that works in ``data_folder``; false for a dead or foreign one."""
    process = Path("/proc", str(pid))
    try:
        return (process / "comm").read_text(encoding="utf-8").strip() == "postgres" and (process / "cwd").samefile(
            data_folder
        )
    except OSError:
        # Gone in the meantime, a zombie without a working folder, or another user's.
        return False


def end_orphans(data_folder: Path) -> None:
    """End server processes that outlived their postmaster, so that a new one may start on the folder.

    A backend in a long calculation does not notice that its postmaster was killed; it keeps the shared memory, and
    PostgreSQL refuses to start beside it. Its work is lost in any case: the new server recovers from the log.

    Raises
    ------
    ClusterError
        When even killing them does not end them.
    """
    patience = time.monotonic() + ORPHAN_GRACE_SECONDS
    deadline = patience + ORPHAN_KILL_SECONDS
    while (orphans := list(_servers_of(data_folder))) and find_postmaster(data_folder) is None:
        if time.monotonic() > deadline:
            raise ClusterError(
                f"Processes of a dead database server of {data_folder} do not end, although they were killed: "
                f"{', '.join(map(str, orphans))}. Is its disk stuck?"
            )
        if time.monotonic() > patience:
            for pid in orphans:
                _send(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def end_postmaster(data_folder: Path, postmaster: Postmaster, *, patience_s: float) -> bool:
    """Shut a server down, closing its connections, and return whether it is gone.

    After ``patience_s`` seconds it is told to drop everything at once; the next start then recovers from the log.
    """
    # https://www.postgresql.org/docs/current/server-shutdown.html: SIGINT is the fast mode, SIGQUIT the immediate one.
    for word in (signal.SIGINT, signal.SIGQUIT):
        _send(postmaster.pid, word)
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            if not is_server_of(postmaster.pid, data_folder):
                return True
            time.sleep(POLL_SECONDS)
    return False


def clear_stale_locks(data_folder: Path, socket_folder: Path) -> None:
    """Remove what a killed server left behind, where PostgreSQL would take it for a living one.

    Call it only when the folder has no living server. PostgreSQL itself clears a ``postmaster.pid`` whose process is
    gone, and checks on that occasion that nobody holds its shared memory; only one that is damaged, or whose number
    now belongs to another process, has to be removed for it.
    """
    pid_file = data_folder / PID_FILE
    try:
        pid = int(pid_file.read_text(encoding="utf-8").split()[0])
    except FileNotFoundError:
        pass
    except (ValueError, IndexError):
        pid_file.unlink(missing_ok=True)
    else:
        if Path("/proc", str(pid)).exists() and not is_server_of(pid, data_folder):
            pid_file.unlink(missing_ok=True)
    for leftover in socket_folder.glob(".s.PGSQL.*"):
        leftover.unlink(missing_ok=True)


def _servers_of(data_folder: Path) -> Iterator[int]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_server_of(int(entry.name), data_folder):
            yield int(entry.name)


def _send(pid: int, word: signal.Signals) -> None:
    try:
        os.kill(pid, word)
    except ProcessLookupError:
        return
