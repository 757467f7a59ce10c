"""How bad a fault is."""

from enum import StrEnum


class Severity(StrEnum):
    """How bad a fault is, the worst first.

    An error makes a feature or a delivery unusable or its values wrong; a warning needs a person to look; a note says what was done.
    """

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"
