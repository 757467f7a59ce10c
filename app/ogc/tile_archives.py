"""The tiles of a collection as one PMTiles file, for a map that needs no service."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from app.collections.catalog import Collection
from app.collections.repository import measure_rows
from app.collections.rows import Rows
from app.collections.states import CollectionState, collection_states
from app.ogc.tile_documents import vector_layer
from app.ogc.tile_matrix_sets import WEB_MERCATOR_QUAD, Tile
from app.ogc.vector_tiles import choose_source, has_rows, render_tile
from app.problems import InvalidParameterError
from app.progress import Progress, unheard
from gis.formats.pmtiles import PMTilesSummary, write_pmtiles

__all__ = ["DEFAULT_MAX_ZOOM", "archive_tiles"]

DEFAULT_MAX_ZOOM = 14
MAX_ZOOM = 18


def archive_tiles(
    session: Session,
    collection: Collection,
    path: Path,
    *,
    srid: int,
    max_zoom: int = DEFAULT_MAX_ZOOM,
    progress: Progress = unheard,
) -> PMTilesSummary:
    """Write the tiles of a collection from zoom 0 to a zoom, as they are at one moment.

    Raises
    ------
    InvalidParameterError
    """
    if not 0 <= max_zoom <= MAX_ZOOM:
        raise InvalidParameterError("max_zoom", f"expected 0 to {MAX_ZOOM}.")
    (state,) = collection_states(session, [collection])
    rows = Rows(collection, state.scope_ids)
    (statistics,) = measure_rows(session, [rows], srid)
    box = statistics.box
    pyramid = _Pyramid(session, rows, state, srid, max_zoom, progress)
    return write_pmtiles(
        path,
        iter(()) if box is None else pyramid.tiles(),
        bounds=(-180, -85, 180, 85) if box is None else (box.west, box.south, box.east, box.north),
        metadata={"name": collection.title, "vector_layers": [vector_layer(collection, max_zoom)]},
    )


@dataclass(frozen=True, slots=True)
class _Pyramid:
    """The tiles of a collection, from the one at zoom 0 down to wherever something is in them."""

    session: Session
    rows: Rows
    state: CollectionState
    srid: int
    max_zoom: int
    progress: Progress

    def tiles(self) -> Iterator[tuple[int, int, int, bytes]]:
        level = [(0, 0)]
        for zoom in range(self.max_zoom + 1):
            following: list[tuple[int, int]] = []
            for done, (column, row) in enumerate(level):
                self.progress(done, len(level))
                content = self._render(zoom, column, row)
                if content:
                    yield zoom, column, row, content
                # What is too small to be drawn here is drawn further down.
                if content or has_rows(self.session, self.rows, self._tile(zoom, column, row), srid=self.srid):
                    following += [(2 * column + right, 2 * row + down) for right in (0, 1) for down in (0, 1)]
            level = following

    def _render(self, zoom: int, column: int, row: int) -> bytes:
        tile = self._tile(zoom, column, row)
        source = choose_source(self.state, self.rows, tile)
        return render_tile(self.session, self.rows, tile, srid=self.srid, source=source)

    @staticmethod
    def _tile(zoom: int, column: int, row: int) -> Tile:
        return Tile(zoom, row, column, WEB_MERCATOR_QUAD)
