"""Classes over the years: what feeds the list of low-efficiency land, and the list that is published."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from gis.measurement import round_half_up
from gis.performance.evaluation import Evaluation, EvaluationStatus
from gis.performance.tiers import Tier


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassYear:
    """The class of a firm in a year.

    Attributes
    ----------
    credit_code : str
    year : int
    tier : Tier
    parcel_codes : tuple of str
    is_graded : bool
        False where the class is only how a firm that was not graded is treated.
    is_under_appeal : bool
        The firm has objected and no answer has been given: the class is published with that mark and feeds no other list.
    """

    credit_code: str
    year: int
    tier: Tier
    parcel_codes: tuple[str, ...] = ()
    is_graded: bool = True
    is_under_appeal: bool = False


@dataclass(frozen=True, slots=True)
class PublicEntry:
    """A line of the published list; the score has two decimals."""

    credit_code: str
    name: str
    year: int
    tier: Tier | None
    rank: int | None
    score: Decimal | None
    is_graded: bool
    is_under_appeal: bool


def class_d_list(history: Iterable[ClassYear], *, year: int, years: int) -> tuple[str, ...]:
    """List the firms that were class D for some years running.

    Parameters
    ----------
    history : iterable of ClassYear
    year : int
        The last of the years.
    years : int
        Parameter ``low_efficiency.class_d_years``.

    Returns
    -------
    tuple of str
        Credit codes, ascending. A year that is missing, was not graded or is under appeal breaks the row.

    Examples
    --------
    >>> from gis.performance import ClassYear, Tier, class_d_list
    >>> history = [ClassYear(credit_code=code, year=year, tier=Tier(tier)) for code, year, tier in
    ...            (("X", 2023, "D"), ("X", 2024, "D"), ("Y", 2023, "C"), ("Y", 2024, "D"))]
    >>> class_d_list(history, year=2024, years=2)
    ('X',)
    """
    wanted = set(range(year - years + 1, year + 1))
    bad: dict[str, set[int]] = defaultdict(set)
    for entry in history:
        if _counts(entry) and entry.tier is Tier.D:
            bad[entry.credit_code].add(entry.year)
    return tuple(sorted(code for code, found in bad.items() if wanted <= found))


def classes_by_parcel(history: Iterable[ClassYear]) -> dict[str, dict[int, str]]:
    """Collect the classes by parcel and year, for :class:`gis.efficiency.LandInUse`.

    Returns
    -------
    dict
        Of several firms on one parcel the best class counts (their result is shared where the land was merged).
    """
    found: dict[str, dict[int, str]] = defaultdict(dict)
    for entry in history:
        if not _counts(entry):
            continue
        for parcel in entry.parcel_codes:
            known = found[parcel].get(entry.year)
            found[parcel][entry.year] = entry.tier.value if known is None else min(known, entry.tier.value)
    return dict(found)


def public_list(evaluations: Iterable[Evaluation], *, under_appeal: frozenset[str] = frozenset()) -> list[PublicEntry]:
    """Make the list that is published: by class, then by rank, firms that are not graded last.

    Parameters
    ----------
    evaluations : iterable of Evaluation
    under_appeal : frozenset of str
        Credit codes of firms that have objected.
    """
    entries = [
        PublicEntry(
            credit_code=each.firm.credit_code,
            name=each.firm.name,
            year=each.firm.year,
            tier=each.tier,
            rank=each.rank,
            score=None if each.score is None else round_half_up(each.score, 2),
            is_graded=each.status is EvaluationStatus.GRADED,
            is_under_appeal=each.firm.credit_code in under_appeal,
        )
        for each in evaluations
    ]
    return in_public_order(entries)


def in_public_order(entries: Iterable[PublicEntry]) -> list[PublicEntry]:
    """Order a list by class, then by rank; firms that are not graded come last."""
    return sorted(
        entries, key=lambda entry: (not entry.is_graded, entry.tier or "Z", entry.rank or 0, entry.credit_code)
    )


def _counts(entry: ClassYear) -> bool:
    return entry.is_graded and not entry.is_under_appeal
