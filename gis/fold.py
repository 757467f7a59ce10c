"""The overlay of several sets of polygons, one after the other."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from gis.arrays import GeometryArray, IntArray
from gis.piece_overlay import overlay_pieces
from gis.threads import ThreadTeam
from gis.welding import weld

__all__ = ["Cells", "fold_pieces"]


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of an overlay of k sets of polygons.

    Attributes
    ----------
    geometries : ndarray of Polygon or MultiPolygon, shape (m,)
        One for each vector.
    vectors : ndarray of int64, shape (m, k)
        The polygon of each set that covers the cell, -1 where there is none.
    """

    geometries: GeometryArray
    vectors: IntArray


def fold_pieces(
    sets: Sequence[GeometryArray],
    *,
    team: ThreadTeam,
    weld_last: bool = True,
    order: Sequence[int] | None = None,
    check: Callable[[], None] = lambda: None,
    done: Callable[[], None] = lambda: None,
) -> Cells:
    """Overlay k sets of polygons, each free of overlaps within itself.

    Parameters
    ----------
    sets : sequence of k ndarrays of Polygon, MultiPolygon or None
    team : ThreadTeam
    weld_last : bool
        Whether to weld the cells after the last overlay. A caller that welds them to other polygons need not do it twice.
    order : sequence of int, optional
        The order in which the sets are taken. Default: the one with the most polygons first.
    check : callable
        Called before each block of work; it may raise to stop.
    done : callable
        Called after each of the k - 1 overlays.

    Returns
    -------
    Cells
        They share their vertices, once welded. Unless an order is named, the one in which sets are given does not matter.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> sets = [np.array([shapely.box(k, 0, k + 2, 1)], dtype=object) for k in range(3)]
    >>> with ThreadTeam(1) as team:
    ...     cells = fold_pieces(sets, team=team)
    >>> sorted(cells.vectors.tolist())
    [[-1, -1, 0], [-1, 0, 0], [0, -1, -1], [0, 0, -1]]
    """
    filled = [np.flatnonzero(~shapely.is_missing(pieces) & ~shapely.is_empty(pieces)) for pieces in sets]
    if order is None:
        order = sorted(range(len(sets)), key=lambda k: -len(filled[k]))
    geometries = sets[order[0]][filled[order[0]]]
    vectors = filled[order[0]][:, np.newaxis]
    for k in order[1:]:
        overlay = overlay_pieces(geometries, sets[k][filled[k]], team=team, check=check)
        wanted = weld_last or k != order[-1]
        geometries = weld(overlay.geometries, overlay.robust) if wanted else overlay.geometries
        vectors = np.column_stack([_taken(vectors, overlay.left), _taken(filled[k][:, np.newaxis], overlay.right)])
        kept = ~shapely.is_missing(geometries)
        geometries, vectors = geometries[kept], vectors[kept]
        done()
    columns = np.empty(len(sets), dtype=np.int64)
    columns[list(order)] = np.arange(len(sets))
    return Cells(geometries, vectors[:, columns])


def _taken(vectors: IntArray, rows: IntArray) -> IntArray:
    """Take rows, all missing where the row is -1."""
    padded = np.concatenate([vectors, np.full((1, vectors.shape[1]), -1)])
    taken: IntArray = padded[rows]
    return taken
