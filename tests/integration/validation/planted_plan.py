"""A delivery of plan zones that cover a town without a gap, with one fault in each of twelve places."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely import Polygon

EPSG = 4547
COLUMNS, SIZE = 8, 100.0
EAST, NORTH = 409_000.0, 3_125_000.0

Row = dict[str, Any]


def place(column: float, row: float) -> tuple[float, float]:
    return EAST + column * SIZE, NORTH + row * SIZE


def zone(column: int, row: int) -> Polygon:
    """Return a block that shares every corner with its neighbours."""
    return Polygon([place(column, row), place(column + 1, row), place(column + 1, row + 1), place(column, row + 1)])


def moved(polygon: Polygon, old: tuple[float, float], new: tuple[float, float]) -> Polygon:
    return Polygon([new if corner == old else corner for corner in polygon.exterior.coords[:-1]])


def with_vertex(polygon: Polygon, vertex: tuple[float, float], after: tuple[float, float]) -> Polygon:
    corners = list(polygon.exterior.coords[:-1])
    at = corners.index(after)
    return Polygon([*corners[: at + 1], vertex, *corners[at + 1 :]])


@dataclass
class PlantedPlan:
    """The zones, what is expected to be found in them, and where they have to lie."""

    rows: list[Row] = field(default_factory=list)
    expected: list[tuple[int, str]] = field(default_factory=list)

    def row_of(self, column: int, row: int) -> Row:
        return self.rows[row * COLUMNS + column]

    def expect(self, kind: str, column: int, row: int) -> None:
        self.expected.append((row * COLUMNS + column + 1, kind))

    def plant(self, kind: str, column: int, row: int, **values: Any) -> None:
        self.row_of(column, row).update(values)
        self.expect(kind, column, row)

    def write(self, path: Path) -> Path:
        gpd.GeoDataFrame(self.rows, geometry="geometry", crs=EPSG).to_file(path, driver="GPKG", layer="GHYD")
        return path

    def write_scope(self, path: Path) -> Path:
        """Write the scope: all but the eastern half of the last zone of the first row."""
        town = shapely.box(*place(0, 0), *place(COLUMNS, 5))
        outside = shapely.box(*place(COLUMNS - 0.5, 0), *place(COLUMNS, 1))
        gpd.GeoDataFrame(geometry=[town.difference(outside)], crs=EPSG).to_file(path, driver="GPKG")
        return path


def planted_plan() -> PlantedPlan:
    """Plant the twelve."""
    plan = PlantedPlan(
        [
            {
                "YDDM": "0701",
                "DMBB": "GUIDE-2023",
                "RJL": 1.5,
                "JZMD": 30.0,
                "JZGD": 54.0,
                "PZRQ": "2024-05-01",
                "geometry": zone(column, row),
            }
            for row in range(5)
            for column in range(COLUMNS)
        ]
    )
    _plant_edges(plan)
    plan.plant("value_domain", 0, 4, JZMD=130.0)
    plan.plant("value_missing", 1, 4, YDDM=None)
    plan.plant("code_unknown", 2, 4, YDDM="9999")
    plan.plant("code_other_version", 3, 4, YDDM="A33")
    plan.plant("date_in_future", 4, 4, PZRQ="2031-01-01")
    plan.plant("date_impossible", 5, 4, PZRQ="2024-02-30")
    return plan


def _plant_edges(plan: PlantedPlan) -> None:
    # A wedge of 0.15 m is left open between two zones; the corner of the western one draws back.
    west = plan.row_of(1, 1)
    west["geometry"] = moved(west["geometry"], place(2, 2), (place(2, 2)[0] - 0.15, place(2, 2)[1]))
    # It is told of the last of the three zones along it.
    plan.expect("gap", 1, 2)
    # The corner of one reaches a metre into its neighbour in the east and no other.
    over = plan.row_of(4, 1)
    bulge = (place(5, 1.5)[0] + 1.0, place(5, 1.5)[1])
    over["geometry"] = with_vertex(over["geometry"], bulge, place(5, 1))
    plan.expect("overlap", 5, 1)
    # A vertex in the middle of a shared edge that only one of the two has.
    one = plan.row_of(1, 3)
    one["geometry"] = with_vertex(one["geometry"], place(2, 3.5), place(2, 3))
    plan.expect("missing_vertex", 2, 3)
    # Two vertices half a millimetre apart on the same edge.
    left, right = plan.row_of(4, 3), plan.row_of(5, 3)
    left["geometry"] = with_vertex(left["geometry"], place(5, 3.5), place(5, 3))
    shifted = (place(5, 3.5)[0], place(5, 3.5)[1] + 0.0005)
    right["geometry"] = with_vertex(right["geometry"], shifted, place(5, 4))
    plan.expect("near_vertex", 5, 3)
    plan.expect("outside_scope", COLUMNS - 1, 0)
    # A strip of 0.1 m along the edge of the town, cut off the zone that had it.
    x, y = place(0, 2)
    plan.row_of(0, 2)["geometry"] = Polygon([(x + 0.1, y), place(1, 2), place(1, 3), (x + 0.1, y + SIZE)])
    below, above = plan.row_of(0, 1), plan.row_of(0, 3)
    below["geometry"] = with_vertex(below["geometry"], (x + 0.1, y), place(1, 2))
    above["geometry"] = with_vertex(above["geometry"], (x + 0.1, y + SIZE), place(0, 3))
    strip = plan.rows[0] | {"geometry": Polygon([(x, y), (x + 0.1, y), (x + 0.1, y + SIZE), (x, y + SIZE)])}
    plan.rows.append(strip)
    plan.expected.append((len(plan.rows), "sliver"))
