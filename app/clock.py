"""The one place that asks what day it is; everything else is told."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

# Deadlines of Chinese law end by the calendar of China, wherever the server stands.
LEGAL_TIME_ZONE = ZoneInfo("Asia/Shanghai")


def today() -> date:
    """Return the legal calendar day."""
    return datetime.now(LEGAL_TIME_ZONE).date()
