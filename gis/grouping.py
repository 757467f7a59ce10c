"""Connected groups of numbered things."""

import numpy as np

from gis.arrays import IntArray

__all__ = ["connected_groups"]


def connected_groups(count: int, first: IntArray, second: IntArray) -> IntArray:
    """Group 0 ... count - 1 by the links between them.

    Parameters
    ----------
    count : int
    first, second : ndarray of int64, shape (m,)
        The two ends of each link.

    Returns
    -------
    ndarray of int64, shape (count,)
        The lowest member of each one's group.

    Examples
    --------
    >>> import numpy as np
    >>> connected_groups(5, np.array([3, 4]), np.array([4, 1])).tolist()
    [0, 1, 2, 1, 1]
    """
    lowest = np.arange(count)
    while True:
        linked = np.minimum(lowest[first], lowest[second])
        lower = lowest.copy()
        np.minimum.at(lower, first, linked)
        np.minimum.at(lower, second, linked)
        # What the current lowest member belongs to has come down with it.
        np.minimum.at(lower, lowest, lower)
        lower = lower[lower]
        if (lower == lowest).all():
            return lowest
        lowest = lower
