"""Candidates: single parcels and groups of neighbours, in the order in which they are looked at and ranked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import geopandas as gpd
import shapely

from app.site_search.conditions import Condition, Outcome, Reason
from app.site_search.schemas import SearchRequest
from gis.adjacency import connected_groups, find_neighbour_pairs

#: Less than this is a corner or a drawing's inaccuracy, and no side on which two parcels are used as one.
BORDER_M: Final = 3.0
MAX_GROUPS: Final = 5000


class Availability(IntEnum):
    """Who stands in the way, the least first; of a group the worst of its parcels."""

    FREE = 0  # nothing on it by its land-use code, or nobody holds it
    IDLE = 1  # held, and found idle by the scan in force
    HELD = 2


AVAILABLE: Final = {
    Availability.FREE: ("空闲或者未供应的土地", "free land, or land that nobody holds"),
    Availability.IDLE: (
        "涉嫌闲置的土地，可以结合处置利用",
        "land that is suspected to be idle and may be used when that is settled",
    ),
    Availability.HELD: ("已有使用权人的土地", "land that somebody holds"),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """One parcel, or several side by side.

    Attributes
    ----------
    rows : tuple of int
        Row ids of its parcels.
    geometry : geometry
        In the area plane.
    reasons : tuple of Reason
        What every condition comes to; of a group what it comes to for the parcel that does worst.
    """

    rows: tuple[int, ...]
    geometry: shapely.Geometry
    area_m2: float
    availability: Availability
    reasons: tuple[Reason, ...]

    @property
    def unknown_count(self) -> int:
        """How many conditions nobody can tell."""
        return sum(reason.outcome is Outcome.UNKNOWN for reason in self.reasons)

    def rank(self, request: SearchRequest) -> tuple[int, int, float, int, tuple[int, ...]]:
        """Return what candidates are ordered by beside the verdict: what is known, what is free, how well the area fits."""
        middle = (request.area_min_m2 + request.area_max_m2) / 2
        availability = int(self.availability) if request.free_first else 0
        return self.unknown_count, availability, abs(self.area_m2 - middle) / middle, len(self.rows), self.rows


def availability_of(parcels: gpd.GeoDataFrame) -> dict[int, Availability]:
    """Say of every parcel whether it is free, idle or held."""
    found = {}
    for row_id, vacant, held, idle in zip(
        parcels.index, parcels["is_vacant"], parcels["is_held"], parcels["idle_kind"], strict=True
    ):
        if idle is not None:
            found[row_id] = Availability.IDLE
        else:
            found[row_id] = Availability.FREE if vacant or not held else Availability.HELD
    return found


def make_candidates(
    parcels: gpd.GeoDataFrame, conditions: Sequence[Condition], request: SearchRequest
) -> tuple[list[Candidate], bool]:
    """Make candidates of the parcels that break no condition.

    Returns
    -------
    candidates : list of Candidate
        In the order of :meth:`Candidate.rank`.
    is_complete : bool
        False where there are more groups than are looked at.
    """
    availability = availability_of(parcels)
    groups, is_complete = _groups(parcels, request) if request.combine else ([], True)
    singles = [
        (row_id,)
        for row_id, area in zip(parcels.index, parcels["area_m2"], strict=True)
        if request.area_min_m2 <= area <= request.area_max_m2
    ]
    found = [_candidate(rows, parcels, conditions, availability) for rows in [*singles, *groups]]
    return sorted(found, key=lambda candidate: candidate.rank(request)), is_complete


def _groups(parcels: gpd.GeoDataFrame, request: SearchRequest) -> tuple[list[tuple[int, ...]], bool]:
    found = connected_groups(
        parcels["area_m2"].to_numpy(dtype=float),
        find_neighbour_pairs(parcels, border_m=BORDER_M),
        smallest_m2=request.area_min_m2,
        largest_m2=request.area_max_m2,
        most_members=request.most_parcels,
        most_groups=MAX_GROUPS,
    )
    ids = parcels.index.to_numpy()
    return [tuple(ids[list(members)].tolist()) for members in found.members], found.is_complete


def _candidate(
    rows: tuple[int, ...],
    parcels: gpd.GeoDataFrame,
    conditions: Sequence[Condition],
    availability: Mapping[int, Availability],
) -> Candidate:
    members = parcels.loc[list(rows)]
    return Candidate(
        rows=rows,
        geometry=shapely.union_all(members.geometry.to_numpy()),
        area_m2=float(members["area_m2"].sum()),
        availability=max(availability[row] for row in rows),
        reasons=tuple(_worst([condition.reasons[row] for row in rows]) for condition in conditions),
    )


def _worst(reasons: Sequence[Reason]) -> Reason:
    return next((reason for reason in reasons if reason.outcome is not Outcome.MET), reasons[0])
