"""What is wrong with some rows of ``宗地.shp``: shapes, repetitions, codes and registered areas."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from sample_layers.naming import parcel_code
from sample_layers.parcels import Parcel, round_half_up, site_parcel
from sample_layers.planting import Site
from sample_layers.projection import Millimetres, degrees
from sample_layers.truth import crossing_point, polygon_area_m2, shoelace_m2, to_plane, trapezium_area_m2

FAULT_ROW = 6
RECORD_ROW = 7
REPEATED_ROW_SITE = (4, 9)

_Sites = dict[tuple[int, int], Site]


@dataclass(frozen=True)
class FaultyParcel:
    """A row whose import does not simply succeed, or whose geometry occurs again.

    Attributes
    ----------
    item : str
    parcel : Parcel
    outcome : str
        ``accepted``, ``repaired`` or ``rejected``.
    fault : str
        Kind of fault, empty for an accepted row.
    note : str
        Why this outcome.
    """

    item: str
    parcel: Parcel
    outcome: str
    fault: str
    note: str

    def as_dict(self) -> dict[str, Any]:
        """Return the entry of ``expected.json``."""
        entry: dict[str, Any] = {
            "item": self.item,
            "parcel_code": self.parcel.code,
            "parcel_bsm": self.parcel.identifier,
            "outcome": self.outcome,
            "fault": self.fault or None,
            "note": self.note,
        }
        if self.outcome != "rejected":
            entry |= {"area_after_m2": round(self.parcel.area_m2, 4), "tolerance_m2": 0.05}
        return entry


@dataclass
class PlantedRows:
    """All rows of the planted district.

    Attributes
    ----------
    parcels : list of Parcel
        In the order of the sites; rows that stand on one site together.
    faulty : list of FaultyParcel
    registered : list of (item, Parcel)
        Registered areas that disagree with the drawn ones, or are missing.
    odd_codes : list of (item, Parcel)
        Parcel codes that do not obey the standard.
    same_code, same_ground : list of (item, list of Parcel)
        Rows that share a code, or a geometry.
    overlapping : list of (item, list of Parcel, float)
        Rows that overlap each other, with the common area.
    """

    parcels: list[Parcel] = field(default_factory=list)
    faulty: list[FaultyParcel] = field(default_factory=list)
    registered: list[tuple[str, Parcel]] = field(default_factory=list)
    odd_codes: list[tuple[str, Parcel]] = field(default_factory=list)
    same_code: list[tuple[str, list[Parcel]]] = field(default_factory=list)
    same_ground: list[tuple[str, list[Parcel]]] = field(default_factory=list)
    overlapping: list[tuple[str, list[Parcel], float]] = field(default_factory=list)


def plant_rows(sites: _Sites) -> PlantedRows:
    """Plant the faults and collect the rows of all sites.

    Parameters
    ----------
    sites : dict
        Their parcels are changed where something is planted on them.

    Returns
    -------
    PlantedRows
    """
    rows = PlantedRows()
    _plant_shapes(sites, rows)
    added = _plant_repetitions(sites, rows)
    _plant_overlap(sites, rows, added)
    _plant_codes(sites, rows, added)
    _plant_registered_areas(sites, rows)
    for place in sorted(sites):
        rows.parcels += [sites[place].parcel, *added.get(place, [])]
    return rows


def _plant_shapes(sites: _Sites, rows: PlantedRows) -> None:
    shapes: tuple[tuple[str, str, Callable[[Site], tuple[list[Millimetres], float]], str], ...] = (
        ("bow_tie", "self_intersection", _bow_tie, "both loops are kept"),
        ("ring_touches_itself", "ring_self_intersection", _touching_itself, "the notch becomes a hole"),
        ("spike", "spike", _spike, "an edge that goes out and back encloses nothing"),
        ("repeated_vertex", "repeated_point", _repeated_vertex, "the second of two equal vertices goes"),
    )
    for column, (item, fault, draw, note) in enumerate(shapes):
        site = sites[FAULT_ROW, column]
        ring, area = draw(site)
        site.parcel = replace(site.parcel, rings=[ring], area_m2=area, registered_m2=round_half_up(area))
        rows.faulty.append(FaultyParcel(item, site.parcel, "repaired", fault, note))
    site = sites[FAULT_ROW, 5]
    there, back = site.at(0, 40), site.at(120, 40)
    site.parcel = replace(site.parcel, rings=[[there, back, back]], area_m2=0.0)
    rows.faulty.append(FaultyParcel("ring_without_area", site.parcel, "rejected", "zero_area", "two points only"))
    site = sites[FAULT_ROW, 6]
    site.parcel = replace(site.parcel, rings=None, area_m2=0.0)
    rows.faulty.append(FaultyParcel("no_geometry", site.parcel, "rejected", "missing", "a row without a shape"))


def _bow_tie(site: Site) -> tuple[list[Millimetres], float]:
    ring = [site.at(0, 0), site.at(120, 60), site.at(120, 0), site.at(0, 80)]
    south_west, north_east, south_east, north_west = to_plane(degrees(ring))
    middle = crossing_point((south_west, north_east), (south_east, north_west))
    loops = ([south_west, middle, north_west], [north_east, south_east, middle])
    return ring, sum(shoelace_m2(loop) for loop in loops)


def _touching_itself(site: Site) -> tuple[list[Millimetres], float]:
    notch = [site.at(60, 80), site.at(80, 40), site.at(40, 40)]
    ring = [site.at(0, 0), site.at(120, 0), site.at(120, 80), *notch, site.at(60, 80), site.at(0, 80)]
    shell = [site.at(0, 0), site.at(120, 0), site.at(120, 80), site.at(60, 80), site.at(0, 80)]
    return ring, polygon_area_m2([degrees(shell), degrees(notch)])


def _spike(site: Site) -> tuple[list[Millimetres], float]:
    shell = [site.at(0, 0), site.at(120, 0), site.at(120, 40), site.at(120, 80), site.at(0, 80)]
    return [*shell[:3], site.at(135, 40), *shell[2:]], trapezium_area_m2(degrees(shell))


def _repeated_vertex(site: Site) -> tuple[list[Millimetres], float]:
    south_west, south_east, north_east, north_west = site.ring
    return [south_west, south_east, north_east, north_east, north_west], trapezium_area_m2(degrees(site.ring))


def _plant_repetitions(sites: _Sites, rows: PlantedRows) -> dict[tuple[int, int], list[Parcel]]:
    added: dict[tuple[int, int], list[Parcel]] = {}
    site = sites[FAULT_ROW, 4]
    other = replace(site.parcel, code=site.parcel.code[:-5] + "00051")
    added[FAULT_ROW, 4] = [other]
    rows.same_ground.append(("same_ground_under_two_codes", [site.parcel, other]))
    site = sites[REPEATED_ROW_SITE]
    again = replace(site.parcel)
    added[REPEATED_ROW_SITE] = [again]
    rows.same_ground.append(("row_delivered_twice", [site.parcel, again]))
    rows.same_code.append(("row_delivered_twice", [site.parcel, again]))
    rows.faulty.append(
        FaultyParcel(
            "row_delivered_twice", again, "rejected", "duplicate", "same code on the same ground as the row before"
        )
    )
    first, second = sites[FAULT_ROW, 7], sites[FAULT_ROW, 8]
    second.parcel = replace(second.parcel, code=first.parcel.code)
    rows.same_code.append(("one_code_for_two_parcels", [first.parcel, second.parcel]))
    return added


def _plant_overlap(sites: _Sites, rows: PlantedRows, added: dict[tuple[int, int], list[Parcel]]) -> None:
    site = sites[FAULT_ROW, 9]
    west, east = site.window(0, 0, 62, 80), site.window(58, 0, 120, 80)
    site.parcel = site_parcel(site.row, site.column, west)
    other = replace(site_parcel(site.row, site.column, east), code=site.parcel.code[:-5] + "00060")
    added[FAULT_ROW, 9] = [other]
    common = trapezium_area_m2(degrees(site.window(58, 0, 62, 80)))
    rows.overlapping.append(("neighbours_overlap_by_4_m", [site.parcel, other], common))


def _plant_codes(sites: _Sites, rows: PlantedRows, added: dict[tuple[int, int], list[Parcel]]) -> None:
    codes = {
        2: ("code_of_18_characters", sites[RECORD_ROW, 2].parcel.code[:-1]),
        3: ("collective_letter_on_state_land", sites[RECORD_ROW, 3].parcel.code.replace("GB", "GA")),
        4: ("code_of_another_county", "430105" + sites[RECORD_ROW, 4].parcel.code[6:]),
    }
    for column, (item, code) in codes.items():
        site = sites[RECORD_ROW, column]
        site.parcel = replace(site.parcel, code=code)
        rows.odd_codes.append((item, site.parcel))
    site = sites[RECORD_ROW, 5]
    above = replace(
        site.parcel, code=parcel_code(20, RECORD_ROW + 1, 1, "GS"), location=site.parcel.location + "(地上)"
    )
    added[RECORD_ROW, 5] = [above]
    rows.same_ground.append(("parcel_above_ground", [site.parcel, above]))


def _plant_registered_areas(sites: _Sites, rows: PlantedRows) -> None:
    def record(column: int, item: str, area: Decimal | None) -> None:
        site = sites[RECORD_ROW, column]
        site.parcel = replace(site.parcel, registered_m2=area)
        rows.registered.append((item, site.parcel))

    area = {column: sites[RECORD_ROW, column].parcel.area_m2 for column in (6, 7)}
    record(6, "registered_in_mu", round_half_up(area[6] * 3 / 2000))
    record(7, "registered_3_percent_more", round_half_up(area[7] * 1.03))
    record(8, "registered_area_missing", None)
    record(9, "registered_planar_area", round_half_up(sites[RECORD_ROW, 9].parcel.planar_m2))
