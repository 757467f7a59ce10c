"""What a check says, and how answers are combined: the worst one wins."""

from collections.abc import Iterable
from enum import StrEnum


class Verdict(StrEnum):
    """Answer of one rule about one parcel or site, ordered by weight.

    ``DENY > REVIEW > NO_DATA > WARN > PASS``: missing data weighs more than a warning and can never be read as a pass.
    Comparison operators follow that order (not the alphabet), so ``max`` and ``sorted`` mean what they say; equality and
    hashing are those of the string.

    Examples
    --------
    >>> from gis.rules import Verdict
    >>> max(Verdict.WARN, Verdict.NO_DATA), Verdict("DENY") > Verdict.REVIEW
    (<Verdict.NO_DATA: 'NO_DATA'>, True)
    """

    PASS = "PASS"  # noqa: S105 - an outcome, not a password
    WARN = "WARN"
    NO_DATA = "NO_DATA"
    REVIEW = "REVIEW"
    DENY = "DENY"

    @property
    def severity(self) -> int:
        """Rank of the verdict: 0 for PASS up to 4 for DENY."""
        return _SEVERITY[self]

    def __lt__(self, other: str) -> bool:
        return self.severity < Verdict(other).severity

    def __le__(self, other: str) -> bool:
        return self.severity <= Verdict(other).severity

    def __gt__(self, other: str) -> bool:
        return self.severity > Verdict(other).severity

    def __ge__(self, other: str) -> bool:
        return self.severity >= Verdict(other).severity


_SEVERITY = {verdict: rank for rank, verdict in enumerate(Verdict)}


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Combine verdicts: the worst one decides.

    Parameters
    ----------
    verdicts : iterable of Verdict
        At least one.

    Returns
    -------
    Verdict

    Raises
    ------
    ValueError
        For no verdict at all: nothing checked is not a pass.

    Examples
    --------
    >>> from gis.rules import Verdict, worst
    >>> worst([Verdict.PASS, Verdict.REVIEW, Verdict.WARN])
    <Verdict.REVIEW: 'REVIEW'>
    """
    collected = list(verdicts)
    if not collected:
        raise ValueError("no verdict to combine: nothing checked is not a pass")
    return max(collected, key=_SEVERITY.__getitem__)
