"""Approved but not supplied (批而未供): what is left of each approval, whether it has lapsed, and the supply rate."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

import geopandas as gpd
import pandas as pd

from gis.idle.clock import add_years
from gis.measurement import round_half_up
from gis.rules import NATIONAL, ParameterRow, ParameterSet
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass
from gis.supervision.finding import LandFinding, Topic
from gis.uncovered import measure_uncovered


class UnsuppliedKind(StrEnum):
    """What an approval is as of a day."""

    SUPPLIED = "supplied"
    UNSUPPLIED = "unsupplied"
    LAPSED = "lapsed"  # no step of acquisition within the period: the approval ended by itself
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An approval of conversion or expropriation (农转用、征收批文); areas in m2.

    Attributes
    ----------
    approval_no : str
    approved_on : date or None
    area_m2 : Decimal or None
    withdrawn_area_m2 : Decimal
        Taken back or written off (核销、撤回).
    acquisition_started_on : date or None
        First step of acquisition (征收实施).
    unsupplied_area_m2 : Decimal or None
        Measured by geometry, slivers out; None to subtract the supplied areas.
    zone : str or None
        Development zone (园区) that the land is in.
    """

    approval_no: str
    approved_on: date | None
    area_m2: Decimal | None
    withdrawn_area_m2: Decimal = Decimal(0)
    acquisition_started_on: date | None = None
    unsupplied_area_m2: Decimal | None = None
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Supply:
    """Land supplied under an approval."""

    approval_no: str
    supplied_on: date | None
    area_m2: Decimal


def assess_approvals(
    approvals: Iterable[Approval],
    supplies: Iterable[Supply],
    *,
    as_of: date,
    parameters: ParameterSet,
    region: str = NATIONAL,
) -> list[LandFinding]:
    """Subtract what was supplied by a day from each approval.

    Parameters
    ----------
    approvals, supplies : iterable
        Matched by the approval's number. A supply without a day counts; one after ``as_of`` has not happened yet.
    as_of : date
    parameters : ParameterSet
        ``approval.lapse_years``.
    region : str, optional

    Returns
    -------
    list of LandFinding
        One per approval in the same order; ``kind`` is an :class:`UnsuppliedKind`.

    Raises
    ------
    ParameterNotInForceError
    """
    lapse = parameters.row("approval.lapse_years", as_of=as_of, region=region)
    supplied: dict[str, Decimal] = defaultdict(Decimal)
    for supply in supplies:
        if supply.supplied_on is None or supply.supplied_on <= as_of:
            supplied[supply.approval_no] += supply.area_m2
    return [_assess(approval, supplied[approval.approval_no], as_of, lapse) for approval in approvals]


def measure_unsupplied(
    approved: gpd.GeoDataFrame, supplied: gpd.GeoDataFrame, *, thresholds: SliverThresholds | None = None
) -> pd.Series:
    """Measure what no supplied land covers of each approved area.

    Parameters
    ----------
    approved, supplied : GeoDataFrame
        Polygons in the area plane; the index of ``approved`` is its identifier.
    thresholds : SliverThresholds, optional
        As of :func:`gis.rules.sliver_thresholds`; without them only artefacts of the boundaries are left out.

    Returns
    -------
    Series of float64
        Area in m2 by identifier of every approval, 0 where only slivers or artefacts are left; NaN where it could not be
        measured.

    Raises
    ------
    CRSMismatchError, GeometryRefusedError
        As :func:`gis.uncovered.measure_uncovered`.
    """
    rest = measure_uncovered(approved, supplied, thresholds=thresholds)
    is_real = (rest["overlap_class"] == OverlapClass.REAL) | rest["error"].notna()
    left = rest.loc[is_real].set_index("target_id")["overlap_area_m2"].astype("float64")
    return left.reindex(approved.index).where(approved.index.isin(left.index), 0.0).rename("unsupplied_area_m2")


def supply_rate(
    approved_m2: Mapping[int, Decimal], supplied_m2: Mapping[int, Decimal], *, year: int, years: int
) -> Fraction | None:
    """Return the mean supply rate (供地率) of the years up to one.

    Parameters
    ----------
    approved_m2, supplied_m2 : mapping of int to Decimal
        New construction land approved, and land supplied, by year.
    year, years : int
        The last year, and how many (``supply.mean_years``).

    Returns
    -------
    Fraction or None
        Mean of the yearly rates; None where a year approved nothing or is not known: a mean over fewer years is another number.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.supervision import supply_rate
    >>> supply_rate({2023: Decimal(100), 2024: Decimal(50)}, {2023: Decimal(50), 2024: Decimal(35)}, year=2024, years=2)
    Fraction(3, 5)
    """
    rates = []
    for each in range(year - years + 1, year + 1):
        if not approved_m2.get(each) or each not in supplied_m2:
            return None
        rates.append(Fraction(supplied_m2[each]) / Fraction(approved_m2[each]))
    return sum(rates, Fraction(0)) / years


def assess_supply_rate(
    approvals: Iterable[Approval],
    supplies: Iterable[Supply],
    *,
    year: int,
    parameters: ParameterSet,
    region: str = NATIONAL,
) -> LandFinding:
    """Compare the mean supply rate (供地率) of some years up to one with the share that is asked for.

    Parameters
    ----------
    approvals, supplies : iterable
        Those without a day belong to no year. A year in which land was approved and none supplied has the rate 0.
    year : int
        The last of the years.
    parameters : ParameterSet
        ``supply.*`` rows, those of the end of the year.
    region : str, optional

    Returns
    -------
    LandFinding
        ``kind`` is ``met``, ``below`` (new quota is suspended) or ``insufficient_data`` where a year has no approval.

    Raises
    ------
    ParameterNotInForceError
    """
    day = date(year, 12, 31)
    least = parameters.row("supply.mean_rate_min", as_of=day, region=region)
    count = parameters.row("supply.mean_years", as_of=day, region=region)
    approved: dict[int, Decimal] = defaultdict(Decimal)
    supplied = {each: Decimal(0) for each in range(year - count.integer + 1, year + 1)}
    for approval in approvals:
        if approval.approved_on is not None and approval.area_m2 is not None:
            approved[approval.approved_on.year] += approval.area_m2
    for supply in supplies:
        if supply.supplied_on is not None and supply.supplied_on.year in supplied:
            supplied[supply.supplied_on.year] += supply.area_m2
    rate = supply_rate(approved, supplied, year=year, years=count.integer)
    kind = "insufficient_data" if rate is None else "met" if rate >= Fraction(least.value) else "below"
    shown = "-" if rate is None else f"{round_half_up(rate * 100, 2)} %"
    zh, en = _RATE[kind]
    return LandFinding(
        topic=Topic.UNSUPPLIED,
        subject=f"supply_rate/{year}",
        kind=kind,
        reason_zh=f"截至 {year} 年近 {count.integer} 年平均供地率 {shown}，要求 ≥ {least.value}：{zh}。依据{least.citation}。",
        reason_en=f"Mean supply rate of the {count.integer} years up to {year}: {shown}, required ≥ {least.value}: {en}; "
        f"basis: {least.citation}.",
        article=least.citation,
        measures={"rate": rate},
        missing=("approved_on", "area_m2") if rate is None else (),
        parameter_rows=(least, count),
    )


_RATE = {
    "met": ("达标", "met"),
    "below": ("未达标，暂停安排新增建设用地指标", "not met, new quota is suspended"),
    "insufficient_data": ("有年度缺批准面积", "a year has no approved area"),
}


def _assess(approval: Approval, supplied: Decimal, as_of: date, lapse: ParameterRow) -> LandFinding:
    missing = tuple(name for name in ("area_m2", "approved_on") if getattr(approval, name) is None)
    left = _left_over(approval, supplied)
    kind = UnsuppliedKind.INSUFFICIENT_DATA
    if left is not None and left <= 0:
        kind, missing = UnsuppliedKind.SUPPLIED, ()
    elif left is not None and not missing:
        kind = UnsuppliedKind.LAPSED if _has_lapsed(approval, supplied, as_of, lapse) else UnsuppliedKind.UNSUPPLIED
    zh, en = _describe(approval, supplied, left, kind, as_of, lapse)
    return LandFinding(
        topic=Topic.UNSUPPLIED,
        subject=approval.approval_no,
        kind=kind,
        reason_zh=f"{zh}。依据{lapse.citation}。",
        reason_en=f"{en}; basis: {lapse.citation}.",
        article=lapse.citation,
        measures={
            "approved_area_m2": approval.area_m2,
            "supplied_area_m2": supplied,
            "withdrawn_area_m2": approval.withdrawn_area_m2,
            "unsupplied_area_m2": left,
        },
        missing=missing,
        parameter_rows=(lapse,),
    )


def _left_over(approval: Approval, supplied: Decimal) -> Decimal | None:
    if approval.unsupplied_area_m2 is not None:
        return max(Decimal(0), approval.unsupplied_area_m2 - approval.withdrawn_area_m2)
    return None if approval.area_m2 is None else approval.area_m2 - supplied - approval.withdrawn_area_m2


def _has_lapsed(approval: Approval, supplied: Decimal, as_of: date, lapse: ParameterRow) -> bool:
    """Whether no step of acquisition came within the period; what was supplied had been acquired."""
    if approval.approved_on is None or supplied > 0:
        return False
    end = add_years(approval.approved_on, lapse.integer)
    started = approval.acquisition_started_on
    return as_of > end and (started is None or started > end)


def _describe(
    approval: Approval, supplied: Decimal, left: Decimal | None, kind: UnsuppliedKind, as_of: date, lapse: ParameterRow
) -> tuple[str, str]:
    if kind is UnsuppliedKind.INSUFFICIENT_DATA:
        return "数据不足，缺批准面积或批准日期", "Insufficient data: the area or the day of the approval is missing"
    hectares = round_half_up(Fraction(left or 0) / 10_000, 4)
    of = f"{round_half_up(Fraction(approval.area_m2 or 0) / 10_000, 4)}"
    given = round_half_up(Fraction(supplied) / 10_000, 4)
    if kind is UnsuppliedKind.SUPPLIED:
        return f"至 {as_of} 已全部供应（批准 {of} 公顷）", f"All of {of} ha supplied by {as_of}"
    zh = f"批准 {of} 公顷，至 {as_of} 供应 {given} 公顷，批而未供 {hectares} 公顷"
    en = f"{of} ha approved, {given} ha supplied by {as_of}, {hectares} ha not supplied"
    if kind is UnsuppliedKind.LAPSED and approval.approved_on is not None:
        end = add_years(approval.approved_on, lapse.integer)
        return (
            f"{zh}；{end} 前未实施征收，批准文件失效",
            f"{en}; nothing was acquired by {end}, the approval has lapsed",
        )
    return zh, en
