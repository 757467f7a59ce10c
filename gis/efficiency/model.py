"""What is known of a parcel in use; None is not known, never "no"."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from gis.rules import IndustryStandard


@dataclass(frozen=True, slots=True)
class Storey:
    """One storey, or several of one kind: floor area in m2 and clear height in m."""

    floor_area_m2: Decimal
    height_m: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LandInUse:
    """One parcel, or what one firm uses, with its buildings and results.

    Areas are in m2, money in ten thousand yuan (万元), results those of the last full year.

    Attributes
    ----------
    parcel_code : str
    zone : str or None
        Code of the zone whose limits hold, ``[a-z0-9_]``; None for those that hold everywhere.
    industry_code : str or None
        Digits of ``industry_standard``.
    supplied_on : date or None
        Day of the contract: the control indicators of that day hold for the building.
    is_built : bool or None
        Construction land in the base survey.
    has_clear_rights, is_disputed : bool or None
    is_idle : bool or None
        Found idle by Order 53: such land is never low-efficiency land as well.
    storeys : tuple of Storey or None
        None when the buildings are not known by storey, then ``counted_floor_area_m2`` is taken as it is.
    counted_floor_area_m2 : Decimal or None
        Floor area in which high storeys are counted double already.
    is_policy_listed, is_unsafe, is_plan_mismatch : bool or None
        On a list of prohibited or eliminated industries; fails safety or environment; the site check finds another use planned.
    renewal_area_m2 : Decimal or None
        Part of the parcel in a renewal area (更新改造区).
    stopped_since : date or None
        First day without production; with ``is_producing`` True there is none.
    classes : mapping of int to str
        Per-mu class by year.
    exemptions : mapping of str to str
        From an indicator to the document that excuses it (节地评价).
    """

    parcel_code: str
    zone: str | None = None
    industry_code: str | None = None
    industry_standard: IndustryStandard = IndustryStandard.GBT4754_2017
    supplied_on: date | None = None
    is_built: bool | None = None
    has_clear_rights: bool | None = None
    is_disputed: bool | None = None
    is_idle: bool | None = None
    land_area_m2: Decimal | None = None
    storeys: tuple[Storey, ...] | None = None
    counted_floor_area_m2: Decimal | None = None
    building_footprint_m2: Decimal | None = None
    structure_footprint_m2: Decimal | None = None
    open_yard_m2: Decimal | None = None
    office_land_m2: Decimal | None = None
    office_floor_m2: Decimal | None = None
    green_area_m2: Decimal | None = None
    investment_10k_yuan: Decimal | None = None
    output_10k_yuan: Decimal | None = None
    tax_10k_yuan: Decimal | None = None
    vacant_floor_m2: Decimal | None = None
    total_floor_m2: Decimal | None = None
    is_producing: bool | None = None
    stopped_since: date | None = None
    is_policy_listed: bool | None = None
    is_unsafe: bool | None = None
    is_plan_mismatch: bool | None = None
    renewal_area_m2: Decimal | None = None
    classes: Mapping[int, str] = field(default_factory=dict)
    exemptions: Mapping[str, str] = field(default_factory=dict)
