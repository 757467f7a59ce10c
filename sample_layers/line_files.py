"""The four control lines as tables, with the fields of 三区三线 deliveries.

References
----------
.. [1] STBHHX (生态保护红线), YJJBNTBHTB (永久基本农田), CZKFBJ (城镇开发边界): field lists of the deliveries.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

import geopandas as gpd
import pyproj
from shapely import MultiPolygon, Polygon

from sample_layers.naming import COUNTY, COUNTY_NAME, TOWNSHIP, feature_number
from sample_layers.parcels import round_half_up
from sample_layers.planting import DELIVERED_IN, FARMLAND, FUNCTIONAL, REDLINE, Shape
from sample_layers.projection import GEOGRAPHIC
from sample_layers.truth import Ring, polygon_area_m2

_DISTRICT = {"XZQDM": COUNTY, "XZQMC": COUNTY_NAME}
_RESERVE_ZONES = {"core": "核心保护区", "general": "一般控制区", "": None}
_FUNCTIONAL_NAMES = {"key": "重点开发区", "restricted": "限制开发区", "forbidden": "禁止开发区"}
_PARTITION_NAMES = {"01": "集中建设区", "02": "弹性发展区", "03": "特别用途区"}
_FARMLAND_CODES = {"水田": "0101", "旱地": "0103"}


def redline_frame(shapes: Sequence[Shape]) -> gpd.GeoDataFrame:
    """Return ``生态保护红线.gpkg``: EPSG:4490; outside nature reserves ZRBHDFQ is empty."""
    rows = [
        {
            "BSM": feature_number(2041, number),
            "YSDM": "2090010100",
            **_DISTRICT,
            "SHENG": "湖南省",
            "SHI": "长沙市",
            "XIAN": COUNTY_NAME,
            "HXBM": f"STHX{COUNTY}{number:05d}",
            "HXMC": f"{shape.name}生态保护红线",
            "HXLX": "水土保持",
            "MJ": float(round_half_up(shape_area_m2(shape))),
            "ZRBHDMC": f"{shape.name}自然保护地" if shape.zone else None,
            "ZRBHDFQ": _RESERVE_ZONES[shape.zone],
        }
        for number, shape in enumerate(shapes, start=1)
    ]
    return _frame(rows, shapes, REDLINE)


def farmland_frame(shapes: Sequence[Shape]) -> gpd.GeoDataFrame:
    """Return ``永久基本农田.gpkg``: EPSG:4526; the last row delivers the first patch a second time."""
    rows = [_farmland_row(number, shape) for number, shape in enumerate(shapes, start=1)]
    again = rows[0] | {"BSM": feature_number(2042, len(shapes) + 1)}
    return _frame([*rows, again], [*shapes, shapes[0]], FARMLAND)


def farmland_identifier(position: int) -> str:
    """Return YJJBNTTBBH, the number of a patch, by its position."""
    return f"{COUNTY}YN{position + 1:06d}"


def functional_frame(shapes: Sequence[Shape]) -> gpd.GeoDataFrame:
    """Return ``重点限制禁止开发区.gpkg``: EPSG:4547."""
    rows = [
        {
            "BSM": feature_number(2044, number),
            "YSDM": "2090990100",
            **_DISTRICT,
            "KFQDM": f"GN{number:04d}",
            "KFQMC": f"{shape.name}{_FUNCTIONAL_NAMES[shape.zone]}",
            "GNQLX": _FUNCTIONAL_NAMES[shape.zone],
            "MJ": float(round_half_up(shape_area_m2(shape))),
        }
        for number, shape in enumerate(shapes, start=1)
    ]
    return _frame(rows, shapes, FUNCTIONAL)


def boundary_features(shapes: Sequence[Shape]) -> list[dict[str, Any]]:
    """Return the features of ``城镇开发边界.geojson``: CRS84, nine decimals."""
    return [
        {
            "type": "Feature",
            "properties": {
                "BSM": feature_number(2043, number),
                "YSDM": "2090010300",
                "XZQDM": TOWNSHIP,
                "XZQMC": COUNTY_NAME,
                "GHFQDM": shape.zone,
                "GHFQMC": _PARTITION_NAMES[shape.zone],
                "MJ": float(round_half_up(shape_area_m2(shape))),
                "BZ": shape.name,
            },
            "geometry": {
                "type": "MultiPolygon",
                "coordinates": [[_closed(ring) for ring in rings] for rings in shape.polygons],
            },
        }
        for number, shape in enumerate(shapes, start=1)
    ]


def shape_area_m2(shape: Shape) -> float:
    """Return the ellipsoidal area of a feature, its parts one by one."""
    return sum(polygon_area_m2([_in_degrees(ring, shape.layer) for ring in rings]) for rings in shape.polygons)


def _farmland_row(number: int, shape: Shape) -> dict[str, Any]:
    area = float(round_half_up(shape_area_m2(shape)))
    return {
        "BSM": feature_number(2042, number),
        "YSDM": "2005010200",
        "XZQDM": TOWNSHIP,
        "XZQMC": COUNTY_NAME,
        "YJJBNTTBBH": farmland_identifier(number - 1),
        "TBBH": f"{number:06d}",
        "DLBM": _FARMLAND_CODES[shape.name],
        "DLMC": shape.name,
        "QSXZ": "30",
        "QSDWDM": f"{TOWNSHIP}0000000",
        "ZLDWDM": f"{TOWNSHIP}0000000",
        "YJJBNTTBMJ": area,
        "KCXS": 0.0,
        "KCMJ": 0.0,
        "YJJBNTMJ": area,
        "GDLX": None,
        "GDPDJB": "1",
        "GDDB": 5,
        "SJNF": "2025",
    }


def _in_degrees(ring: Ring, layer: str) -> Ring:
    if DELIVERED_IN[layer] == GEOGRAPHIC:
        return ring
    lons, lats = _unproject(DELIVERED_IN[layer]).transform([point[0] for point in ring], [point[1] for point in ring])
    return list(zip(lons, lats, strict=True))


@cache
def _unproject(epsg: int) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(epsg, GEOGRAPHIC, always_xy=True)


def _closed(ring: Ring) -> list[list[float]]:
    return [list(point) for point in (*ring, ring[0])]


def _frame(rows: Sequence[dict[str, Any]], shapes: Sequence[Shape], layer: str) -> gpd.GeoDataFrame:
    geometries = [MultiPolygon([Polygon(rings[0], rings[1:]) for rings in shape.polygons]) for shape in shapes]
    return gpd.GeoDataFrame(list(rows), geometry=geometries, crs=f"EPSG:{DELIVERED_IN[layer]}")
