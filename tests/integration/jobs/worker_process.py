"""A worker process with kinds of work made for the tests: ``worker_process.py DATABASE_URL FOLDER [--with-parent]``."""

import sys
import time
from pathlib import Path
from typing import Any

from app.db.engine import make_engine
from app.errors import AppError
from app.jobs.errors import JobCancelledError
from app.jobs.kinds import JobRun
from app.jobs.worker import run_worker, stop_with_parent
from app.logs import configure_logging

CHUNKS = 600
CHUNK_S = 0.1


def slow(run: JobRun) -> dict[str, Any]:
    """Work for a minute in chunks; the second time be done at once."""
    with (FOLDER / "starts").open("a") as notes:
        notes.write("started\n")
    starts = len((FOLDER / "starts").read_text().splitlines())
    for chunk in range(CHUNKS if starts == 1 or run.inputs.get("always") else 1):
        run.progress(chunk, CHUNKS)
        if run.cancelled():
            raise JobCancelledError
        time.sleep(CHUNK_S)
    return {"starts": starts}


def deaf(run: JobRun) -> dict[str, Any]:
    """Work without ever listening."""
    (FOLDER / "starts").write_text("started\n")
    time.sleep(CHUNKS * CHUNK_S)
    return {}


def echo(run: JobRun) -> dict[str, Any]:
    """Give the inputs back."""
    return {"inputs": dict(run.inputs), "actor": run.actor}


def refuse(run: JobRun) -> dict[str, Any]:
    """End with an error that a caller can understand."""
    raise AppError("nothing-to-check", "Nothing to check", 409, "There is no layer 宗地.", layer="宗地")


def break_down(run: JobRun) -> dict[str, Any]:
    """End by a defect."""
    raise ZeroDivisionError("the secret is 42")


KINDS = {"slow": slow, "deaf": deaf, "echo": echo, "refuse": refuse, "break": break_down}

if __name__ == "__main__":
    FOLDER = Path(sys.argv[2])
    configure_logging("production")
    if "--with-parent" in sys.argv:
        stop_with_parent(sys.stdin.fileno())
    run_worker(make_engine(sys.argv[1]), kinds=KINDS)
