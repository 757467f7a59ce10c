"""Which jobs a list shows (OGC 18-062r2, requirements class "Job list"): by process, state, time and duration."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal, get_args

from fastapi import Depends, Query

from app.clock import LEGAL_TIME_ZONE
from app.jobs.repository import JobFilter
from app.jobs.schemas import JobStatus
from app.problems import InvalidParameterError

FILTER_PARAMETERS = ("type", "processID", "status", "datetime", "minDuration", "maxDuration")
STATUSES: Sequence[str] = get_args(JobStatus)
OPEN = {"", ".."}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII | re.IGNORECASE)
LAST_MOMENT = timedelta(days=1, microseconds=-1)
Seconds = Annotated[int | None, Query(ge=0, le=10**9)]


async def read_filter(
    _type: Annotated[
        Literal["process"] | None, Query(alias="type", description="Every job is one of a process.")
    ] = None,
    process_id: Annotated[
        str | None, Query(alias="processID", max_length=2000, description="Processes, separated by commas.")
    ] = None,
    status: Annotated[str | None, Query(max_length=200, description="States, separated by commas.")] = None,
    created: Annotated[
        str | None,
        Query(alias="datetime", max_length=100, description="When a job was created: a day, a time, or start/end."),
    ] = None,
    shortest: Annotated[Seconds, Query(alias="minDuration", description="Seconds that it ran for at least.")] = None,
    longest: Annotated[Seconds, Query(alias="maxDuration", description="Seconds that it ran for at most.")] = None,
) -> JobFilter:
    """Read which jobs are wanted.

    Raises
    ------
    InvalidParameterError
    """
    statuses = _parts(status)
    for word in statuses:
        if word not in STATUSES:
            raise InvalidParameterError("status", f"{word!r} is no state; the states are {', '.join(STATUSES)}.")
    kinds = _parts(process_id)
    if any("\x00" in kind for kind in kinds):
        raise InvalidParameterError("processID", "expected text without NUL characters.")
    start, end = (None, None) if created is None else _period(created)
    return JobFilter(kinds, statuses, start, end, shortest, longest)


WantedJobs = Annotated[JobFilter, Depends(read_filter)]


def _parts(text: str | None) -> tuple[str, ...]:
    return () if text is None else tuple(part.strip() for part in text.split(","))


def _period(text: str) -> tuple[datetime | None, datetime | None]:
    first, slash, last = text.partition("/")
    if not slash:
        last = first
    start = None if slash and first in OPEN else _moment(first)
    end = None if slash and last in OPEN else _moment(last, is_end=True)
    if start is not None and end is not None and start > end:
        raise InvalidParameterError("datetime", "the period ends before it starts.")
    return start, end


def _moment(text: str, *, is_end: bool = False) -> datetime:
    """Read a time; a day is all of a day of the legal calendar."""
    try:
        if DAY.fullmatch(text):
            midnight = datetime.fromisoformat(text).replace(tzinfo=LEGAL_TIME_ZONE)
            return midnight + LAST_MOMENT if is_end else midnight
        if MOMENT.fullmatch(text):
            return datetime.fromisoformat(text.upper())
    except (ValueError, OverflowError) as error:
        raise InvalidParameterError("datetime", f"{text!r} is no day or time that there is.") from error
    raise InvalidParameterError(
        "datetime",
        "expected a day (2024-06-30), an RFC 3339 time, or two of them as start/end with .. for an open end.",
    )
