"""A large layer in blocks of features that lie together, each with its neighbours: what is done block by block takes as much memory as one of them."""

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray

__all__ = ["blocks_of", "with_neighbours"]


def blocks_of(boxes: FloatArray, most: int) -> list[IntArray]:
    """Deal features out into blocks by where their boxes have their middles, halving the longer side again and again.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
        xmin, ymin, xmax, ymax.
    most : int
        Features in a block.

    Returns
    -------
    list of ndarray of int64
        Rows of each block, ascending; every row is in one of them. The same boxes give the same blocks.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.array([[x, 0.0, x + 1, 1.0] for x in (0, 3, 1, 2)])
    >>> [block.tolist() for block in blocks_of(row, 2)]
    [[0, 2], [1, 3]]
    """
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    found: list[IntArray] = []
    waiting = [np.arange(len(boxes))] if len(boxes) else []
    while waiting:
        rows = waiting.pop()
        if len(rows) <= most:
            found.append(np.sort(rows))
            continue
        axis = int(np.argmax(np.ptp(middles[rows], axis=0)))
        # Sorted with the row as second key, so that equal places are always dealt out in one way.
        ordered = rows[np.lexsort((rows, middles[rows, axis]))]
        half = len(ordered) // 2
        waiting += [ordered[half:], ordered[:half]]
    return found


def with_neighbours(boxes: FloatArray, block: IntArray, *, layers: int) -> IntArray:
    """Return the rows of a block and of those around it: whose boxes meet one of the block's, and so on for as many layers.

    Parameters
    ----------
    boxes : ndarray of float64, shape (n, 4)
    block : ndarray of int64
    layers : int

    Returns
    -------
    ndarray of int64
        Ascending.

    Examples
    --------
    >>> import numpy as np
    >>> row = np.array([[x, 0.0, x + 1, 1.0] for x in range(6)])
    >>> with_neighbours(row, np.array([0, 1]), layers=2).tolist()
    [0, 1, 2, 3]
    """
    chosen = np.zeros(len(boxes), dtype=bool)
    chosen[block] = True
    newest = block
    for _ in range(layers):
        low, high = boxes[newest, :2].min(axis=0), boxes[newest, 2:].max(axis=0)
        near = np.flatnonzero(~chosen & (boxes[:, :2] <= high).all(axis=1) & (boxes[:, 2:] >= low).all(axis=1))
        newest = near[np.unique(shapely.STRtree(_drawn(boxes[near])).query(_drawn(boxes[newest]))[1])]
        if not newest.size:
            break
        chosen[newest] = True
    return np.flatnonzero(chosen)


def _drawn(boxes: FloatArray) -> GeometryArray:
    return np.asarray(shapely.box(*boxes.T), dtype=object)
