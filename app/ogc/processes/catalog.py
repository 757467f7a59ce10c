"""All processes. A further one is a ``Process`` in a module of its own subject, listed here."""

from collections.abc import Mapping
from typing import Any

from app.ogc.processes import checks, files, land, overlaying, plans
from app.ogc.processes.errors import ProcessNotFoundError
from app.ogc.processes.model import Process

PROCESSES: Mapping[str, Process[Any]] = {
    process.id: process for subject in (overlaying, checks, plans, land, files) for process in subject.PROCESSES
}


def find_process(process_id: str) -> Process[Any]:
    """Return a process.

    Raises
    ------
    ProcessNotFoundError
    """
    try:
        return PROCESSES[process_id]
    except KeyError as error:
        raise ProcessNotFoundError(process_id) from error
