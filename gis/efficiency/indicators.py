"""The indicators of land in use, exact (《工业项目建设用地控制指标》)."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from gis.efficiency.model import LandInUse

#: One mu is 2000/3 m2, exactly.
M2_PER_MU = Fraction(2000, 3)


class UseIndicator(StrEnum):
    """Figures of land in use; money per mu in 万元/亩, shares 0 to 1."""

    FLOOR_AREA_RATIO = "floor_area_ratio"  # 容积率
    BUILDING_COEFFICIENT = "building_coefficient"  # 建筑系数
    INVESTMENT_PER_MU = "investment_per_mu"  # 投资强度
    OUTPUT_PER_MU = "output_per_mu"  # 土地产出率
    TAX_PER_MU = "tax_per_mu"  # 土地税收
    OFFICE_LAND_SHARE = "office_land_share"  # 行政办公及生活服务设施用地所占比重
    GREEN_SHARE = "green_share"  # 绿地率
    VACANT_FLOOR_SHARE = "vacant_floor_share"  # 空置建筑面积占比


@dataclass(frozen=True, slots=True)
class Measured:
    """The value of an indicator, or the fields without which it has none."""

    value: Fraction | None
    missing: tuple[str, ...] = ()


def measure_indicators(land: LandInUse, *, double_height_m: Decimal) -> dict[UseIndicator, Measured]:
    """Compute every indicator.

    Parameters
    ----------
    land : LandInUse
    double_height_m : Decimal
        Parameter ``low_efficiency.storey_double_height_m``: a storey higher than this counts double.

    Returns
    -------
    dict
        A whole of 0 is as good as none: the indicator is missing, never 0 or infinite.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.efficiency import LandInUse, Storey, measure_indicators
    >>> land = LandInUse(parcel_code="1", land_area_m2=Decimal(2000), storeys=(
    ...     Storey(Decimal(500), Decimal("8.0")), Storey(Decimal(500), Decimal("8.01"))))
    >>> measure_indicators(land, double_height_m=Decimal(8))["floor_area_ratio"].value
    Fraction(3, 4)
    """
    return {
        UseIndicator.FLOOR_AREA_RATIO: _floor_area_ratio(land, double_height_m),
        UseIndicator.BUILDING_COEFFICIENT: _divide(
            land, ("building_footprint_m2", "structure_footprint_m2", "open_yard_m2"), "land_area_m2"
        ),
        UseIndicator.INVESTMENT_PER_MU: _per_mu(land, "investment_10k_yuan"),
        UseIndicator.OUTPUT_PER_MU: _per_mu(land, "output_10k_yuan"),
        UseIndicator.TAX_PER_MU: _per_mu(land, "tax_10k_yuan"),
        UseIndicator.OFFICE_LAND_SHARE: _office_share(land),
        UseIndicator.GREEN_SHARE: _divide(land, ("green_area_m2",), "land_area_m2"),
        UseIndicator.VACANT_FLOOR_SHARE: _divide(land, ("vacant_floor_m2",), "total_floor_m2"),
    }


def count_floor_area(land: LandInUse, *, double_height_m: Decimal) -> Decimal | None:
    """Add the floor areas, storeys above a height twice; None when no buildings are known."""
    if land.storeys is None:
        return land.counted_floor_area_m2
    return sum(
        (storey.floor_area_m2 * (2 if storey.height_m > double_height_m else 1) for storey in land.storeys), Decimal(0)
    )


def _floor_area_ratio(land: LandInUse, double_height_m: Decimal) -> Measured:
    floor = count_floor_area(land, double_height_m=double_height_m)
    missing = ("storeys",) * (floor is None) + ("land_area_m2",) * (not land.land_area_m2)
    if floor is None or not land.land_area_m2:
        return Measured(None, missing)
    return Measured(Fraction(floor) / Fraction(land.land_area_m2))


def _office_share(land: LandInUse) -> Measured:
    """Land of offices and services; where it cannot be told apart, their share of the floor area stands for it."""
    if land.office_land_m2 is not None:
        return _divide(land, ("office_land_m2",), "land_area_m2")
    by_floor = _divide(land, ("office_floor_m2",), "total_floor_m2")
    return by_floor if by_floor.value is not None else Measured(None, ("office_land_m2",))


def _per_mu(land: LandInUse, name: str) -> Measured:
    of_area = _divide(land, (name,), "land_area_m2")
    return of_area if of_area.value is None else Measured(of_area.value * M2_PER_MU)


def _divide(land: LandInUse, parts: tuple[str, ...], whole: str) -> Measured:
    amounts: dict[str, Decimal | None] = {name: getattr(land, name) for name in parts}
    missing = tuple(name for name, amount in amounts.items() if amount is None)
    total: Decimal | None = getattr(land, whole)
    if missing or not total:
        return Measured(None, missing + (whole,) * (not total))
    return Measured(
        sum((Fraction(amount) for amount in amounts.values() if amount is not None), Fraction(0)) / Fraction(total)
    )
