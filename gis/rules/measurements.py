"""What was measured of a site, ready to be judged: one dataclass for each way of looking at it."""

import math
from dataclasses import dataclass
from typing import TypeAlias

from gis.certainty import Certainty
from gis.landuse.codes import CodeVersion
from gis.rules.facts import ContaminationState, Indicator, Power
from gis.siting.basis import DistanceBasis
from gis.slivers import OverlapClass


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredOverlap:
    """The part of one place (parcel, site) that one rule looks at, as ``gis.overlay`` measured it.

    Attributes
    ----------
    overlap_area_m2, target_area_m2 : float
        Ellipsoidal areas of the part and of the whole place, in square metres.
    overlap_class : OverlapClass
        ``real``, ``sliver`` or ``artefact``.
    control_zone : str or None
        Zone of the control area (``gis.landuse.control_zones``), None where the source does not say.
    mean_width_m : float or None
        Mean width 2A/P of the part, for the sentence about a sliver.
    names : tuple of str
        Codes or names of the control areas hit.
    is_outside : bool
        The part lies outside every area of a layer that must contain the place (RequiredContainment, AllowedUses).
    certainty : Certainty or None
        What the survey accuracy leaves of the hit (``gis.certainty``); None where no accuracy is known. A possible hit may
        have an area of 0: the control area only comes near.
    """

    overlap_area_m2: float
    target_area_m2: float
    overlap_class: OverlapClass
    control_zone: str | None = None
    mean_width_m: float | None = None
    names: tuple[str, ...] = ()
    is_outside: bool = False
    certainty: Certainty | None = None

    def __post_init__(self) -> None:
        least = 0.0 if self.certainty is Certainty.POSSIBLE_HIT else math.ulp(0.0)
        if not (math.isfinite(self.overlap_area_m2) and self.overlap_area_m2 >= least):
            raise ValueError(f"an overlap has a positive area, got {self.overlap_area_m2!r} m2")
        _require_positive_target(self.target_area_m2)

    @property
    def target_share(self) -> float:
        """Share of the place, 0 to 1; never above 1 by the last bits of two sums."""
        return min(self.overlap_area_m2 / self.target_area_m2, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredPlanZone:
    """An overlap with a zone of a plan, and the use the plan names there (None where it names none)."""

    overlap: MeasuredOverlap
    use_code: str | None
    use_code_version: CodeVersion = CodeVersion.GUIDE_2023


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredContamination:
    """An overlap with a contaminated or suspected parcel, and its state; None where the register does not say."""

    overlap: MeasuredOverlap
    state: ContaminationState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredDistance:
    """A distance from a site to an object, as ``gis.siting`` measured it.

    Attributes
    ----------
    distance_m : float
        Metres on the ground; 0 where they touch or overlap.
    object_class : str or None
        Class of the object as its layer writes it (``国道``, ``10kV``).
    place_class : str or None
        Kind of place in which the object runs there (railways: urban, suburban, village, other).
    basis : DistanceBasis
    accuracy_m : float or None
        How far the two outlines together may lie from where they are drawn.
    encroached_area_m2 : float or None
        Area of the site within the required distance, where it was measured.
    names : tuple of str
    """

    distance_m: float
    object_class: str | None
    place_class: str | None = None
    basis: DistanceBasis = DistanceBasis.OUTER_EDGE
    accuracy_m: float | None = None
    encroached_area_m2: float | None = None
    names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (math.isfinite(self.distance_m) and self.distance_m >= 0):
            raise ValueError(f"a distance is a number of metres from 0, got {self.distance_m!r}")
        if self.accuracy_m is not None and not (math.isfinite(self.accuracy_m) and self.accuracy_m >= 0):
            raise ValueError(f"an accuracy is a number of metres from 0, got {self.accuracy_m!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredIndicator:
    """A figure of the project, and the limit of the plan where the rule asks for it; None where it is not known."""

    indicator: Indicator
    value: float | None
    plan_limit: float | None = None

    def __post_init__(self) -> None:
        for number in (self.value, self.plan_limit):
            if number is not None and not (math.isfinite(number) and number >= 0):
                raise ValueError(f"{self.indicator} and its limit are numbers from 0, got {number!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredLand:
    """Areas of a site by class of land, in square metres, without overlaps between them.

    ``unknown_m2`` is what no survey of land use covers, or whose class it does not say.
    """

    permanent_farmland_m2: float
    cultivated_m2: float
    other_m2: float
    unknown_m2: float = 0.0

    def __post_init__(self) -> None:
        for area in (self.permanent_farmland_m2, self.cultivated_m2, self.other_m2, self.unknown_m2):
            if not (math.isfinite(area) and area >= 0):
                raise ValueError(f"an area is a number of square metres from 0, got {area!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgencyPart:
    """The part of a site in which one authority holds a power."""

    agency: str
    area_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredJurisdiction:
    """Who holds one power where in a site.

    Attributes
    ----------
    target_area_m2 : float
    power : Power
    parts : tuple of AgencyPart
        One for each authority, overlapping parts of the layer counted in each.
    gap_m2 : float
        Area of the site in which nobody holds the power.
    overlap_m2 : float
        Area in which two authorities hold the power, summed over the pairs of them.
    """

    target_area_m2: float
    power: Power
    parts: tuple[AgencyPart, ...]
    gap_m2: float
    overlap_m2: float

    def __post_init__(self) -> None:
        _require_positive_target(self.target_area_m2)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeSite:
    """A site as a whole, for rules that look at the project and not at a place in it."""

    target_area_m2: float

    def __post_init__(self) -> None:
        _require_positive_target(self.target_area_m2)


Measurement: TypeAlias = (
    MeasuredOverlap
    | MeasuredPlanZone
    | MeasuredContamination
    | MeasuredDistance
    | MeasuredIndicator
    | MeasuredLand
    | MeasuredJurisdiction
    | WholeSite
)


def _require_positive_target(area_m2: float) -> None:
    if not (math.isfinite(area_m2) and area_m2 > 0):
        raise ValueError(f"a place has a positive area, got {area_m2!r} m2")
