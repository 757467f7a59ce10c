"""All SQL of the planning-basis sheets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import shapely
from sqlalchemy import or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.db.models import Layer, LayerKind, LayerVersion, Parcel, PlanningSheet
from app.db.sessions import WriteSession
from app.layers.kinds import KINDS
from app.layers.repository import list_layers, version_in_force
from gis.area_plane import to_area_plane
from gis.arrays import GeometryArray
from gis.crs import AREA_PLANE

Bounds = tuple[float, float, float, float]

PARCEL_COLUMNS = (
    Parcel.row_id,
    Parcel.feature_id,
    Parcel.parcel_code,
    Parcel.name,
    Parcel.land_use_code,
    Parcel.code_version,
    Parcel.area_registered_m2,
    Parcel.area_ellipsoid_m2,
    Parcel.area_planar_m2,
)
ZONE_COLUMNS = (
    "row_id",
    "feature_id",
    "zone_code",
    "zone_name",
    "code_version",
    "floor_area_ratio_max",
    "building_height_max_m",
    "building_density_max",
    "green_ratio_min",
)
ZONES_NEAR = f"""
select {", ".join(ZONE_COLUMNS)}, ST_AsBinary(geom) from plan_zone
 where layer_version_id = %s and superseded_at is null and geom && ST_MakeEnvelope(%s, %s, %s, %s, (select storage_srid from installation))
 order by row_id
"""  # noqa: S608  columns of ours
# What of a version was current at a moment, so that a sheet can be drawn again as it was issued.
FEATURES_NEAR = """
select ST_AsBinary(geom), {column} from {table}
 where layer_version_id = %(version)s and recorded_at <= %(known_at)s
   and (superseded_at is null or superseded_at > %(known_at)s)
   and geom && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, (select storage_srid from installation))
 order by row_id limit %(limit)s
"""
MAP_FEATURES = 20_000
# The column by which the features of a kind are told apart on a map.
MAP_COLUMNS = {
    LayerKind.PARCEL: "parcel_code",
    LayerKind.PLAN: "zone_code",
    LayerKind.CONTROL_AREA: "control_zone",
}


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """A parcel of a version; the geometry is in degrees."""

    layer: Layer
    version: LayerVersion
    row_id: int
    feature_id: str
    parcel_code: str | None
    name: str | None
    land_use_code: str | None
    code_version: str | None
    area_registered_m2: float | None
    area_ellipsoid_m2: float
    area_planar_m2: float
    geometry: shapely.Geometry

    @property
    def bounds(self) -> Bounds:
        """(west, south, east, north) in degrees."""
        west, south, east, north = shapely.bounds(self.geometry).tolist()
        return west, south, east, north

    def as_target(self) -> gpd.GeoDataFrame:
        """Return the parcel as a check takes it: in the area plane, by its row id."""
        return gpd.GeoDataFrame(
            {
                "feature_id": [self.feature_id],
                # As an object: a column of strings would turn a missing code into NaN.
                "parcel_code": pd.Series([self.parcel_code], index=[self.row_id], dtype=object),
            },
            geometry=to_area_plane([self.geometry]),
            index=[self.row_id],
            crs=AREA_PLANE,
        )


def parcel_versions(session: Session, as_of: date, slug: str | None) -> list[tuple[Layer, LayerVersion]]:
    """Return the layers of parcels, or the one of that name, with their version in force."""
    layers = [layer for layer in list_layers(session, kind=LayerKind.PARCEL) if slug in {None, layer.slug}]
    found = [(layer, version_in_force(session, layer.id, as_of=as_of)) for layer in layers]
    return [(layer, version) for layer, version in found if version is not None]


def find_parcels(session: Session, layer: Layer, version: LayerVersion, code: str) -> list[ParcelRow]:
    """Return the parcels of a version whose code or whose id is ``code``."""
    query = (
        select(*PARCEL_COLUMNS, Parcel.geom.ST_AsBinary().label("wkb"))
        .where(
            Parcel.layer_version_id == version.id,
            Parcel.superseded_at.is_(None),
            or_(Parcel.parcel_code == code, Parcel.feature_id == code),
        )
        .order_by(Parcel.row_id)
    )
    found = []
    for row in session.execute(query).mappings():
        values = dict(row)
        geometry = shapely.from_wkb(bytes(values.pop("wkb")))
        found.append(ParcelRow(layer=layer, version=version, geometry=geometry, **values))
    return found


def read_zones_near(session: Session, version: LayerVersion, bounds: Bounds) -> gpd.GeoDataFrame:
    """Read the zones of a plan whose boxes meet a box in degrees; in the area plane, by their row ids."""
    driver = cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        rows = cursor.execute(ZONES_NEAR.encode(), (version.id, *bounds)).fetchall()
    columns = list(zip(*rows, strict=True)) or [()] * (len(ZONE_COLUMNS) + 1)
    index = list(columns[0])
    data = {
        name: pd.Series(values, index=index, dtype=object)
        for name, values in zip(ZONE_COLUMNS, columns[:-1], strict=True)
    }
    plane = to_area_plane(shapely.from_wkb(np.array(columns[-1], dtype=object)))
    return gpd.GeoDataFrame(data, geometry=plane, index=index, crs=AREA_PLANE)


def read_map_features(
    session: Session, layer: Layer, version_id: int, bounds: Bounds, known_at: object
) -> tuple[GeometryArray, list[str]]:
    """Read what a version had in a box in degrees at a moment: geometries in degrees, and what tells them apart."""
    kind = LayerKind(layer.kind)
    statement = FEATURES_NEAR.format(column=MAP_COLUMNS[kind], table=KINDS[kind].table)
    west, south, east, north = bounds
    values = {
        "version": version_id,
        "known_at": known_at,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
        "limit": MAP_FEATURES,
    }
    driver = cast("psycopg.Connection[tuple[Any, ...]]", session.connection().connection.driver_connection)
    with driver.cursor(binary=True) as cursor:
        rows = cursor.execute(statement.encode(), values).fetchall()
    return shapely.from_wkb(np.array([wkb for wkb, _ in rows], dtype=object)), [text or "" for _, text in rows]


def find_sheet(session: Session, sheet_hash: str) -> PlanningSheet | None:
    """Return a sheet by its hash."""
    return session.scalar(select(PlanningSheet).where(PlanningSheet.sheet_hash == sheet_hash))


def store_sheet(session: WriteSession, values: dict[str, Any]) -> PlanningSheet:
    """Store a sheet, or return the one that has the same hash already."""
    session.execute(insert(PlanningSheet).values(values).on_conflict_do_nothing(index_elements=["sheet_hash"]))
    return session.scalars(select(PlanningSheet).where(PlanningSheet.sheet_hash == values["sheet_hash"])).one()


def find_version(session: Session, slug: str, number: int) -> tuple[Layer, LayerVersion] | None:
    """Return a version by its layer's slug and its number."""
    row = session.execute(
        select(Layer, LayerVersion)
        .join(LayerVersion, LayerVersion.layer_id == Layer.id)
        .where(Layer.slug == slug, LayerVersion.number == number)
    ).first()
    return None if row is None else (row[0], row[1])


def layers_by_slug(session: Session, slugs: Sequence[str]) -> dict[str, Layer]:
    """Return the layers of these names that there are."""
    return {layer.slug: layer for layer in session.scalars(select(Layer).where(Layer.slug.in_(slugs)))}
