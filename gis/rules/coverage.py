"""What a layer can say about a place: an unknown place is never a clear one."""

import math
from enum import StrEnum
from typing import assert_never

from gis.rules.verdict import Verdict

# A covered share is a quotient of two areas, each conserved by the overlay to 1e-9 of itself: what is closer to the whole
# than that is the whole. It is arithmetic, not law, so it is no parameter row.
_SHARE_TOLERANCE = 1e-9


class LayerStatus(StrEnum):
    """State of one layer's answer about one place."""

    HIT = "hit"
    CLEAR = "clear"
    NOT_COVERED = "not_covered"
    STALE = "stale"
    FAILED = "failed"


def judge_coverage(status: LayerStatus, *, covered_share: float, mandatory: bool) -> Verdict:
    """Judge how far a layer's silence may be trusted.

    Not covered, stale, failed or partly covered gives NO_DATA for a mandatory layer and WARN for another; otherwise PASS.
    A hit in the covered part keeps the verdict of its own rule (:func:`gis.rules.judge_overlap`); combine the two with
    :func:`gis.rules.worst`.

    Parameters
    ----------
    status : LayerStatus
    covered_share : float
        Part of the place that lies within the layer's coverage, 0 to 1.
    mandatory : bool
        Whether the check may not do without the layer.

    Returns
    -------
    Verdict
        PASS, WARN or NO_DATA.

    Raises
    ------
    ValueError
        When the share is not a number from 0 to 1.

    Examples
    --------
    >>> from gis.rules import LayerStatus, judge_coverage
    >>> judge_coverage(LayerStatus.CLEAR, covered_share=0.8, mandatory=True)
    <Verdict.NO_DATA: 'NO_DATA'>
    >>> judge_coverage(LayerStatus.CLEAR, covered_share=1.0, mandatory=True)
    <Verdict.PASS: 'PASS'>
    """
    if math.isnan(covered_share) or not 0 <= covered_share <= 1 + _SHARE_TOLERANCE:
        raise ValueError(f"covered_share must lie between 0 and 1, got {covered_share!r}")
    match status:
        case LayerStatus.HIT | LayerStatus.CLEAR:
            known = covered_share >= 1 - _SHARE_TOLERANCE
        case LayerStatus.NOT_COVERED | LayerStatus.STALE | LayerStatus.FAILED:
            known = False
        case _:
            assert_never(status)
    if known:
        return Verdict.PASS
    return Verdict.NO_DATA if mandatory else Verdict.WARN
