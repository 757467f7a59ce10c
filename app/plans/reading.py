"""What a comparison needs of the stored layers, in the area plane."""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy.orm import Session

from app.checks.controls import layer_source
from app.db.models import Layer, LayerKind, LayerVersion
from app.layers.repository import version_in_force
from app.plans.errors import PlansNotComparableError
from gis.area_plane import to_area_plane
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
select row_id, {code}, code_version, ST_AsBinary(geom) from {table}
 where layer_version_id = %s and superseded_at is null order by row_id
"""
AREAS = """
select row_id, control_zone, ST_AsBinary(geom) from control_area
 where layer_version_id = %s and superseded_at is null order by row_id
"""
COVERAGE = "select ST_AsBinary(coverage) from layer_version where id = %s"


@dataclass(frozen=True, slots=True)
class PlanData:
    """One plan in force: its zones in the area plane, with the row ids as index, and their codes in the same order."""

    layer: Layer
    version: LayerVersion
    zones: gpd.GeoDataFrame
    codes: PlanCodes
    source: LayerSource


@dataclass(frozen=True, slots=True)
class LineData:
    """One layer of control areas in force; ``coverage`` is None where the layer does not say what it knows."""

    layer: Layer
    version: LayerVersion
    areas: gpd.GeoDataFrame
    zones: tuple[str | None, ...]
    coverage: shapely.Geometry | None
    source: LayerSource

    @property
    def kind(self) -> ControlKind:
        """What the layer restricts."""
        return ControlKind(self.layer.control_kind or "")


def read_plan(session: Session, layer: Layer, as_of: date) -> PlanData:
    """Read a layer with land-use codes as of a day.

    Raises
    ------
    PlansNotComparableError
    """
    if layer.kind not in CODED:
        raise PlansNotComparableError.no_codes(layer.slug, layer.control_kind or layer.kind)
    version = _in_force(session, layer, as_of)
    table, code = CODED[LayerKind(layer.kind)]
    rows = _fetch(session, ZONES.format(table=table, code=code), version.id)
    codes = PlanCodes([row[1] for row in rows], [row[2] for row in rows])
    return PlanData(layer, version, _frame(rows), codes, layer_source(version))


def read_line(session: Session, layer: Layer, as_of: date) -> LineData:
    """Read a layer of control areas as of a day.

    Raises
    ------
    PlansNotComparableError
    """
    if layer.kind != LayerKind.CONTROL_AREA:
        raise PlansNotComparableError.no_line(layer.slug, layer.kind)
    version = _in_force(session, layer, as_of)
    rows = _fetch(session, AREAS, version.id)
    ((coverage,),) = _fetch(session, COVERAGE, version.id)
    known = None if coverage is None else to_area_plane([shapely.from_wkb(coverage)])[0]
    return LineData(layer, version, _frame(rows), tuple(row[1] for row in rows), known, layer_source(version))


def _in_force(session: Session, layer: Layer, as_of: date) -> LayerVersion:
    version = version_in_force(session, layer.id, as_of=as_of)
    if version is None:
        raise PlansNotComparableError.no_version(layer.slug, as_of)
    return version


def _frame(rows: list[tuple[Any, ...]]) -> gpd.GeoDataFrame:
    wkb = np.array([row[-1] for row in rows], dtype=object)
    return gpd.GeoDataFrame(
        index=[row[0] for row in rows], geometry=to_area_plane(shapely.from_wkb(wkb)), crs=AREA_PLANE
    )


def _fetch(session: Session, statement: str, version_id: int) -> list[tuple[Any, ...]]:
    driver = cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        return cursor.execute(statement.encode(), (version_id,)).fetchall()
