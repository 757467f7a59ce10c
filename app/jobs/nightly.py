"""The scans that are started every night: idle land first, as land after its approval reads its cases."""

from datetime import UTC, date, datetime, time

import structlog
from sqlalchemy import Engine

from app.clock import LEGAL_TIME_ZONE
from app.db.sessions import write_session
from app.idle.repository import current_delivery
from app.jobs.kinds import IDLE_SCAN, LAND_SCAN
from app.jobs.service import enqueue

log = structlog.get_logger(__name__)
ACTOR = "nightly"


def cron_of(time_of_day: time) -> str:
    """Write a time of day in China as fields of cron in UTC, which is what the queue counts in.

    Examples
    --------
    >>> from datetime import time
    >>> from app.jobs.nightly import cron_of
    >>> cron_of(time(2, 30)), cron_of(time(9, 0))
    ('30 18 * * *', '0 1 * * *')
    """
    # Any day will do: the time zone has no summer time.
    moment = datetime.combine(date(2026, 1, 2), time_of_day.replace(tzinfo=None), tzinfo=LEGAL_TIME_ZONE).astimezone(
        UTC
    )
    return f"{moment.minute} {moment.hour} * * *"


def start_nightly_scans(engine: Engine) -> None:
    """Start both scans as of the day on which they run; without contracts there is nothing to scan."""
    with write_session(engine, actor=ACTOR) as session:
        if current_delivery(session, "contracts") is None:
            log.info("nightly_scan.nothing_to_scan")
            return
        # One lock for both: the queue works on them in this order.
        enqueue(session, IDLE_SCAN, {"as_of": None}, lock=IDLE_SCAN)
        enqueue(session, LAND_SCAN, {"topics": None, "as_of": None}, lock=IDLE_SCAN)
    log.info("nightly_scan.started")
