"""Ground for site checks: thirty control layers in a database of the service, and the same areas unsplit beside them."""

from datetime import date, datetime
from typing import Any, Final

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import psycopg
import shapely
from psycopg.conninfo import make_conninfo
from sqlalchemy import Engine

from app.db.engine import make_engine
from benchmarks.intake import service_engine
from gis.constraint_set import MAX_PIECE_VERTICES
from gis.crs import from_area_plane
from gis.subdivide import subdivide

__all__ = ["ACCURACY_M", "AS_OF", "DATABASE", "draw_sites", "ground_engine"]

DATABASE: Final = "site_ground"
AS_OF: Final = date(2026, 6, 30)
_SRID: Final = 4490
#: Kinds whose rules ask what a site has in common with their zones, and zones of which every one is a finding; three layers of each.
_KINDS: Final = {
    "ecological_redline": ("core", "general"),
    "nature_reserve": ("core", "general"),
    "permanent_basic_farmland": (None,),
    "flood_zone": (None,),
    "forest": (None,),
    "functional_zone": ("restricted", "forbidden"),
    "land_use_control_zone": ("020", "030"),
    "water_source": ("level_1", "level_2"),
    "wetland": (None,),
    "ecological_control_line": (None,),
}
_LARGE: Final = ("ecological_redline", "nature_reserve")
_LAYERS_OF_KIND: Final = 3
_FEATURES: Final = 1_000_000
_CORNERS: Final = 16
ACCURACY_M: Final = 0.5
_SITE_SIDE_M: Final = 447.2  # 20 ha
_ROWS_AT_ONCE: Final = 50_000

Array = npt.NDArray[Any]

_LAYER = """
insert into layer (slug, kind, control_kind, title_zh, title_en, mandatory, accuracy_m, created_by)
values (%s, 'control_area', %s, %s, %s, true, %s, 'benchmark') returning id
"""
_VERSION = """
insert into layer_version (layer_id, number, status, source_name, source_crs, sha256, valid_from, coverage, read_count, accepted_count,
                           repaired_count, rejected_count, report, published_at, published_by, recorded_at, recorded_by)
values (%s, 1, 'in_force', 'made', 'EPSG:4490', repeat('0', 64), '2024-01-01', ST_Multi(ST_GeomFromWKB(%s, 4490)), 0, 0, 0, 0, '{}',
        '2024-01-01', 'benchmark', '2024-01-01', 'benchmark') returning id
"""


def ground_engine(postgres: str, red_lines: gpd.GeoDataFrame, scale: float) -> Engine:
    """Open the database with the ground, which is made by whoever comes first.

    Parameters
    ----------
    postgres : str
        Connection string of the cluster.
    red_lines : GeoDataFrame
        Large areas in the area plane, which lie in the six layers of large areas.
    scale : float
        1 is a million features.
    """
    made = make_conninfo(postgres, dbname=DATABASE)
    with psycopg.connect(postgres, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", (DATABASE,)).fetchone()
        if known is None:
            connection.execute(f"create database {DATABASE}".encode())
    if known is None:
        with psycopg.connect(made, autocommit=True) as connection:
            connection.execute("create extension if not exists postgis")
        engine = service_engine(made)
        with psycopg.connect(made) as connection:
            _fill(connection, red_lines, scale)
        with psycopg.connect(made, autocommit=True) as connection:
            connection.execute("vacuum analyze")
        return engine
    return _open(made)


def _open(conninfo: str) -> Engine:
    options = psycopg.conninfo.conninfo_to_dict(conninfo)
    query = f"host={options['host']}&port={options['port']}"
    return make_engine(f"postgresql+psycopg://{options['user']}@/{options['dbname']}?{query}")


def draw_sites(red_lines: gpd.GeoDataFrame, count: int, side_m: float = _SITE_SIDE_M) -> Array:
    """Return squares in the area plane, every other one on the border of a large area."""
    rng = np.random.default_rng(11)
    west, south, east, north = red_lines.total_bounds
    places = np.c_[rng.uniform(west + 2000, east - 2000, count), rng.uniform(south + 2000, north - 2000, count)]
    borders = shapely.boundary(red_lines.geometry.to_numpy())[rng.integers(0, len(red_lines), count)]
    along = shapely.line_interpolate_point(borders, rng.random(count), normalized=True)
    places[::2] = np.column_stack([shapely.get_x(along), shapely.get_y(along)])[::2]
    # The plane is stretched from west to east by as much as it is pressed from south to north.
    half = side_m / 2
    squares: Array = np.asarray(
        shapely.box(places[:, 0] - half, places[:, 1] - half, places[:, 0] + half, places[:, 1] + half), dtype=object
    )
    return squares


def _fill(connection: psycopg.Connection[Any], red_lines: gpd.GeoDataFrame, scale: float) -> None:
    connection.execute("drop index ix_control_area_geom")
    connection.execute("drop index ix_control_piece_geom")
    connection.execute("create table plain_area (layer_id int, zone text, geom geometry(Geometry, 0))")
    connection.execute("create table plain_coverage (layer_id int, geom geometry(Geometry, 0))")
    extent = shapely.box(*red_lines.total_bounds)
    known = shapely.to_wkb(from_area_plane(np.array([extent], dtype=object)))[0]
    small = (len(_KINDS) - len(_LARGE)) * _LAYERS_OF_KIND
    each = int(_FEATURES * scale / small)
    for kind, zones in _KINDS.items():
        for number in range(_LAYERS_OF_KIND):
            slug = f"{kind}_{number}"
            layer_id = connection.execute(_LAYER, (slug, kind, slug, slug, ACCURACY_M)).fetchone()[0]  # type: ignore[index]
            version = connection.execute(_VERSION, (layer_id, known)).fetchone()[0]  # type: ignore[index]
            is_large = kind in _LARGE
            shapes = (
                red_lines.geometry.to_numpy()[number::_LAYERS_OF_KIND] if is_large else _discs(extent, each, layer_id)
            )
            _store(connection, layer_id, version, shapes, zones)
            connection.execute("insert into plain_coverage values (%s, %s)", (layer_id, shapely.to_wkb(extent)))
    connection.execute("create index ix_control_area_geom on control_area using gist (geom)")
    connection.execute("create index ix_control_piece_geom on control_piece using gist (geom)")
    connection.execute("create index on plain_area using gist (geom)")


def _discs(extent: shapely.Geometry, count: int, seed: int) -> Array:
    """Return small areas of 16 corners and one to four hectares."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.bounds(extent).tolist()
    x, y = rng.uniform(west + 500, east - 500, count), rng.uniform(south + 500, north - 500, count)
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    radius = rng.uniform(60, 110, count)[:, None] * (1 + 0.1 * rng.random((count, _CORNERS)))
    rings = np.stack([x[:, None] + radius * np.cos(angle), y[:, None] + radius * np.sin(angle)], axis=-1)
    discs: Array = np.asarray(shapely.polygons(rings), dtype=object)
    return discs


def _store(
    connection: psycopg.Connection[Any], layer_id: int, version: int, shapes: Array, zones: tuple[str | None, ...]
) -> None:
    """Store areas as the service does, with their pieces, and unsplit beside it."""
    moment = datetime(2024, 1, 1).astimezone()
    first = connection.execute("select coalesce(max(row_id), 0) + 1 from control_area").fetchone()[0]  # type: ignore[index]
    rows = np.arange(first, first + len(shapes)).tolist()
    zone = [zones[number % len(zones)] for number in range(len(shapes))]
    degrees = shapely.set_srid(from_area_plane(shapes), _SRID)
    area = shapely.area(shapes).tolist()
    columns = "row_id, feature_id, layer_version_id, geom, area_ellipsoid_m2, area_planar_m2, control_zone, recorded_at, recorded_by"
    _copy(
        connection,
        f"control_area ({columns})",
        zip(
            rows,
            map(str, rows),
            [version] * len(rows),
            np.asarray(shapely.to_wkb(shapely.multipolygons(degrees[:, None]), hex=True, include_srid=True)).tolist(),
            area,
            area,
            zone,
            [moment] * len(rows),
            ["benchmark"] * len(rows),
            strict=True,
        ),
    )
    pieces, source = subdivide(shapes, MAX_PIECE_VERTICES)
    owners = np.array(rows)[source].tolist()
    _copy(
        connection,
        "control_piece (control_row_id, geom)",
        zip(owners, np.asarray(shapely.to_wkb(pieces, hex=True)).tolist(), strict=True),
    )
    plain = zip([layer_id] * len(rows), zone, np.asarray(shapely.to_wkb(shapes, hex=True)).tolist(), strict=True)
    _copy(connection, "plain_area (layer_id, zone, geom)", plain)


def _copy(connection: psycopg.Connection[Any], table: str, rows: Any) -> None:  # noqa: ANN401  an iterable of rows
    with connection.cursor() as cursor, cursor.copy(f"copy {table} from stdin".encode()) as copy:
        for row in rows:
            copy.write_row(row)
