"""What is known already of the ground that a delivery is about: where its layer lies, and polygons to compare it with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app.db.models import ControlArea, Layer, LayerKind
from app.db.sessions import read_session
from app.layers import repository
from app.layers.errors import DeliveryRefusedError
from app.layers.kinds import KINDS
from app.layers.targets import Target
from gis.arrays import GeometryArray
from gis.crs_firewall import ExpectedPlace
from gis.landuse.control_kinds import ControlKind

# What is drawn of these kinds ends where the administrative unit ends; a river or a nature reserve goes on.
_WITHIN_UNITS = frozenset({LayerKind.PARCEL, LayerKind.PLAN})
# A shift shows in some hundred features; more only cost time.
_SAMPLE = 2_000


@dataclass(frozen=True, slots=True)
class KnownGround:
    """Where a delivery is expected, what returns polygons around a place, and within what its features have to lie; None where nothing is known."""

    place: ExpectedPlace | None = None
    polygons_near: Callable[[shapely.Point], GeometryArray] | None = None
    scope: shapely.Geometry | None = None


def find_known_ground(engine: Engine, target: Target, reference: str | None, *, as_of: date) -> KnownGround:
    """Return what is known of the ground of a layer.

    It is expected where its own version in force lies, else within the administrative units (layers of kind ``jurisdiction``); it is compared with the
    layer that is named as the reference, else with its own version in force; parcels and plans have to lie within the administrative units.

    Raises
    ------
    LayerNotFoundError, DeliveryRefusedError
    """
    with read_session(engine) as session:
        place = None if target.layer_id is None else place_of_layer(session, target.layer_id)
        own = None if place is None else session.get_one(Layer, target.layer_id).slug
        units = administrative_units(session, other_than=target.layer_id, as_of=as_of)
    slug = reference or own
    return KnownGround(
        place or _place_of_units(units),
        None if slug is None else polygons_near(engine, slug),
        units if target.kind in _WITHIN_UNITS else None,
    )


def administrative_units(session: Session, *, other_than: int | None, as_of: date) -> shapely.Geometry | None:
    """Return the union of the administrative units in force on a day, in longitude and latitude; None where there are none."""
    layers = session.scalars(
        select(Layer).where(Layer.control_kind == ControlKind.JURISDICTION, Layer.id.is_distinct_from(other_than))
    )
    versions = [repository.version_in_force(session, layer.id, as_of=as_of) for layer in layers.all()]
    rows = session.scalars(
        select(func.ST_AsBinary(ControlArea.geom)).where(
            ControlArea.layer_version_id.in_([version.id for version in versions if version is not None]),
            ControlArea.superseded_at.is_(None),
        )
    ).all()
    if not rows:
        return None
    united: shapely.Geometry = shapely.union_all(shapely.from_wkb([bytes(row) for row in rows]))
    return united


def _place_of_units(units: shapely.Geometry | None) -> ExpectedPlace | None:
    if units is None:
        return None
    west, south, east, north = shapely.bounds(units).tolist()
    return ExpectedPlace((west, south, east, north), "行政辖区图层的范围", "the extent of the administrative units")


def place_of_layer(session: Session, layer_id: int) -> ExpectedPlace | None:
    """Return the extent of the version of a layer that is in force; None where there is none."""
    version = repository.find_in_force(session, layer_id)
    if version is None:
        return None
    table = KINDS[LayerKind(session.get_one(Layer, layer_id).kind)].table
    extent = session.execute(
        text(
            "select ST_XMin(box), ST_YMin(box), ST_XMax(box), ST_YMax(box) from (select ST_Extent(geom) as box "  # noqa: S608  a table of ours
            f"from {table} where layer_version_id = :version and superseded_at is null) as extent where box is not null"
        ),
        {"version": version.id},
    ).one_or_none()
    if extent is None:
        return None
    west, south, east, north = extent
    return ExpectedPlace(
        (west, south, east, north),
        f"现行版本 {version.number} 的范围",
        f"the extent of version {version.number}, which is in force",
    )


def polygons_near(engine: Engine, slug: str) -> Callable[[shapely.Point], GeometryArray]:
    """Return a function that reads polygons around a place, all in longitude and latitude, of the version of a layer that is in force.

    Raises
    ------
    LayerNotFoundError
    DeliveryRefusedError
        Nothing of the layer is in force.
    """
    with read_session(engine) as session:
        layer = repository.require_layer(session, slug)
        version = repository.find_in_force(session, layer.id)
        if version is None:
            raise DeliveryRefusedError(f"No version of the reference layer {slug} is in force.", field="reference")
        table, version_id = KINDS[LayerKind(layer.kind)].table, version.id

    def near(place: shapely.Point) -> GeometryArray:
        statement = text(
            f"select ST_AsBinary(geom) from {table} where layer_version_id = :version and superseded_at is null "  # noqa: S608  a table of ours
            "order by geom <-> ST_SetSRID(ST_MakePoint(:lon, :lat), (select storage_srid from installation)) limit :count"
        )
        values = {"version": version_id, "lon": place.x, "lat": place.y, "count": _SAMPLE}
        with read_session(engine) as session:
            rows = [bytes(row) for row in session.scalars(statement, values)]
        polygons: GeometryArray = shapely.from_wkb(np.array(rows, dtype=object))
        return polygons

    return near
