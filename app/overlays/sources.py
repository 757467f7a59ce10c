"""One side of an overlay: a file, a layer with all of its fields, or a collection, as a frame in the area plane."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyproj
from sqlalchemy import Engine

from app.db.schema import storage_srid
from app.db.sessions import read_session
from app.layers.features import read_features
from app.layers.kinds import SLUG
from app.layers.repository import require_layer, version_in_force
from app.overlays.collections import CollectionRequest, read_collection
from app.overlays.errors import OverlayRefusedError
from app.overlays.filters import parse_condition, select_rows
from app.overlays.sides import OverlaySide
from gis.crs import AREA_PLANE, to_area_plane
from gis.errors import GisError
from gis.formats.polygons import read_polygons
from gis.sagitta import LayerSource
from gis.validity import RepairOutcome


@dataclass(frozen=True, slots=True)
class SideRequest:
    """What to read for one side.

    Attributes
    ----------
    name : str
        A file, ``FILE:LAYER``, or the slug of a layer in force.
    where : tuple of str
        Conditions, all of which must hold.
    """

    name: str
    crs: str | None = None
    where: tuple[str, ...] = ()


def needs_database(request: SideRequest) -> bool:
    """Whether a side names a layer, not a file. A file goes before a layer of the same name."""
    return SLUG.fullmatch(request.name) is not None and not Path(request.name).exists()


def read_side(request: SideRequest | CollectionRequest, engine: Engine | None, *, as_of: date) -> OverlaySide:
    """Read one side and keep the rows that fulfil its conditions.

    Raises
    ------
    OverlayRefusedError, LayerNotFoundError, CollectionNotFoundError, InvalidParameterError
    """
    if isinstance(request, CollectionRequest):
        if engine is None:
            raise OverlayRefusedError(f"There is no database to look for the collection {request.name}.")
        with read_session(engine) as session:
            srid = storage_srid(session.connection()) or 0
            return read_collection(session, request, as_of=as_of, srid=srid)
    if needs_database(request):
        if engine is None:
            raise OverlayRefusedError(f"{request.name!r} is no file, and there is no database to look for a layer.")
        side = _read_layer(request, engine, as_of)
    else:
        side = _read_file(request)
    chosen = select_rows(side.frame, [parse_condition(text) for text in request.where])
    kept = gpd.GeoDataFrame(side.frame[chosen])
    if kept.empty:
        raise OverlayRefusedError(f"No feature of {request.name} fulfils {' and '.join(request.where) or 'anything'}.")
    return OverlaySide(side.name, kept, side.source, side.read, side.repaired, side.rejected, side.coverage)


def _read_file(request: SideRequest) -> OverlaySide:
    path, layer = _split_layer(request.name)
    try:
        file = read_polygons(path, layer=layer, crs=request.crs)
    except GisError as error:
        raise OverlayRefusedError(f"{path.name}: {error}") from error
    report = file.report
    attributes = pd.DataFrame(file.attributes, columns=list(file.source.fields))
    frame = gpd.GeoDataFrame(attributes, geometry=to_area_plane(report.geometries), crs=AREA_PLANE)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    rejected = len(report.positions(RepairOutcome.REJECTED))
    repaired = len(report.positions(RepairOutcome.REPAIRED))
    usable = gpd.GeoDataFrame(frame[~frame.geometry.isna()])
    return OverlaySide(request.name, usable, LayerSource(crs=file.crs), len(frame), repaired, rejected, None)


def _split_layer(name: str) -> tuple[Path, str | None]:
    if Path(name).exists():
        return Path(name), None
    path, separator, layer = name.rpartition(":")
    return (Path(path), layer) if separator and Path(path).exists() else (Path(name), None)


def _read_layer(request: SideRequest, engine: Engine, as_of: date) -> OverlaySide:
    with read_session(engine) as session:
        layer = require_layer(session, request.name)
        version = version_in_force(session, layer.id, as_of=as_of)
        if version is None:
            raise OverlayRefusedError(f"Layer {layer.slug} has no version in force on {as_of}.")
        frame, coverage = read_features(session, layer, version)
        source = LayerSource(crs=pyproj.CRS.from_user_input(version.source_crs))
        return OverlaySide(
            f"{layer.slug} version {version.number}",
            frame,
            source,
            version.read_count,
            version.repaired_count,
            version.rejected_count,
            coverage,
        )
