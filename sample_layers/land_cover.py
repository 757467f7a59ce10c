"""What lies on the ground: the land survey (地类图斑) and the land of roads and river (道路河流).

References
----------
.. [1] TD/T 1055-2019 《第三次全国国土调查技术规程》: fields of DLTB, working classification.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sample_layers.chance import roll
from sample_layers.layout import CellKind, site_box
from sample_layers.naming import road_name
from sample_layers.projection import Millimetres
from sample_layers.uses import CITY_STOPS, SURVEY_STOPS, group_path, planned_use
from sample_layers.zone import Zone, corners

PATCH_WITH_OUTLYING_HOLE = (6, 6)
_NAMED = frozenset({CellKind.ROAD, CellKind.RIVER, CellKind.AISLE, CellKind.LANE})

_COVER = {
    CellKind.SITE: ("0601", "工业用地"),
    CellKind.ROAD: ("1003", "公路用地"),
    CellKind.AISLE: ("1004", "城镇村道路用地"),
    CellKind.PARK: ("0810", "公园与绿地"),
    CellKind.BANK: ("1106", "内陆滩涂"),
    CellKind.RIVER: ("1101", "河流水面"),
    CellKind.HOMESTEAD: ("0702", "农村宅基地"),
    CellKind.LANE: ("1006", "农村道路"),
}


@dataclass(frozen=True)
class Patch:
    """One patch of the land survey, or of the land of roads and river.

    Attributes
    ----------
    code, name : str
        Working classification [1]_.
    label : str
        Name of the road or river; empty for other land.
    polygons : list of polygons
        Each a list of rings, millimetres in EPSG:4547.
    area_m2 : float
    place, path : str
        Of the first cell.
    """

    code: str
    name: str
    label: str
    polygons: list[list[list[Millimetres]]]
    area_m2: float
    place: str
    path: str


def survey_patches(zone: Zone) -> list[Patch]:
    """Return the patches of the land survey; they fill the zone."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, cell in enumerate(zone.cells):
        match cell.kind:
            case CellKind.PARCEL:
                key = cell.place, group_path("survey", SURVEY_STOPS, cell)
            case CellKind.AISLE | CellKind.HOMESTEAD | CellKind.LANE:
                key = f"{cell.place} {cell.kind}", ""
            case CellKind.ROAD | CellKind.RIVER | CellKind.BANK:
                key = cell.place, cell.path[:2]
            case _:
                key = cell.place, cell.path
        groups[key].append(number)
    return [_patch(zone, numbers) for numbers in groups.values()]


def road_and_river_patches(zone: Zone) -> list[Patch]:
    """Return the land of roads and river, a patch for each road between two crossings."""
    numbers = zone.select(CellKind.ROAD, CellKind.RIVER, CellKind.LANE)
    patches = [_patch(zone, [number]) for number in numbers]
    return [*patches, _patch(zone, zone.select(CellKind.AISLE))]


def outlying_hole() -> tuple[list[Millimetres], list[Millimetres]]:
    """Return a shell and a "hole" that lies outside it, as in exchange files whose rings are not marked."""
    box = site_box(*PATCH_WITH_OUTLYING_HOLE)
    (west, south), (east, _), (_, north), _ = corners(box)
    middle = (west + east) // 2
    return (
        [(west, south), (middle, south), (middle, north), (west, north)],
        [(middle + 10_000, south), (east, south), (east, north), (middle + 10_000, north)],
    )


def cover_code(zone: Zone, number: int) -> tuple[str, str]:
    """Return what the survey found on one cell: code and name of the working classification [1]_."""
    cell = zone.cells[number]
    match cell.kind:
        case CellKind.PARCEL:
            if roll("empty lot", cell.place, group_path("survey", SURVEY_STOPS, cell)) < 0.05:
                return "1201", "空闲地"
            use = planned_use(cell.place, group_path("city", CITY_STOPS, cell))
            return use.surveyed, use.surveyed_name
        case CellKind.HILL:
            is_bamboo = roll("bamboo", cell.place, cell.path) < 0.2
            return ("0302", "竹林地") if is_bamboo else ("0301", "乔木林地")
        case CellKind.FIELD:
            is_paddy = roll("paddy", cell.place, cell.path) < 0.7
            return ("0101", "水田") if is_paddy else ("0103", "旱地")
        case _:
            return _COVER[cell.kind]


def _patch(zone: Zone, numbers: Sequence[int]) -> Patch:
    first = zone.cells[numbers[0]]
    code, name = cover_code(zone, numbers[0])
    label = road_name(first.place) if first.kind in _NAMED else ""
    return Patch(code, name, label, zone.merge(numbers), zone.total_area_m2(numbers), first.place, first.path)
