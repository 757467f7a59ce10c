"""Classes by rank: the better rank is shared by ties, the cut-offs are numbers of firms."""

from collections.abc import Sequence
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from gis.performance.schemes import TierPolicy


class Tier(StrEnum):
    """Class of a firm."""

    A = "A"  # 优先发展
    B = "B"  # 鼓励提升
    C = "C"  # 监管调控
    D = "D"  # 落后整治


def rank_scores(scores: Sequence[Fraction]) -> list[int]:
    """Rank scores, the highest first, from 1; equal scores share the better rank.

    Parameters
    ----------
    scores : sequence of Fraction
        Exact: what is equal only after rounding is no tie.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from gis.performance import rank_scores
    >>> rank_scores([Fraction(70), Fraction(90), Fraction(90), Fraction(50)])
    [3, 1, 1, 4]
    """
    place: dict[Fraction, int] = {}
    for position, score in enumerate(sorted(scores, reverse=True), start=1):
        place.setdefault(score, position)
    return [place[score] for score in scores]


def assign_tiers(ranks: Sequence[int], policy: TierPolicy) -> list[Tier]:
    """Cut ranks into classes.

    Parameters
    ----------
    ranks : sequence of int
        As of :func:`rank_scores`.
    policy : TierPolicy

    Returns
    -------
    list of Tier
        A tie across a cut-off gets the better class, as it has the better rank.

    Examples
    --------
    >>> from gis.performance import assign_tiers, load_tier_policies
    >>> "".join(assign_tiers(range(1, 21), load_tier_policies()["anhui"]))
    'AAAAABBBBBBBBBCCCCCD'
    """
    count = len(ranks)
    best = _count(count, policy.a_share, policy.a_rounding)
    upper = max(best, _count(count, policy.b_share, "floor"))
    last = count - _count(count, policy.d_share, policy.d_rounding)
    return [_tier(rank, best, upper, last) for rank in ranks]


def _count(count: int, share: object, rounding: str) -> int:
    exact = count * Fraction(str(share))
    return floor(exact) if rounding == "floor" else ceil(exact)


def _tier(rank: int, best: int, upper: int, last: int) -> Tier:
    if rank > last:
        return Tier.D
    if rank <= best:
        return Tier.A
    return Tier.B if rank <= upper else Tier.C
