"""Features cut into the tiles of the largest scale at which tiles are crowded, so that such a tile is put together and cuts nothing.

A piece is what ``ST_AsMVTGeom`` draws of a stored row in a tile. Rows are never changed, so a piece holds for as long as
there is its row; of a row without pieces (one of a later edit, one that reaches over many tiles) tiles cut what is stored.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.db.sessions import WriteSession
from app.layers.mercator_tiles import BUFFER, EXTENT, LARGEST_LATITUDE, tile_at, tile_bounds, tile_degrees
from app.layers.tile_bands import CUT_ZOOM

__all__ = ["Cut", "cut_column", "tile_columns"]

# What reaches over more tiles than this along either side is cut when a tile is asked for: all its tiles would take longer than the few that are looked at.
_MOST_TILES: Final = 16

_CUT: Final = """
with placed as materialized (
    select row_id, ST_Transform(ST_SetSRID(geom, 4326), 3857) as geom
      from {table}
     where layer_version_id = :version_id and superseded_at is null
       and geom && ST_MakeEnvelope(:west, :south, :east, :north, :srid)
       and ST_XMax(geom) - ST_XMin(geom) < :widest and ST_YMax(geom) - ST_YMin(geom) < :widest
),
cut as materialized (
    select tile.tile_row, placed.row_id,
           ST_AsMVTGeom(placed.geom, ST_MakeEnvelope(:left, tile.bottom, :right, tile.top, 3857), :extent, :buffer, true) as geom
      from placed
      join unnest(cast(:rows as integer[]), cast(:bottoms as double precision[]), cast(:tops as double precision[]))
           as tile (tile_row, bottom, top)
        on placed.geom && ST_MakeEnvelope(:left - :margin, tile.bottom - :margin, :right + :margin, tile.top + :margin, 3857)
)
insert into tile_piece (layer_version_id, zoom, tile_column, tile_row, feature_row_id, geom)
select :version_id, :zoom, :column, tile_row, row_id, ST_SetSRID(geom, 0)
  from cut where geom is not null order by tile_row, row_id
"""


@dataclass(frozen=True, slots=True)
class Cut:
    """A column of tiles, the rows of it that may have features, and the system of these."""

    STEP: ClassVar[str] = "tiles "

    column: int
    rows: range
    srid: int

    @property
    def name(self) -> str:
        """What the step is called in which it is cut."""
        return f"{self.STEP}{self.column}"


def tile_columns(session: Session, model: Any, version_id: int) -> list[Cut]:  # noqa: ANN401  the table of a kind
    """Return the columns of tiles in which features of a version are.

    Parameters
    ----------
    model : mapped class
        What the features of the layer's kind are stored as, in longitude and latitude.
    """
    extent = func.ST_Extent(model.geom)
    corners = (func.ST_XMin(extent), func.ST_YMin(extent), func.ST_XMax(extent), func.ST_YMax(extent))
    present = (model.layer_version_id == version_id) & model.superseded_at.is_(None)
    west, south, east, north, srid = session.execute(
        select(*corners, func.max(func.ST_SRID(model.geom))).where(present)
    ).one()
    if west is None:
        return []
    (first_column, first_row), (last_column, last_row) = tile_at(CUT_ZOOM, west, north), tile_at(CUT_ZOOM, east, south)
    # One more on each side: their margins reach into these.
    rows = _with_next(first_row, last_row)
    return [Cut(column, rows, srid) for column in _with_next(first_column, last_column)]


def cut_column(session: WriteSession, model: Any, version_id: int, cut: Cut) -> int:  # noqa: ANN401  the table of a kind
    """Cut the features of a version that are there now into the tiles of a column, and return how many pieces there are."""
    values = {"version_id": version_id, "srid": cut.srid, **_places_of(cut.column, cut.rows)}
    result: Any = session.execute(text(_CUT.format(table=model.__table__.name)), values)
    return int(result.rowcount)


def _with_next(first: int, last: int) -> range:
    return range(max(first - 1, 0), min(last + 1, 2**CUT_ZOOM - 1) + 1)


def _places_of(column: int, rows: range) -> dict[str, Any]:
    """Return where the tiles of a column lie: in degrees with their margins, and in the plane."""
    boxes = [tile_bounds(CUT_ZOOM, column, row) for row in rows]
    west, _, east, _ = tile_degrees(CUT_ZOOM, column, rows[0])
    left, _, right, _ = boxes[0]
    margin = BUFFER / EXTENT
    return {
        "zoom": CUT_ZOOM,
        "column": column,
        "west": west - (east - west) * margin,
        "south": -LARGEST_LATITUDE,
        "east": east + (east - west) * margin,
        "north": LARGEST_LATITUDE,
        "widest": _MOST_TILES * (east - west),
        "left": left,
        "right": right,
        "margin": (right - left) * margin,
        "rows": list(rows),
        "bottoms": [bottom for _, bottom, _, _ in boxes],
        "tops": [top for _, _, _, top in boxes],
        "extent": EXTENT,
        "buffer": BUFFER,
    }
