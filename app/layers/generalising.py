"""Tiles of small scales: a large layer is generalised once when it is published, by a worker or by ``duogui layers tiles``.

It is done in blocks of features that lie together, two or more at once, each with the neighbours that it shares edges with: so it takes the memory
of a few blocks, and what a block has stored stays when the worker ends (:mod:`app.layers.tile_steps`).
"""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import ARRAY, BigInteger, Engine, any_, bindparam, delete, func, select, text
from sqlalchemy.orm import Session

from app.db.errors import translate_db_errors
from app.db.locks import lock_connection
from app.db.models import GeneralisedFeature, Layer, LayerKind, LayerVersion
from app.db.models.tiles import WEB_MERCATOR
from app.db.sessions import WriteSession, read_session, write_session
from app.db.statements import IN_BINARY
from app.layers.binary_copy import (
    Cells,
    copy_columns,
    geometry_cells,
    integer_cells,
    long_cells,
    short_cells,
    text_cells,
)
from app.layers.errors import TilesBeingPreparedError
from app.layers.kinds import KINDS
from app.layers.staging import driver_connection
from app.layers.tile_bands import CLASS_ZOOMS, FEATURE_ZOOMS, is_areal
from app.layers.tile_cutting import Cut, cut_column, tile_columns
from app.layers.tile_steps import GROUND_ZOOM, Step, begin, finish, note, steps_done
from app.progress import Progress, unheard
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.generalise import ClassBand, FeatureBand, classes_at, map_coverage
from gis.map_blocks import blocks_of, with_neighbours
from gis.threads import ThreadTeam

__all__ = ["prepare_tiles"]

# What a map of a kind tells apart.
_CLASS_FIELDS: Final[dict[LayerKind, str]] = {
    LayerKind.PARCEL: "land_use_code",
    LayerKind.PLAN: "zone_code",
    LayerKind.CONTROL_AREA: "control_zone",
    LayerKind.REFERENCE: "feature_code",
}
#: Features in a block: more take more memory, fewer have more neighbours for each of their own.
_BLOCK: Final = 20_000
# Neighbours of neighbours too, so that edges at the border of two blocks are simplified among the same edges from either side.
_LAYERS_AROUND: Final = 2
# Work on as many blocks at once; each has a connection to the database.
_MOST_AT_ONCE: Final = 3
_CLASSES: Final = "classes"
_TRY_LOCK: Final = text(
    "select pg_try_advisory_lock(hashtextextended('duogui.tiles:' || cast(:version_id as text), 0))"
)


def prepare_tiles(
    engine: Engine,
    layer_version_id: int,
    *,
    actor: str,
    progress: Progress = unheard,
    check: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Generalise a version for the zooms from 5 to 13 and cut it into the tiles of 14.

    Each step is committed. What an earlier preparation of the same state has done is gone on with when it did not come to its end; what was prepared
    of the version before is taken away first.

    Parameters
    ----------
    check : callable
        Called between the steps; it may raise to stop.

    Returns
    -------
    dict
        How many features there were, how many generalised rows and pieces in tiles there are now, and how many edges do not fit.

    Raises
    ------
    TilesBeingPreparedError
    """
    with _alone(engine, layer_version_id):
        with read_session(engine) as session:
            layout = _lay_out(session, layer_version_id)
        if layout is None:
            return {"features": 0, "rows": 0, "pieces": 0, "invalid_edges": 0}
        with write_session(engine, actor=actor) as session:
            begin(session, layer_version_id, layout.state)
        work = _Work(engine, actor, layout, check, progress)
        work.run()
        with write_session(engine, actor=actor) as session:
            steps = finish(session, layer_version_id, layout.state, len(layout.row_ids))
    cut = [step.row_count for step in steps if step.step.startswith(Cut.STEP)]
    return {
        "features": len(layout.row_ids),
        "rows": sum(step.row_count for step in steps) - sum(cut),
        "pieces": sum(cut),
        "invalid_edges": sum(step.invalid_count for step in steps),
    }


@contextmanager
def _alone(engine: Engine, version_id: int) -> Iterator[None]:
    """Hold a version for as long as it is being prepared: the lock goes with its connection, so a worker that was killed leaves none."""
    with translate_db_errors(), lock_connection(engine) as connection:
        if not connection.scalar(_TRY_LOCK, {"version_id": version_id}):
            raise TilesBeingPreparedError(version_id)
        yield


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which features of a version there are, where they lie in degrees, and the values that a map tells apart."""

    version_id: int
    kind: LayerKind
    state: int
    row_ids: IntArray
    boxes: FloatArray
    values: Sequence[str | None]


def _lay_out(session: Session, version_id: int) -> _Layout | None:
    version = session.get(LayerVersion, version_id)
    if version is None or not is_areal(version):
        return None
    kind = LayerKind(session.get_one(Layer, version.layer_id).kind)
    model: Any = KINDS[kind].model
    corners = [getattr(func, name)(model.geom) for name in ("ST_XMin", "ST_YMin", "ST_XMax", "ST_YMax")]
    present = (model.layer_version_id == version_id) & model.superseded_at.is_(None)
    rows = session.execute(select(model.row_id, *corners).where(present).order_by(model.row_id)).all()
    if not rows:
        return None
    newest = session.scalar(select(func.max(model.row_id)).where(model.layer_version_id == version_id)) or 0
    field = _CLASS_FIELDS.get(kind)
    said = [None] if field is None else session.scalars(select(getattr(model, field)).where(present).distinct())
    values = sorted(set(said), key=lambda one: (one is not None, one or ""))
    table = np.array(rows, dtype=np.float64)
    return _Layout(version_id, kind, newest + version.edit_count, table[:, 0].astype(np.int64), table[:, 1:], values)


@dataclass(frozen=True, slots=True)
class _Work:
    """The steps of a preparation that are still to be done."""

    engine: Engine
    actor: str
    layout: _Layout
    check: Callable[[], None]
    progress: Progress

    def run(self) -> None:
        """Do what is not done yet: features block by block, then the classes, then the tiles of 14."""
        with read_session(self.engine) as session:
            done = set(steps_done(session, self.layout.version_id))
            columns = tile_columns(session, KINDS[self.layout.kind].model, self.layout.version_id)
        blocks = blocks_of(self.layout.boxes, _BLOCK)
        features = [
            (f"features {number}", partial(self._generalise, block, f"features {number}"))
            for number, block in enumerate(blocks)
        ]
        classes = [(_CLASSES, self._make_classes)]
        tiles = [(cut.name, partial(self._cut, cut)) for cut in columns]
        total = len(features) + len(classes) + len(tiles)
        over = 0
        with ThreadTeam(min(os.cpu_count() or 1, _MOST_AT_ONCE)) as team:
            # Classes need the ground of all blocks.
            for group in (features, classes, tiles):
                waiting = [step for name, step in group if name not in done]
                over += len(group) - len(waiting)
                self.progress(over, total)
                for _ in team.stream(self._do, waiting):
                    over += 1
                    self.progress(over, total)
                    self.check()

    def _do(self, step: Callable[[WriteSession], Step]) -> None:
        """Do a step and store that it is done, in one transaction."""
        with write_session(self.engine, actor=self.actor) as session:
            note(session, self.layout.version_id, self.layout.state, step(session))

    def _generalise(self, block: IntArray, name: str, session: WriteSession) -> Step:
        layout = self.layout
        rows = with_neighbours(layout.boxes, block, layers=_LAYERS_AROUND)
        own = np.isin(rows, block, assume_unique=True)
        polygons, classes = _read(session, layout, rows)
        coverage = map_coverage(polygons, classes, threads=1)
        stored = 0
        band = None
        for band in coverage.simplified(FEATURE_ZOOMS):
            stored += _store_features(session, layout, rows, own, coverage.features(band))
        assert band is not None  # noqa: S101  there are zooms
        _store_classes(session, layout, coverage.ground(band, own, threads=1), GROUND_ZOOM)
        # An edge at a border is told by the block of the first feature that has it.
        pieces, owners = coverage.flat.memberships.T
        first = np.full(len(coverage.invalid), len(rows), dtype=np.int64)
        np.minimum.at(first, pieces, owners)
        unfit = np.flatnonzero(coverage.invalid & own[first])
        return Step(name, stored, len(unfit), tuple(coverage.invalid_edges[unfit]))

    def _make_classes(self, session: WriteSession) -> Step:
        layout = self.layout
        stored = 0
        for band in classes_at(_read_ground(session, layout), CLASS_ZOOMS):
            stored += _store_classes(session, layout, band, band.zoom)
        ground = (GeneralisedFeature.layer_version_id == layout.version_id) & (GeneralisedFeature.zoom == GROUND_ZOOM)
        session.execute(delete(GeneralisedFeature).where(ground))
        return Step(_CLASSES, stored)

    def _cut(self, cut: Cut, session: WriteSession) -> Step:
        return Step(cut.name, cut_column(session, KINDS[self.layout.kind].model, self.layout.version_id, cut))


def _read(session: Session, layout: _Layout, rows: IntArray) -> tuple[GeometryArray, IntArray]:
    """Return the polygons of some features in longitude and latitude, and the number of what each says."""
    model: Any = KINDS[layout.kind].model
    field = _CLASS_FIELDS.get(layout.kind)
    value = [] if field is None else [getattr(model, field)]
    chosen = model.row_id == any_(bindparam("row_ids", type_=ARRAY(BigInteger)))
    query = select(func.ST_AsBinary(model.geom), *value).where(chosen).order_by(model.row_id)
    row_ids = layout.row_ids[rows].tolist()
    found = session.execute(query, {"row_ids": row_ids}, execution_options=IN_BINARY).all()
    number = {one: position for position, one in enumerate(layout.values)}
    polygons = shapely.from_wkb(np.array([bytes(row[0]) for row in found], dtype=object))
    return polygons, np.array([number[row[1] if value else None] for row in found], dtype=np.int64)


def _read_ground(session: Session, layout: _Layout) -> ClassBand:
    band = GeneralisedFeature
    query = (
        select(func.ST_AsBinary(band.geom), band.class_value, band.feature_count)
        .where(band.layer_version_id == layout.version_id, band.zoom == GROUND_ZOOM)
        .order_by(band.row_id)
    )
    found = session.execute(query, execution_options=IN_BINARY).all()
    number = {one: position for position, one in enumerate(layout.values)}
    return ClassBand(
        GROUND_ZOOM,
        shapely.from_wkb(np.array([bytes(row[0]) for row in found], dtype=object)),
        np.array([number[row[1]] for row in found], dtype=np.int64),
        np.array([row[2] for row in found], dtype=np.int64),
    )


def _store_features(
    session: WriteSession, layout: _Layout, rows: IntArray, own: np.ndarray[Any, Any], band: FeatureBand
) -> int:
    there = np.flatnonzero(own & ~shapely.is_missing(band.geometries) & ~shapely.is_empty(band.geometries))
    row_ids = layout.row_ids[rows[there]].tolist()
    columns = {"feature_row_id": long_cells(row_ids), "feature_count": integer_cells([1] * len(there))}
    return _store(session, layout, band.zoom, columns, band.geometries[there])


def _store_classes(session: WriteSession, layout: _Layout, band: ClassBand, zoom: int) -> int:
    columns = {
        "class_value": text_cells(layout.values[position] for position in band.classes.tolist()),
        "feature_count": integer_cells(band.counts.tolist()),
    }
    return _store(session, layout, zoom, columns, band.geometries)


def _store(
    session: WriteSession, layout: _Layout, zoom: int, columns: dict[str, Cells], geometries: GeometryArray
) -> int:
    count = len(geometries)
    shared = {"layer_version_id": integer_cells([layout.version_id]) * count, "zoom": short_cells([zoom]) * count}
    geom = {"geom": geometry_cells(geometries, WEB_MERCATOR)}
    copy_columns(driver_connection(session), GeneralisedFeature.__tablename__, {**shared, **columns, **geom})
    return count
