"""A collection of the catalogue as one side of an overlay: filtered by CQL2, as it was in law on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from app.collections.catalog import Collection, find_collection
from app.collections.periods import Period
from app.collections.repository import count_rows
from app.collections.rows import Rows, selected_scope
from app.collections.searching import Search
from app.db.models import LayerVersion
from app.exports.repository import FEATURE_ID, iter_batches
from app.layers.features import read_coverage
from app.overlays.errors import OverlayRefusedError
from app.overlays.sides import OverlaySide
from app.problems import InvalidParameterError
from gis.crs import AREA_PLANE, to_area_plane
from gis.formats.writing import OutputBatch
from gis.sagitta import LayerSource

POLYGONAL = 2


@dataclass(frozen=True, slots=True)
class CollectionRequest:
    """What to read of a collection for one side.

    Attributes
    ----------
    name : str
        Id of a collection: a layer's slug, or one of the results.
    search : Search, optional
        Which features, in CQL2.
    as_of : date, optional
        The day in law; that of the overlay when left out.
    has_key : bool
        Whether properties that name holders exist.
    """

    name: str
    search: Search | None = None
    as_of: date | None = None
    has_key: bool = True


@dataclass(frozen=True, slots=True)
class _Chosen:
    collection: Collection
    rows: Rows


def count_features(session: Session, request: CollectionRequest, *, as_of: date, srid: int) -> int:
    """Count the features of one side; what cannot be read is refused as by ``read_collection``."""
    return count_rows(session, _choose(session, request, as_of, srid).rows, srid)


def read_collection(session: Session, request: CollectionRequest, *, as_of: date, srid: int) -> OverlaySide:
    """Read one side.

    Raises
    ------
    CollectionNotFoundError, InvalidParameterError
    OverlayRefusedError
        Nothing is in force on the day, no feature meets the filter, or those that do are no polygons.
    """
    chosen = _choose(session, request, as_of, srid)
    collection = chosen.collection
    properties = collection.schema.visible(has_key=request.has_key)
    try:
        frame = _frame(iter_batches(session, chosen.rows, properties, srid))
    except DataError as error:
        raise InvalidParameterError("filter", f"it cannot be computed: {error.orig}.") from error
    polygons = gpd.GeoDataFrame(frame[shapely.get_dimensions(frame.geometry.to_numpy()) == POLYGONAL])
    if polygons.empty:
        raise OverlayRefusedError(_nothing(collection, request, len(frame)))
    return _side(session, collection, polygons, read=len(frame))


def _choose(session: Session, request: CollectionRequest, as_of: date, srid: int) -> _Chosen:
    day = request.as_of or as_of
    collection = find_collection(session, request.name, Period.of_day(day))
    scope = selected_scope(session, collection, ())
    if not scope:
        raise OverlayRefusedError(f"Collection {collection.id} has nothing in force on {day}.")
    search = request.search
    condition = None if search is None else search.condition(collection, has_key=request.has_key, srid=srid)
    return _Chosen(collection, Rows(collection, scope).narrowed((), (), condition))


def _frame(batches: Iterable[OutputBatch]) -> gpd.GeoDataFrame:
    parts = list(batches)
    if not parts:
        return gpd.GeoDataFrame({FEATURE_ID: []}, geometry=[], crs=AREA_PLANE)
    attributes = pd.concat([pd.DataFrame(dict(part.columns)) for part in parts], ignore_index=True)
    shapes = np.concatenate([np.asarray(part.geometries, dtype=object) for part in parts])
    frame = gpd.GeoDataFrame(attributes, geometry=to_area_plane(shapes), crs=AREA_PLANE)
    frame.index = pd.RangeIndex(1, len(frame) + 1)
    return frame


def _nothing(collection: Collection, request: CollectionRequest, others: int) -> str:
    if others:
        return f"Collection {collection.id} has no polygons there: {others:,} features are something else or have no place."
    asked = "" if request.search is None else f" for which {request.search.text} holds"
    return f"Collection {collection.id} has no feature{asked}."


def _side(session: Session, collection: Collection, frame: gpd.GeoDataFrame, *, read: int) -> OverlaySide:
    """Make the side; how many features there were is counted under the filter, as nothing else was asked for."""
    rejected = read - len(frame)
    if collection.version is None:
        return OverlaySide(collection.id, frame, LayerSource(), read, 0, rejected, None)
    version = session.get_one(LayerVersion, collection.version.id)
    source = LayerSource(crs=pyproj.CRS.from_user_input(version.source_crs))
    name = f"{collection.id} version {version.number}"
    return OverlaySide(name, frame, source, read, 0, rejected, read_coverage(session, version))
