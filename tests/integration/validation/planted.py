"""A delivery of parcels with one fault on each of twenty rows, and right ones around them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from shapely import Polygon

TODAY = date(2026, 6, 30)
EPSG = 4547
COLUMNS = 10
# Blocks of 120 m x 80 m in the zone of 114 degrees, 100 km west of its meridian, 30 m apart.
EAST, NORTH, WIDTH, HEIGHT, STREET = 409_000.0, 3_125_000.0, 120.0, 80.0, 30.0

Row = dict[str, Any]


def corner(number: int) -> tuple[float, float]:
    row, column = divmod(number, COLUMNS)
    return EAST + column * (WIDTH + STREET), NORTH + row * (HEIGHT + STREET)


def block(number: int) -> Polygon:
    x, y = corner(number)
    return shapely.box(x, y, x + WIDTH, y + HEIGHT)


def ring(number: int, *offsets: tuple[float, float]) -> Polygon:
    x, y = corner(number)
    return Polygon([(x + dx, y + dy) for dx, dy in offsets])


def ellipsoidal_area_m2(polygon: Polygon) -> float:
    """Measure with PROJ's equal-area projection, nothing of the library."""
    series = gpd.GeoSeries([polygon], crs=EPSG)
    return float(series.to_crs("+proj=cea +lat_ts=0 +lon_0=114 +ellps=GRS80 +units=m").area.iloc[0])


def right_row(number: int) -> Row:
    code = f"430121001001GB{number + 1:05d}"
    return {
        "ZDDM": code,
        "BDCDYH": f"{code}W00000000",
        "ZL": f"示例路{number + 1}号",
        "YT": "0601",
        "DMBB": "GB/T 21010-2017",
        "ZDMJ": round(ellipsoidal_area_m2(block(number)), 2),
        "DJSJ": "2024-05-01",
        "geometry": block(number),
    }


@dataclass
class Planted:
    """The rows of the delivery, and what each fault is expected to be: row (from 1) and kind."""

    rows: list[Row] = field(default_factory=list)
    expected: list[tuple[int, str]] = field(default_factory=list)
    rejected: int = 0
    repaired: int = 0

    def right(self, count: int) -> None:
        for _ in range(count):
            self.rows.append(right_row(len(self.rows)))

    def plant(self, kind: str, change: Callable[[Row, int], None], *, outcome: str = "accepted") -> None:
        number = len(self.rows)
        row = right_row(number)
        change(row, number)
        self.rows.append(row)
        self.expected.append((number + 1, kind))
        self.rejected += outcome == "rejected"
        self.repaired += outcome == "repaired"

    def write(self, path: Path) -> Path:
        frame = gpd.GeoDataFrame(self.rows, geometry="geometry", crs=EPSG)
        frame.to_file(path, driver="GPKG", layer="ZD")
        return path


def _set(**values: Any) -> Callable[[Row, int], None]:
    return lambda row, _: row.update(values)


def _code(code: str) -> Callable[[Row, int], None]:
    return lambda row, _: row.update(ZDDM=code, BDCDYH=f"{code}W00000000")


def _drawn(*offsets: tuple[float, float]) -> Callable[[Row, int], None]:
    return lambda row, number: row.update(geometry=ring(number, *offsets))


def planted_delivery() -> Planted:
    """Plant the twenty."""
    planted = Planted()
    planted.right(20)
    _plant_geometries(planted)
    planted.right(5)
    _plant_codes(planted)
    planted.right(5)
    _plant_values(planted)
    planted.right(4)
    return planted


def _plant_geometries(planted: Planted) -> None:
    square = [(0.0, 0.0), (WIDTH, 0.0), (WIDTH, HEIGHT), (0.0, HEIGHT)]
    planted.plant("missing", _set(geometry=None), outcome="rejected")
    planted.plant("zero_area", _drawn((0, 0), (50, 0), (50, 0), (0, 0)), outcome="rejected")
    planted.plant("repeated_point", _drawn(*square[:3], square[2], square[3]), outcome="repaired")
    planted.plant(
        "spike", _drawn(*square[:2], (WIDTH, 40), (WIDTH + 10, 40), (WIDTH, 40), *square[2:]), outcome="repaired"
    )

    def bow_tie(row: Row, number: int) -> None:
        row["geometry"] = ring(number, square[0], square[2], square[1], square[3])
        row["ZDMJ"] = round(row["ZDMJ"] / 2, 2)

    planted.plant("self_intersection", bow_tie, outcome="repaired")

    def outlying_hole(row: Row, number: int) -> None:
        x, y = corner(number)
        hole = shapely.box(x + WIDTH + 5, y, x + WIDTH + 15, y + 10)
        row["geometry"] = Polygon(block(number).exterior.coords, [hole.exterior.coords])
        row["ZDMJ"] = round(row["ZDMJ"] + ellipsoidal_area_m2(hole), 2)

    planted.plant("hole_outside_shell", outlying_hole, outcome="repaired")
    planted.plant("duplicate", lambda row, _: row.update(planted.rows[3]), outcome="rejected")

    def under_another_code(row: Row, _: int) -> None:
        row.update(geometry=planted.rows[7]["geometry"], ZDMJ=planted.rows[7]["ZDMJ"])

    planted.plant("same_ground", under_another_code)


def _plant_codes(planted: Planted) -> None:
    def over_the_neighbour(row: Row, number: int) -> None:
        row["geometry"] = ring(number, (-STREET - 4, 0), (WIDTH, 0), (WIDTH, HEIGHT), (-STREET - 4, HEIGHT))
        row["ZDMJ"] = round(ellipsoidal_area_m2(row["geometry"]), 2)

    planted.plant("overlap", over_the_neighbour)
    planted.plant("value_missing", _set(ZDDM=None, BDCDYH=None))
    planted.plant("parcel_code_length", _code("430121001001GB0009"))
    planted.plant("parcel_code_feature", _code("430121001001GC00902"))
    planted.plant("parcel_code_county", _code("990121001001GB00903"))
    planted.plant(
        "key_duplicate", lambda row, _: row.update(ZDDM=planted.rows[0]["ZDDM"], BDCDYH=planted.rows[0]["BDCDYH"])
    )
    planted.plant("parcel_code_contradicted", _set(BDCDYH="430121001001GB99999W00000000"))
    planted.plant("code_unknown", _set(YT="9999"))
    planted.plant("code_other_version", _set(YT="M2"))


def _plant_values(planted: Planted) -> None:
    planted.plant("date_impossible", _set(DJSJ="2024-02-30"))
    planted.plant("area_differs", lambda row, _: row.update(ZDMJ=round(row["ZDMJ"] * 1.05, 2)))
    planted.plant("area_other_unit", lambda row, _: row.update(ZDMJ=round(row["ZDMJ"] * 3 / 2000, 2)))
