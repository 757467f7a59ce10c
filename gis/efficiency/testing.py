"""Testing the indicators of a parcel: each passes, fails, is excused, has no limit, or cannot be told."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from gis.efficiency.indicators import Measured, UseIndicator, measure_indicators
from gis.efficiency.limits import BUILT_INDICATORS, IndicatorLimit, Side, find_limit
from gis.efficiency.model import LandInUse
from gis.idle.clock import add_months
from gis.rules import NATIONAL, ParameterRow, ParameterSet

#: Tests beside those of the indicators.
CLASS_TEST, STOPPED_TEST = "per_mu_class", "stopped_production"


class TestOutcome(StrEnum):
    """What became of one test."""

    PASS = "pass"  # noqa: S105  an outcome, no secret
    FAIL = "fail"
    EXEMPTED = "exempted"  # 节地评价: fails, and a document excuses it
    NO_LIMIT = "no_limit"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorTest:
    """One test: what was measured, what is required, and the row that requires it.

    Attributes
    ----------
    name : str
        A :class:`UseIndicator`, ``per_mu_class`` or ``stopped_production``.
    outcome : TestOutcome
    measured : Fraction or str or None
    required : Fraction or None
    side : Side or None
    row : ParameterRow or None
    missing : tuple of str
    exemption : str or None
    """

    name: str
    outcome: TestOutcome
    measured: Fraction | str | None = None
    required: Fraction | None = None
    side: Side | None = None
    row: ParameterRow | None = None
    missing: tuple[str, ...] = ()
    exemption: str | None = None


def run_indicator_tests(
    land: LandInUse, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> tuple[IndicatorTest, ...]:
    """Run every test of a parcel.

    Parameters
    ----------
    land : LandInUse
    as_of : date
    parameters : ParameterSet
    region : str, optional

    Returns
    -------
    tuple of IndicatorTest
        One per indicator, then the per-mu class and the stop of production.

    Raises
    ------
    ParameterNotInForceError
    """
    double = parameters.row("low_efficiency.storey_double_height_m", as_of=as_of, region=region)
    measured = measure_indicators(land, double_height_m=double.value)
    tests = [
        _test_indicator(indicator, measured[indicator], land, as_of, parameters, region) for indicator in UseIndicator
    ]
    return (
        *tests,
        _test_class(land, parameters.row("low_efficiency.class_c_years", as_of=as_of, region=region)),
        _test_stop(land, as_of, parameters.row("low_efficiency.stopped_months_max", as_of=as_of, region=region)),
    )


def latest_years_all(land: LandInUse, letter: str, years: int) -> bool:
    """Whether the latest evaluated year and those right before it all gave one class."""
    if not land.classes:
        return False
    latest = max(land.classes)
    return all(land.classes.get(latest - back) == letter for back in range(years))


def _test_indicator(
    indicator: UseIndicator,
    measured: Measured,
    land: LandInUse,
    as_of: date,
    parameters: ParameterSet,
    region: str,
) -> IndicatorTest:
    is_built = indicator in BUILT_INDICATORS
    day = land.supplied_on if is_built and land.supplied_on is not None else as_of
    limit = find_limit(indicator, land, day=day, parameters=parameters, region=region)
    if limit is None:
        return IndicatorTest(name=indicator, outcome=TestOutcome.NO_LIMIT, measured=measured.value)
    missing = measured.missing + ("supplied_on",) * (is_built and land.supplied_on is None)
    outcome = TestOutcome.MISSING
    if measured.value is not None and not missing:
        outcome = TestOutcome.PASS if _is_within(measured.value, limit) else TestOutcome.FAIL
    exemption = land.exemptions.get(indicator)
    if outcome is TestOutcome.FAIL and exemption:
        outcome = TestOutcome.EXEMPTED
    return IndicatorTest(
        name=indicator,
        outcome=outcome,
        measured=measured.value,
        required=Fraction(limit.row.value),
        side=limit.side,
        row=limit.row,
        missing=missing,
        exemption=exemption,
    )


def _is_within(value: Fraction, limit: IndicatorLimit) -> bool:
    bound = Fraction(limit.row.value)
    return value >= bound if limit.side is Side.MIN else value <= bound


def _test_class(land: LandInUse, years: ParameterRow) -> IndicatorTest:
    """Class D in the latest year fails, and so does class C for some years running; without any evaluation nothing is tested."""
    if not land.classes:
        return IndicatorTest(name=CLASS_TEST, outcome=TestOutcome.NO_LIMIT)
    latest = land.classes[max(land.classes)]
    fails = latest == "D" or latest_years_all(land, "C", years.integer)
    return IndicatorTest(
        name=CLASS_TEST, outcome=TestOutcome.FAIL if fails else TestOutcome.PASS, measured=latest, row=years
    )


def _test_stop(land: LandInUse, as_of: date, months: ParameterRow) -> IndicatorTest:
    required = Fraction(months.value)
    if land.is_producing:
        return IndicatorTest(name=STOPPED_TEST, outcome=TestOutcome.PASS, required=required, side=Side.MAX, row=months)
    if land.stopped_since is None:
        return IndicatorTest(
            name=STOPPED_TEST, outcome=TestOutcome.MISSING, side=Side.MAX, row=months, missing=("stopped_since",)
        )
    fails = as_of > add_months(land.stopped_since, months.integer)
    return IndicatorTest(
        name=STOPPED_TEST,
        outcome=TestOutcome.FAIL if fails else TestOutcome.PASS,
        measured=land.stopped_since.isoformat(),
        required=required,
        side=Side.MAX,
        row=months,
    )
