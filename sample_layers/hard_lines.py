"""The control lines as a whole: what lies in the country and what is planted in the district.

In the country they are unions of cells on which no parcel lies; where they do meet parcels these are whole blocks and
villages. So the full list of findings is known without any overlay.

References
----------
.. [1] Fields of 三区三线 deliveries: STBHHX, YJJBNTBHTB and CZKFBJ as delivered by the planning bureaus; partition codes 01, 02, 03.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sample_layers.chance import roll
from sample_layers.layout import CellKind, core
from sample_layers.parcels import Parcel, block_prefix
from sample_layers.planted_lines import (
    functional_windows,
    plant_boundary,
    plant_farmland,
    plant_functional_zones,
    plant_redlines,
)
from sample_layers.planting import (
    BOUNDARY,
    FARMLAND,
    FUNCTIONAL,
    REDLINE,
    Plantation,
    Shape,
    deliver,
)
from sample_layers.projection import Millimetres, degrees
from sample_layers.truth import covered_area_m2
from sample_layers.zone import Zone

RESTRICTED_BLOCK = "block-10-02"
FLEXIBLE_BLOCKS = ("block-11-07", "block-11-08")
SPECIAL_USE_PARK = "block-10-06"
FARMLAND_SHARE = 0.75

_CORE_PLACES = frozenset({"hills-west-0"})
_REDLINE_PLACES = frozenset({"hills-west-0", "hills-west-1", "hills-west-2", "hills-west-3", "hills-north-0"})
_VILLAGE_HILLS = "hills-west-village"

# The rim of a block is rounded to nine decimals of a degree; a parcel on it can lose a strip of 0.05 mm.
_ROUNDED_RIM_TOLERANCE_M2 = 0.05


@dataclass(frozen=True)
class Coverage:
    """How much of a parcel lies where the hard lines are known."""

    item: str
    parcel: Parcel
    uncovered_m2: float

    @property
    def covered_share(self) -> float:
        """Between 0 and 1."""
        return max(0.0, 1 - self.uncovered_m2 / self.parcel.area_m2)


def draw_hard_lines(zone: Zone, plantation: Plantation, town: Sequence[Parcel], village: Sequence[Parcel]) -> None:
    """Draw all four hard lines and note what must be found.

    Parameters
    ----------
    zone : Zone
    plantation : Plantation
        Gets the shapes and the overlaps.
    town, village : sequence of Parcel
        The ordinary parcels, in the order of their cells.
    """
    _draw_redlines(zone, plantation)
    _draw_farmland(zone, plantation)
    _draw_boundary(zone, plantation, town, village)
    _draw_functional_zones(zone, plantation, town, village)


def coverage_rings(zone: Zone, plantation: Plantation) -> tuple[list[list[Millimetres]], list[Coverage]]:
    """Return where the hard lines are known: a rectangle around the zone with holes over planted parcels.

    Returns
    -------
    rings : list of rings
        The shell, then the holes.
    coverages : list of Coverage
        Every parcel that is not wholly covered.
    """
    places = [place for ring in zone.rings for place in ring]
    west, east = min(place[0] for place in places) - 300_000, max(place[0] for place in places) + 300_000
    south, north = min(place[1] for place in places) - 300_000, max(place[1] for place in places) + 300_000
    shell = [(west, south), (east, south), (east, north), (west, north)]
    unknown = (
        (7, 0, "wholly_unknown", (-10, -10, 130, 90)),
        (7, 1, "half_unknown", (60, -10, 130, 90)),
        (8, 0, "hit_in_the_known_half", (60, -10, 130, 90)),
    )
    rings, coverages = [shell], []
    for row, column, item, window in unknown:
        site = plantation.sites[row, column]
        hole = site.window(*window)
        rings.append(hole)
        coverages.append(Coverage(item, site.parcel, covered_area_m2(degrees(site.ring), [degrees(hole)])))
    return rings, coverages


def redline_cells(zone: Zone) -> dict[tuple[str, str], list[int]]:
    """Return the hill cells inside the ecological red line, by the feature that they form."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number in zone.select(CellKind.HILL):
        cell = zone.cells[number]
        if cell.place in _REDLINE_PLACES or cell.place == _VILLAGE_HILLS:
            groups[cell.place, cell.path[:2]].append(number)
    return dict(groups)


def is_farmland(zone: Zone, number: int) -> bool:
    """Whether a field is permanent basic farmland; around the villages all are."""
    cell = zone.cells[number]
    return cell.place.endswith("village") or roll("farmland", cell.place, cell.path) < FARMLAND_SHARE


def _draw_redlines(zone: Zone, plantation: Plantation) -> None:
    for (place, path), numbers in redline_cells(zone).items():
        reserve = "core" if place in _CORE_PLACES else "general"
        # Outside nature reserves the delivery leaves the zone empty; the red line there is general all the same.
        level = "" if place == "hills-north-0" else reserve
        shape = tuple(tuple(deliver(REDLINE, ring) for ring in rings) for rings in zone.merge(numbers))
        plantation.shapes.append(Shape(REDLINE, level, f"示例山{path or '外围'}片", shape))
    plant_redlines(plantation)


def _draw_farmland(zone: Zone, plantation: Plantation) -> None:
    for number in zone.select(CellKind.FIELD):
        if is_farmland(zone, number):
            kind = "水田" if roll("paddy", zone.cells[number].place, zone.cells[number].path) < 0.7 else "旱地"
            plantation.draw(FARMLAND, "", kind, zone.rings[number])
    plant_farmland(plantation)


def _draw_boundary(zone: Zone, plantation: Plantation, town: Sequence[Parcel], village: Sequence[Parcel]) -> None:
    holes = plant_boundary(plantation)
    for place in FLEXIBLE_BLOCKS:
        ring = _block_ring(zone, place)
        holes.append(ring)
        plantation.draw(BOUNDARY, "02", "示例弹性发展区", ring)
        for parcel in _parcels_of(town, place):
            plantation.expect_whole(
                "block_in_02", BOUNDARY, "02", parcel, "inside", tolerance_m2=_ROUNDED_RIM_TOLERANCE_M2
            )
    park = _block_ring(zone, SPECIAL_USE_PARK)
    holes.append(park)
    plantation.draw(BOUNDARY, "03", "示例特别用途区", park)
    plantation.draw(BOUNDARY, "01", "示例集中建设区", _core_ring(zone), *holes)
    for parcel in village:
        plantation.expect_whole("village_outside", BOUNDARY, "", parcel, "outside")


def _draw_functional_zones(
    zone: Zone, plantation: Plantation, town: Sequence[Parcel], village: Sequence[Parcel]
) -> None:
    plant_functional_zones(plantation)
    block = _block_ring(zone, RESTRICTED_BLOCK)
    plantation.draw(FUNCTIONAL, "restricted", "示例水源涵养区", block)
    for parcel in _parcels_of(town, RESTRICTED_BLOCK):
        plantation.expect_whole("block_in_restricted", FUNCTIONAL, "restricted", parcel, "inside")
    plantation.draw(FUNCTIONAL, "key", "示例重点区", _core_ring(zone), *functional_windows(plantation), block)
    forbidden = {number for numbers in redline_cells(zone).values() for number in numbers}
    country = [number for number in range(len(zone.cells)) if not _in_core(zone, number) and number not in forbidden]
    for level, name, numbers in (("forbidden", "示例山", sorted(forbidden)), ("restricted", "示例农业区", country)):
        for rings in zone.merge(numbers):
            plantation.draw(FUNCTIONAL, level, name, *rings)
    for parcel in village:
        plantation.expect_whole("village_in_restricted", FUNCTIONAL, "restricted", parcel, "inside")


def _in_core(zone: Zone, number: int) -> bool:
    box, middle = zone.cells[number].box, core()
    return middle.west <= box.west < middle.east and middle.south <= box.south < middle.north


def _core_ring(zone: Zone) -> list[Millimetres]:
    ((ring,),) = zone.merge(number for number in range(len(zone.cells)) if _in_core(zone, number))
    return ring


def _block_ring(zone: Zone, place: str) -> list[Millimetres]:
    numbers = [number for number, cell in enumerate(zone.cells) if cell.place == place]
    ((ring,),) = zone.merge(numbers)
    return ring


def _parcels_of(parcels: Iterable[Parcel], place: str) -> list[Parcel]:
    """Return the parcels of a block; the block is in the parcel code."""
    return [parcel for parcel in parcels if parcel.code[6:12] == block_prefix(place)]
