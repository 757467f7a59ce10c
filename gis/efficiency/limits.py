"""Limits of the indicators: the parameter row that holds for a zone, an industry and a region on a day.

A limit is the row ``low_efficiency.<indicator>_<min|max>``, with ``.zone_<code>`` and ``.industry_<digits>`` after it where it
holds for one zone or industry only. Without one of its own an indicator takes the national control value
(工业项目建设用地控制指标) of the day on which the land was supplied.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib import resources

from gis.efficiency.indicators import UseIndicator
from gis.efficiency.model import LandInUse
from gis.rules import NATIONAL, IndustryStandard, ParameterNotInForceError, ParameterRow, ParameterSet


class Side(StrEnum):
    """Whether a limit is a least or a greatest value; the limit itself is within it."""

    MIN = "min"
    MAX = "max"


@dataclass(frozen=True, slots=True)
class IndicatorLimit:
    """A limit and the row that sets it."""

    side: Side
    row: ParameterRow


#: Indicators of what was built are held against the law of the day of supply, those of results against that of the day asked for.
BUILT_INDICATORS = frozenset(
    {
        UseIndicator.FLOOR_AREA_RATIO,
        UseIndicator.BUILDING_COEFFICIENT,
        UseIndicator.INVESTMENT_PER_MU,
        UseIndicator.OFFICE_LAND_SHARE,
        UseIndicator.GREEN_SHARE,
    }
)
_SIDES = {
    UseIndicator.FLOOR_AREA_RATIO: Side.MIN,
    UseIndicator.BUILDING_COEFFICIENT: Side.MIN,
    UseIndicator.INVESTMENT_PER_MU: Side.MIN,
    UseIndicator.OUTPUT_PER_MU: Side.MIN,
    UseIndicator.TAX_PER_MU: Side.MIN,
    UseIndicator.OFFICE_LAND_SHARE: Side.MAX,
    UseIndicator.GREEN_SHARE: Side.MAX,
    UseIndicator.VACANT_FLOOR_SHARE: Side.MAX,
}
_NATIONAL = {
    UseIndicator.BUILDING_COEFFICIENT: "building_coefficient_min",
    UseIndicator.OFFICE_LAND_SHARE: "office_land_share_max",
    UseIndicator.GREEN_SHARE: "green_ratio_max",
}
_NATIONAL_VERSIONS = ("industrial_2023", "industrial_2008")


def find_limit(
    indicator: UseIndicator, land: LandInUse, *, day: date, parameters: ParameterSet, region: str = NATIONAL
) -> IndicatorLimit | None:
    """Find the limit of an indicator for a parcel.

    Parameters
    ----------
    indicator : UseIndicator
    land : LandInUse
        Its zone and industry.
    day : date
        The day whose law holds.
    parameters : ParameterSet
    region : str, optional

    Returns
    -------
    IndicatorLimit or None
        The most specific row in force: zone and industry, zone, industry, everywhere, then the national control value;
        None when nothing sets a limit: the indicator is then not tested.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.efficiency import LandInUse, find_limit
    >>> from gis.rules import ParameterSet, load_catalog
    >>> land = LandInUse(parcel_code="1", industry_code="3484")
    >>> limit = find_limit("floor_area_ratio", land, day=date(2020, 1, 1), parameters=ParameterSet(load_catalog().parameters))
    >>> limit.row.key, limit.row.value
    ('industrial_2008.far_min.division_35', Decimal('0.7'))
    """
    side = _SIDES[UseIndicator(indicator)]
    keys = [*_own_keys(f"low_efficiency.{indicator}_{side}", land), *_national_keys(UseIndicator(indicator), land)]
    for key in keys:
        try:
            return IndicatorLimit(side, parameters.row(key, as_of=day, region=region))
        except ParameterNotInForceError:
            continue
    return None


def divisions_of_2002(industry_code: str | None, standard: IndustryStandard) -> tuple[str, ...]:
    """Find the divisions of GB/T 4754-2002 that an industry belonged to; the control values of 2008 are listed by them.

    Examples
    --------
    >>> from gis.efficiency.limits import divisions_of_2002
    >>> from gis.rules import IndustryStandard
    >>> divisions_of_2002("2927", IndustryStandard.GBT4754_2017), divisions_of_2002("29", IndustryStandard.GBT4754_2017)
    (('30',), ('29', '30'))
    """
    digits = "".join(letter for letter in industry_code or "" if letter.isdigit())
    if len(digits) < 2:
        return ()
    table = {} if standard is IndustryStandard.GBT4754_2002 else _divisions()
    for length in range(len(digits), 1, -1):
        if digits[:length] in table:
            return tuple(table[digits[:length]])
    return (digits[:2],)


def _own_keys(base: str, land: LandInUse) -> Iterator[str]:
    digits = "".join(letter for letter in land.industry_code or "" if letter.isdigit())
    industries = [f".industry_{digits[:length]}" for length in range(len(digits), 1, -1)]
    if land.zone is not None:
        yield from (f"{base}.zone_{land.zone}{industry}" for industry in industries)
        yield f"{base}.zone_{land.zone}"
    yield from (f"{base}{industry}" for industry in industries)
    yield base


def _national_keys(indicator: UseIndicator, land: LandInUse) -> Iterator[str]:
    divisions = divisions_of_2002(land.industry_code, land.industry_standard)
    if indicator is UseIndicator.FLOOR_AREA_RATIO:
        # A code that was two divisions does not say which value holds.
        if len(divisions) == 1:
            yield f"industrial_2008.far_min.division_{divisions[0]}"
    elif indicator in _NATIONAL and _is_manufacturing(divisions):
        yield from (f"{version}.{_NATIONAL[indicator]}" for version in _NATIONAL_VERSIONS)


def _is_manufacturing(divisions: tuple[str, ...]) -> bool:
    return any("13" <= division <= "43" for division in divisions)


@cache
def _divisions() -> dict[str, list[str]]:
    text = (resources.files("gis.efficiency") / "industry_divisions.json").read_text(encoding="utf-8")
    divisions: dict[str, list[str]] = json.loads(text)["divisions"]
    return divisions
