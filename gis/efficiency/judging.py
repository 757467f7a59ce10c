"""Is this low-efficiency land (低效用地)? The gate first, then any direct reason, then k failed tests of n."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from gis.efficiency.model import LandInUse
from gis.efficiency.sentences import describe
from gis.efficiency.testing import IndicatorTest, TestOutcome, latest_years_all, run_indicator_tests
from gis.rules import NATIONAL, ParameterRow, ParameterSet


class LowEfficiencyKind(StrEnum):
    """Result of an assessment; a person decides on every suspect."""

    LOW_EFFICIENCY = "low_efficiency"
    OUTSIDE_GATE = "outside_gate"
    INSUFFICIENT_DATA = "insufficient_data"
    NOT_LOW = "not_low"


@dataclass(frozen=True, slots=True, kw_only=True)
class LowEfficiencyResult:
    """What was found about one parcel.

    Attributes
    ----------
    parcel_code : str
    as_of : date
    kind : LowEfficiencyKind
    closed_gates : tuple of str
        What keeps the parcel out: ``is_built``, ``has_clear_rights``, ``is_disputed``, ``is_idle``.
    direct_reasons : tuple of str
        ``is_policy_listed``, ``is_unsafe``, ``is_plan_mismatch``, ``renewal_area``, ``class_d_years``.
    tests : tuple of IndicatorTest
    needed_failures : int
        How many failed tests make the parcel suspect.
    missing : tuple of str
        What might change the result.
    reason_zh, reason_en, article : str
    parameter_rows : tuple of ParameterRow
    """

    parcel_code: str
    as_of: date
    kind: LowEfficiencyKind
    closed_gates: tuple[str, ...]
    direct_reasons: tuple[str, ...]
    tests: tuple[IndicatorTest, ...]
    needed_failures: int
    missing: tuple[str, ...]
    reason_zh: str
    reason_en: str
    article: str
    parameter_rows: tuple[ParameterRow, ...]

    @property
    def failed(self) -> tuple[IndicatorTest, ...]:
        """The tests that failed."""
        return tuple(test for test in self.tests if test.outcome is TestOutcome.FAIL)


def judge_land(
    land: LandInUse, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> LowEfficiencyResult:
    """Judge one parcel as of a day.

    Parameters
    ----------
    land : LandInUse
    as_of : date
    parameters : ParameterSet
        ``low_efficiency.*`` and ``industrial_*`` rows.
    region : str, optional

    Returns
    -------
    LowEfficiencyResult
        A gate that is certainly closed decides; then a direct reason or enough failures, if every gate is known to be open.
        Where what is missing could still make the parcel suspect the result is ``insufficient_data``, never ``not_low``.

    Raises
    ------
    ParameterNotInForceError

    References
    ----------
    .. [1] 《关于深入推进城镇低效用地再开发的指导意见（试行）》（国土资发〔2016〕147号）。
    """
    rows = {name: parameters.row(f"low_efficiency.{name}", as_of=as_of, region=region) for name in _KEYS}
    closed, unknown_gates = _test_gates(land)
    direct, unknown_direct = _find_direct_reasons(land, rows)
    tests = run_indicator_tests(land, as_of=as_of, parameters=parameters, region=region)
    kind, missing = _decide(closed, unknown_gates, direct, unknown_direct, tests, rows["failed_items"].integer)
    failed = tuple(test for test in tests if test.outcome is TestOutcome.FAIL)
    zh, en = describe(kind, closed, direct, failed, missing)
    article = rows["policy_list" if direct else "gate"].citation
    used = [test.row for test in tests if test.row is not None]
    return LowEfficiencyResult(
        parcel_code=land.parcel_code,
        as_of=as_of,
        kind=kind,
        closed_gates=closed,
        direct_reasons=direct,
        tests=tests,
        needed_failures=rows["failed_items"].integer,
        missing=missing,
        reason_zh=f"{zh}。依据{article}。",
        reason_en=f"{en}; basis: {article}.",
        article=article,
        parameter_rows=tuple({row.row_id: row for row in [*rows.values(), *used]}.values()),
    )


def judge_lands(
    lands: Iterable[LandInUse], *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> list[LowEfficiencyResult]:
    """Judge many parcels of one region; one result each, in the same order."""
    return [judge_land(land, as_of=as_of, parameters=parameters, region=region) for land in lands]


def _test_gates(land: LandInUse) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the gates that are closed, and those of which it is not known."""
    closed = tuple(name for name, open_value in _GATES.items() if getattr(land, name) is (not open_value))
    return closed, tuple(name for name in _GATES if getattr(land, name) is None)


def _find_direct_reasons(land: LandInUse, rows: dict[str, ParameterRow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    reasons = [name for name in _DIRECT if getattr(land, name)]
    missing = [name for name in _DIRECT if getattr(land, name) is None]
    if land.renewal_area_m2 is None or not land.land_area_m2:
        missing.append("renewal_area_m2")
    elif Fraction(land.renewal_area_m2) >= Fraction(rows["renewal_share_min"].value) * Fraction(land.land_area_m2):
        reasons.append("renewal_area")
    if latest_years_all(land, "D", rows["class_d_years"].integer):
        reasons.append("class_d_years")
    return tuple(reasons), tuple(missing)


def _decide(
    closed: tuple[str, ...],
    unknown_gates: tuple[str, ...],
    direct: tuple[str, ...],
    unknown_direct: tuple[str, ...],
    tests: tuple[IndicatorTest, ...],
    needed: int,
) -> tuple[LowEfficiencyKind, tuple[str, ...]]:
    if closed:
        return LowEfficiencyKind.OUTSIDE_GATE, ()
    failed = sum(test.outcome is TestOutcome.FAIL for test in tests)
    undecided = [test for test in tests if test.outcome is TestOutcome.MISSING]
    is_suspect = bool(direct) or failed >= needed
    if is_suspect and not unknown_gates:
        return LowEfficiencyKind.LOW_EFFICIENCY, ()
    lacking = [name for test in undecided for name in test.missing]
    could_be = is_suspect or bool(unknown_direct) or failed + len(undecided) >= needed
    if could_be:
        names = unknown_gates if is_suspect else (*unknown_gates, *unknown_direct, *lacking)
        return LowEfficiencyKind.INSUFFICIENT_DATA, tuple(dict.fromkeys(names))
    return LowEfficiencyKind.NOT_LOW, ()


_GATES = {"is_built": True, "has_clear_rights": True, "is_disputed": False, "is_idle": False}
_DIRECT = ("is_policy_listed", "is_unsafe", "is_plan_mismatch")
_KEYS = ("gate", "policy_list", "failed_items", "renewal_share_min", "class_d_years", "storey_double_height_m")
