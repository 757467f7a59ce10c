"""What a comparison needs of the stored layers, in the area plane."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from sqlalchemy.orm import Session

from app.checks.controls import layer_source
from app.code_tables.local_tables import current_tables, describe_table, said_by
from app.db.models import Layer, LayerKind, LayerVersion
from app.layers.repository import version_in_force
from app.plans.errors import PlansNotComparableError
from gis.area_plane import from_area_plane, to_area_plane
from gis.arrays import FloatArray, GeometryArray
from gis.crs import AREA_PLANE
from gis.landuse.control_kinds import ControlKind
from gis.plans.comparison import PlanCodes
from gis.sagitta import LayerSource

# The table of each kind that has land-use codes, and the column they are in.
CODED = {
    LayerKind.PLAN: ("plan_zone", "zone_code"),
    LayerKind.PARCEL: ("parcel", "land_use_code"),
    LayerKind.REFERENCE: ("reference_feature", "feature_code"),
}
ZONES = """
select feature_id, {code}, code_version, ST_AsBinary(geom) from {table}
 where layer_version_id = %s and superseded_at is null order by row_id
"""
TABLE_NAMES = "select distinct code_version from {table} where layer_version_id = %s and superseded_at is null"
AREAS = """
select feature_id, control_zone, ST_AsBinary(geom) from control_area
 where layer_version_id = %s and superseded_at is null order by row_id
"""
AREA_ZONES = "select feature_id, control_zone from control_area where layer_version_id = %s and superseded_at is null"
COVERAGE = "select ST_AsBinary(coverage) from layer_version where id = %s"
# The SRID is asked of the database once: asked of each row, no index would find what a box meets.
NEAR = """
select feature_id, ST_AsBinary(geom) from {table}
 where row_id in (
    select row_id from {table} zone join unnest(%s::float8[], %s::float8[], %s::float8[], %s::float8[]) as box (west, south, east, north)
        on zone.geom && ST_MakeEnvelope(box.west, box.south, box.east, box.north, (select storage_srid from installation))
     where layer_version_id = %s and superseded_at is null)
"""


@dataclass(frozen=True, slots=True)
class PlanData:
    """One plan in force: its zones in the area plane, with the feature ids as index, and their codes in the same order."""

    layer: Layer
    version: LayerVersion
    zones: gpd.GeoDataFrame
    codes: PlanCodes

    @property
    def source(self) -> LayerSource:
        """What it was drawn in."""
        return layer_source(self.version)


@dataclass(frozen=True, slots=True)
class LineData:
    """One layer of control areas in force; ``coverage`` is None where the layer does not say what it knows."""

    layer: Layer
    version: LayerVersion
    areas: gpd.GeoDataFrame
    zones: tuple[str | None, ...]
    coverage: shapely.Geometry | None

    @property
    def kind(self) -> ControlKind:
        """What the layer restricts."""
        return ControlKind(self.layer.control_kind or "")

    @property
    def source(self) -> LayerSource:
        """What it was drawn in."""
        return layer_source(self.version)


def plan_version(session: Session, layer: Layer, as_of: date) -> LayerVersion:
    """Return the version of a layer with land-use codes that holds on a day.

    Raises
    ------
    PlansNotComparableError
    """
    require_codes(layer)
    return _in_force(session, layer, as_of)


def line_version(session: Session, layer: Layer, as_of: date) -> LayerVersion:
    """Return the version of a layer of control areas that holds on a day.

    Raises
    ------
    PlansNotComparableError
    """
    require_line(layer)
    return _in_force(session, layer, as_of)


def require_codes(layer: Layer) -> None:
    """Refuse a layer without land-use codes.

    Raises
    ------
    PlansNotComparableError
    """
    if layer.kind not in CODED:
        raise PlansNotComparableError.no_codes(layer.slug, layer.control_kind or layer.kind)


def require_line(layer: Layer) -> None:
    """Refuse a layer that is not of control areas.

    Raises
    ------
    PlansNotComparableError
    """
    if layer.kind != LayerKind.CONTROL_AREA:
        raise PlansNotComparableError.no_line(layer.slug, layer.kind)


def read_plan(session: Session, layer: Layer, version: LayerVersion) -> PlanData:
    """Read the zones of a version of a layer with land-use codes."""
    rows = fetch_rows(session, _coded(ZONES, layer), version.id)
    local = said_by(describe_table(table) for table in current_tables(session))
    codes = PlanCodes([row[1] for row in rows], [row[2] for row in rows], local)
    return PlanData(layer, version, make_frame([row[0] for row in rows], [row[-1] for row in rows]), codes)


def read_table_names(session: Session, layer: Layer, version: LayerVersion) -> set[str]:
    """Read the names of the code tables that zones of a version name."""
    return {row[0] for row in fetch_rows(session, _coded(TABLE_NAMES, layer), version.id) if row[0] is not None}


def read_line(session: Session, layer: Layer, version: LayerVersion) -> LineData:
    """Read a version of a layer of control areas."""
    rows = fetch_rows(session, AREAS, version.id)
    frame = make_frame([row[0] for row in rows], [row[-1] for row in rows])
    return LineData(layer, version, frame, tuple(row[1] for row in rows), read_coverage(session, version))


def read_area_zones(session: Session, version: LayerVersion) -> dict[str, str | None]:
    """Read the zone of each area of a version, without its geometry."""
    return {row[0]: row[1] for row in fetch_rows(session, AREA_ZONES, version.id)}


def read_coverage(session: Session, version: LayerVersion) -> shapely.Geometry | None:
    """Read where a version is known, in the area plane; None where it does not say."""
    ((coverage,),) = fetch_rows(session, COVERAGE, version.id)
    return None if coverage is None else to_area_plane([shapely.from_wkb(coverage)])[0]


def read_near(session: Session, layer: Layer, version: LayerVersion, boxes: FloatArray) -> GeometryArray:
    """Read the polygons of a version whose boxes meet one of some boxes, in longitude and latitude; shape (n, 4)."""
    return read_near_features(session, layer, version, boxes).geometry.to_numpy()


def read_near_features(session: Session, layer: Layer, version: LayerVersion, boxes: FloatArray) -> gpd.GeoDataFrame:
    """Read the features of a version whose boxes meet one of some boxes, in the area plane; the index is their ids."""
    sides = [side.tolist() for side in boxes.T]
    rows = fetch_rows(session, NEAR.format(table=table_of(layer)), *sides, version.id)
    return make_frame([row[0] for row in rows], [row[1] for row in rows])


def read_near_any(
    session: Session,
    layers: Iterable[tuple[Layer, LayerVersion]],
    coverages: Iterable[tuple[Layer, shapely.Geometry | None]],
    patches: GeometryArray,
) -> GeometryArray:
    """Read the polygons of all layers whose boxes meet those of some patches, and where lines are known; all in the area plane."""
    boxes = shapely.bounds(from_area_plane(shapely.envelope(shapely.buffer(patches, 0.01, join_style="mitre"))))
    found = [read_near(session, layer, version, boxes) for layer, version in layers]
    found += [np.array([geometry], dtype=object) for _, geometry in coverages if geometry is not None]
    return np.concatenate(found)


def table_of(layer: Layer) -> str:
    """Return the table that a layer is in."""
    return "control_area" if layer.kind == LayerKind.CONTROL_AREA else CODED[LayerKind(layer.kind)][0]


def said_columns(layer: Layer) -> tuple[str, ...]:
    """Return the columns that say what a feature of a layer means: its code and the table of it, or its zone."""
    if layer.kind == LayerKind.CONTROL_AREA:
        return ("control_zone",)
    return (CODED[LayerKind(layer.kind)][1], "code_version")


def _coded(statement: str, layer: Layer) -> str:
    table, code = CODED[LayerKind(layer.kind)]
    return statement.format(table=table, code=code)


def _in_force(session: Session, layer: Layer, as_of: date) -> LayerVersion:
    version = version_in_force(session, layer.id, as_of=as_of)
    if version is None:
        raise PlansNotComparableError.no_version(layer.slug, as_of)
    return version


def make_frame(ids: list[str], wkb: list[bytes]) -> gpd.GeoDataFrame:
    """Return features as they are read, in the area plane."""
    geometries = to_area_plane(shapely.from_wkb(np.array(wkb, dtype=object)))
    return gpd.GeoDataFrame(index=pd.Index(ids, dtype=object), geometry=geometries, crs=AREA_PLANE)


def fetch_rows(session: Session, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return the rows of a statement, sent in the binary format of the database."""
    driver = cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), values).fetchall()
