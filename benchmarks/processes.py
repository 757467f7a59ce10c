"""Processor time and memory of this process, and of a database server that works for it, as Linux accounts for them."""

import os
from pathlib import Path

__all__ = ["cpu_seconds", "peak_bytes"]

_PROC = Path("/proc")
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
#: proc(5): after the name in brackets, the parent is the second field, and user and system time of the process and its waited-for children are these.
_PARENT, _TIMES = 1, slice(11, 15)


def cpu_seconds(server: int | None = None) -> float:
    """Return the processor time so far of this process and its children, and of the server with all of its processes.

    Parameters
    ----------
    server : int, optional
        A process of the database server that serves this process, whose parent is the server's main process; or a server that this process started.
    """
    own = sum(os.times()[:4])
    if server is None:
        return own
    main = int(_stat(server)[_PARENT])
    if main == os.getpid():
        return own + sum(int(value) for value in _stat(server)[_TIMES]) / _TICKS_PER_SECOND
    # Parallel workers end with their query; the main process has waited for them and counts their time.
    living = [int(path.name) for path in _PROC.iterdir() if path.name.isdigit()]
    stats = [stat for stat in map(_stat_or_none, living) if stat is not None and int(stat[_PARENT]) == main]
    ticks = sum(int(value) for stat in [_stat(main), *stats] for value in stat[_TIMES])
    return own + ticks / _TICKS_PER_SECOND


def peak_bytes(process: int) -> int:
    """Return the most memory that a process has held so far; with shared memory that it touched."""
    for line in (_PROC / str(process) / "status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return 0


def _stat(process: int) -> list[str]:
    return (_PROC / str(process) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def _stat_or_none(process: int) -> list[str] | None:
    try:
        return _stat(process)
    except (FileNotFoundError, ProcessLookupError):
        return None
