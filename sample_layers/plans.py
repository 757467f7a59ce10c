"""The two plans that contradict each other: the city's detailed plan (城规) and the former land-use plan (土规).

Both are unions of the same cells, grouped each in its own way, so that the area of every class of contradiction is
the sum of the areas of known cells; on row 5 of the planted district the zones are cut by hand.

References
----------
.. [1] GB 50137-2011 《城市用地分类与规划建设用地标准》: codes of the city plan; E is not construction land, all other letters are.
.. [2] TD/T 1027-2010 《县级土地利用总体规划数据库标准》: 2xxx is construction land, 1xxx and 3xxx are not.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sample_layers.chance import roll
from sample_layers.layout import Cell, CellKind
from sample_layers.planted_lines import SLIVER_M, Window
from sample_layers.planting import Site
from sample_layers.projection import Millimetres, degrees
from sample_layers.truth import common_area_m2
from sample_layers.uses import CITY_STOPS, INDUSTRY, LAND_STOPS, Use, group_path, planned_use
from sample_layers.zone import Zone

CONFLICT_ROW = 5
Piece = tuple[Window, str | None]
_WHOLE: Window = (0, 0, 120, 80)
_FRINGE_COLUMNS = frozenset({0, 11})
_FRINGE_ROWS = frozenset({0, 9})

CITY_NAMES = {
    "S1": "城市道路用地",
    "G1": "公园绿地",
    "G2": "防护绿地",
    "H14": "村庄建设用地",
    "E1": "水域",
    "E2": "农林用地",
    INDUSTRY.planned: INDUSTRY.planned_name,
}
LAND_NAMES = {
    "1000": "农用地",
    "2110": "城镇用地",
    "2120": "农村居民点用地",
    "2220": "公路用地",
    "3100": "水域",
    "3200": "自然保留地",
}


_CITY_CODES = {
    CellKind.ROAD: "S1",
    CellKind.AISLE: "S1",
    CellKind.PARK: "G1",
    CellKind.BANK: "G2",
    CellKind.RIVER: "E1",
    CellKind.HOMESTEAD: "H14",
    CellKind.LANE: "H14",
    CellKind.HILL: "E2",
    CellKind.FIELD: "E2",
}
_LAND_CODES = {
    CellKind.SITE: "2110",
    CellKind.ROAD: "2220",
    CellKind.AISLE: "2110",
    CellKind.PARK: "2110",
    CellKind.BANK: "3200",
    CellKind.RIVER: "3100",
    CellKind.HOMESTEAD: "2120",
    CellKind.LANE: "2120",
    CellKind.HILL: "1000",
    CellKind.FIELD: "1000",
}


@dataclass(frozen=True)
class PlanZone:
    """One zone of a plan.

    Attributes
    ----------
    code : str
        Use in the plan's own table.
    polygons : list of polygons
        Each a list of rings, millimetres in EPSG:4547.
    use : Use or None
        Where a city zone is urban land, what its control values come from.
    """

    code: str
    polygons: list[list[list[Millimetres]]]
    use: Use | None = None


@dataclass(frozen=True)
class Contradiction:
    """What was planted on one site of the conflict row.

    Attributes
    ----------
    item : str
    site : Site
    city, land : tuple of (window, code or None)
        How each plan divides the site; None where it says nothing.
    """

    item: str
    site: Site
    city: tuple[Piece, ...]
    land: tuple[Piece, ...]

    def areas_m2(self) -> dict[str, float]:
        """Return the area of each class on the site."""
        areas: dict[str, float] = defaultdict(float)
        for city_window, city_code in self.city:
            for land_window, land_code in self.land:
                windows = (self.site.window(*window) for window in (city_window, land_window))
                area = common_area_m2([degrees(window) for window in windows])
                if area > 0:
                    areas[conflict_class(city_code, land_code)] += area
        return dict(areas)


def conflict_class(city_code: str | None, land_code: str | None) -> str:
    """Return the class of a place by what the two plans say of it.

    Parameters
    ----------
    city_code, land_code : str or None
        None where the plan says nothing; that is not the same as "no construction".

    Returns
    -------
    str
        ``1`` both construction, ``2`` only the city plan, ``3`` only the land-use plan, ``4`` neither, or a gap.

    Examples
    --------
    >>> from sample_layers.plans import conflict_class
    >>> conflict_class("M1", "1000"), conflict_class("E2", "2110"), conflict_class(None, "2110")
    ('2', '3', 'gap_city')
    """
    if city_code is None or land_code is None:
        if city_code is None and land_code is None:
            return "gap_both"
        return "gap_city" if city_code is None else "gap_land"
    city, land = not city_code.startswith("E"), land_code.startswith("2")
    return {(True, True): "1", (True, False): "2", (False, True): "3", (False, False): "4"}[city, land]


def contradictions(sites: Mapping[tuple[int, int], Site]) -> list[Contradiction]:
    """Return what is planted on the conflict row."""
    edge = 60 + SLIVER_M
    built, farmed, silent = ((_WHOLE, INDUSTRY.planned),), ((_WHOLE, "1000"),), ((_WHOLE, None),)
    green, town = ((_WHOLE, "E2"),), ((_WHOLE, "2110"),)
    half_farmed = (((0, 0, 60, 80), "2110"), ((60, 0, 120, 80), "1000"))
    planted: tuple[tuple[str, tuple[Piece, ...], tuple[Piece, ...]], ...] = (
        ("class_1", built, town),
        ("class_2", built, farmed),
        ("class_3", green, town),
        ("class_4", green, farmed),
        ("gap_in_city_plan", silent, town),
        ("gap_in_land_use_plan", built, silent),
        ("gap_in_both_plans", silent, silent),
        ("half_class_2", built, half_farmed),
        ("boundaries_10_mm_apart", (((0, 0, edge, 80), INDUSTRY.planned), ((edge, 0, 120, 80), "E2")), half_farmed),
        ("class_3_on_35_percent", (((0, 0, 78, 80), INDUSTRY.planned), ((78, 0, 120, 80), "E2")), town),
    )
    return [
        Contradiction(item, sites[CONFLICT_ROW, column], city, land)
        for column, (item, city, land) in enumerate(planted)
    ]


def city_zones(zone: Zone, planted: Sequence[Contradiction]) -> list[PlanZone]:
    """Return the zones of the city plan."""
    zones = []
    for numbers in _groups(zone, CITY_STOPS, "city"):
        code, use = _city_use(zone.cells[numbers[0]])
        zones.append(PlanZone(code, zone.merge(numbers), use))
    return [*zones, *_cut_zones((contradiction.site, contradiction.city) for contradiction in planted)]


def land_zones(zone: Zone, planted: Sequence[Contradiction]) -> list[PlanZone]:
    """Return the zones of the land-use plan."""
    zones = [
        PlanZone(_land_code(zone.cells[numbers[0]]), zone.merge(numbers))
        for numbers in _groups(zone, LAND_STOPS, "land")
    ]
    return [*zones, *_cut_zones((contradiction.site, contradiction.land) for contradiction in planted)]


def total_areas_m2(zone: Zone, planted: Sequence[Contradiction]) -> dict[str, float]:
    """Return the area of each class over the whole zone."""
    totals: dict[str, float] = defaultdict(float)
    for number, cell in enumerate(zone.cells):
        if not _is_cut_by_hand(cell):
            totals[conflict_class(_city_use(cell)[0], _land_code(cell))] += zone.area_m2(number)
    for contradiction in planted:
        for name, area in contradiction.areas_m2().items():
            totals[name] += area
    return dict(sorted(totals.items()))


def _is_cut_by_hand(cell: Cell) -> bool:
    return cell.kind is CellKind.SITE and cell.path.startswith(f"{CONFLICT_ROW}-")


def _groups(zone: Zone, stops: tuple[float, ...], plan: str) -> list[list[int]]:
    """Group the cells into zones: parts of blocks, single sites, whole roads, stretches of country."""
    groups: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, cell in enumerate(zone.cells):
        if _is_cut_by_hand(cell):
            continue
        match cell.kind:
            case CellKind.PARCEL:
                key = cell.place, group_path(plan, stops, cell)
            case CellKind.SITE:
                key = cell.place, cell.path
            case CellKind.HILL | CellKind.FIELD:
                key = cell.place, cell.path[:3]
            case CellKind.AISLE:
                key = "aisles", ""
            case _:
                key = cell.place, ""
        groups[key].append(number)
    return list(groups.values())


def _cut_zones(divided: Iterable[tuple[Site, tuple[Piece, ...]]]) -> Iterator[PlanZone]:
    for site, pieces in divided:
        for window, code in pieces:
            if code is not None:
                yield PlanZone(code, [[site.window(*window)]], INDUSTRY if code == INDUSTRY.planned else None)


def _city_use(cell: Cell) -> tuple[str, Use | None]:
    if cell.kind is CellKind.SITE:
        return INDUSTRY.planned, INDUSTRY
    if cell.kind is not CellKind.PARCEL:
        return _CITY_CODES[cell.kind], None
    path = group_path("city", CITY_STOPS, cell)
    if roll("green belt", cell.place, path) < 0.03:
        return "E2", None
    use = planned_use(cell.place, path)
    return use.planned, use


def _land_code(cell: Cell) -> str:
    if cell.kind is not CellKind.PARCEL:
        return _LAND_CODES[cell.kind]
    _, column, row = cell.place.split("-")
    on_fringe = int(column) in _FRINGE_COLUMNS or int(row) in _FRINGE_ROWS
    share = 0.2 if on_fringe else 0.02
    return "1000" if roll("not yet", cell.place, group_path("land", LAND_STOPS, cell)) < share else "2110"
