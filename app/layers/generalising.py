"""Tiles of small scales: a large layer is generalised once when it is published, by a worker or by ``duogui layers tiles``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from geoalchemy2.shape import from_shape
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from app.db.models import GeneralisedFeature, Layer, LayerKind, LayerVersion, TilePreparation
from app.db.models.tiles import WEB_MERCATOR
from app.db.sessions import WriteSession, read_session, write_session
from app.layers.binary_copy import copy_columns, geometry_cells, integer_cells, long_cells, short_cells, text_cells
from app.layers.kinds import KINDS
from app.layers.staging import driver_connection
from app.layers.tile_bands import CLASS_ZOOMS, FEATURE_ZOOMS, is_areal
from app.layers.tile_cutting import cut_into_tiles
from app.progress import Progress, unheard
from gis.arrays import GeometryArray, IntArray
from gis.generalise import ClassBand, FeatureBand, MapCoverage, map_coverage

__all__ = ["prepare_tiles"]

# What a map of a kind tells apart.
_CLASS_FIELDS: Final[dict[LayerKind, str]] = {
    LayerKind.PARCEL: "land_use_code",
    LayerKind.PLAN: "zone_code",
    LayerKind.CONTROL_AREA: "control_zone",
    LayerKind.REFERENCE: "feature_code",
}


def prepare_tiles(
    engine: Engine,
    layer_version_id: int,
    *,
    actor: str,
    progress: Progress = unheard,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Generalise a version for the zooms from 5 to 13 and cut it into the tiles of 14; what was prepared before is replaced in one transaction.

    Parameters
    ----------
    check : callable
        Called between the zooms, and between columns of tiles; it may raise to stop.

    Returns
    -------
    dict
        How many features there were, how many generalised rows and pieces in tiles there are now, and how many edges do not fit.
    """
    with read_session(engine) as session:
        read = _read(session, layer_version_id)
    if read is None:
        return {"features": 0, "rows": 0, "pieces": 0, "invalid_edges": 0}
    coverage = map_coverage(read.polygons, read.classes)
    steps = len(FEATURE_ZOOMS) + len(CLASS_ZOOMS) + 1
    stored = 0
    with write_session(engine, actor=actor) as session:
        session.execute(delete(GeneralisedFeature).where(GeneralisedFeature.layer_version_id == layer_version_id))
        session.execute(delete(TilePreparation).where(TilePreparation.layer_version_id == layer_version_id))
        for done, zoom in enumerate(FEATURE_ZOOMS):
            check()
            progress(done, steps)
            stored += _store_features(session, read, coverage.features_at(zoom))
        for done, band in enumerate(coverage.classes_at(CLASS_ZOOMS), len(FEATURE_ZOOMS)):
            check()
            progress(done, steps)
            stored += _store_classes(session, read, band)
        progress(steps - 1, steps)
        pieces = cut_into_tiles(session, KINDS[read.kind].model, layer_version_id, check=check)
        session.add(_preparation(read, coverage))
    progress(steps, steps)
    return {
        "features": len(read.row_ids),
        "rows": stored,
        "pieces": pieces,
        "invalid_edges": int(coverage.invalid.sum()),
    }


@dataclass(frozen=True, slots=True)
class _Read:
    """The features of a version, in longitude and latitude, and the values that a map tells apart."""

    version_id: int
    kind: LayerKind
    state: int
    row_ids: Sequence[int]
    polygons: GeometryArray
    classes: IntArray
    values: Sequence[str | None]


def _read(session: Session, version_id: int) -> _Read | None:
    version = session.get(LayerVersion, version_id)
    if version is None or not is_areal(version):
        return None
    kind = LayerKind(session.get_one(Layer, version.layer_id).kind)
    model: Any = KINDS[kind].model
    field = _CLASS_FIELDS.get(kind)
    value = getattr(model, field) if field is not None else None
    columns = [model.row_id, func.ST_AsBinary(model.geom), *([] if value is None else [value])]
    present = (model.layer_version_id == version_id) & model.superseded_at.is_(None)
    rows: Sequence[Any] = session.execute(select(*columns).where(present).order_by(model.row_id)).all()
    if not rows:
        return None
    newest = session.scalar(select(func.max(model.row_id)).where(model.layer_version_id == version_id)) or 0
    polygons = shapely.from_wkb(np.array([bytes(row[1]) for row in rows], dtype=object))
    said = [None if value is None else row[2] for row in rows]
    values = sorted(set(said), key=lambda one: (one is not None, one or ""))
    number = {one: position for position, one in enumerate(values)}
    classes = np.array([number[one] for one in said], dtype=np.int64)
    return _Read(version_id, kind, newest + version.edit_count, [row[0] for row in rows], polygons, classes, values)


def _store_features(session: WriteSession, read: _Read, band: FeatureBand) -> int:
    there = np.flatnonzero(~shapely.is_missing(band.geometries) & ~shapely.is_empty(band.geometries))
    row_ids = [read.row_ids[position] for position in there.tolist()]
    columns = {"feature_row_id": long_cells(row_ids), "feature_count": integer_cells([1] * len(there))}
    return _store(session, read, band.zoom, columns, band.geometries[there])


def _store_classes(session: WriteSession, read: _Read, band: ClassBand) -> int:
    columns = {
        "class_value": text_cells(read.values[position] for position in band.classes.tolist()),
        "feature_count": integer_cells(band.counts.tolist()),
    }
    return _store(session, read, band.zoom, columns, band.geometries)


def _store(
    session: WriteSession, read: _Read, zoom: int, columns: dict[str, list[bytes]], geometries: GeometryArray
) -> int:
    count = len(geometries)
    shared = {"layer_version_id": integer_cells([read.version_id]) * count, "zoom": short_cells([zoom]) * count}
    geom = {"geom": geometry_cells(geometries, WEB_MERCATOR)}
    copy_columns(driver_connection(session), GeneralisedFeature.__tablename__, {**shared, **columns, **geom})
    return count


def _preparation(read: _Read, coverage: MapCoverage) -> TilePreparation:
    lines = shapely.get_parts(coverage.invalid_edges[coverage.invalid])
    edges = shapely.MultiLineString(list(lines)) if len(lines) else None
    return TilePreparation(
        layer_version_id=read.version_id,
        state=read.state,
        feature_count=len(read.row_ids),
        invalid_count=int(coverage.invalid.sum()),
        invalid_edges=None if edges is None else from_shape(edges, srid=WEB_MERCATOR),
    )
