"""Set operations on arrays of polygons that survive the rows on which GEOS fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray
from gis.threads import ThreadTeam

__all__ = ["RowResults", "apply_to_rows", "union_of_parts"]


@dataclass(frozen=True, slots=True)
class RowResults:
    """The result of :func:`apply_to_rows` for n rows.

    Attributes
    ----------
    geometries : ndarray of geometry or None, shape (n,)
        None where GEOS failed.
    grid_size_m : ndarray of float64, shape (n,)
        The grid that a second attempt was made on, NaN for the usual full precision.
    failures : dict
        Position of each row that failed, with the message of GEOS.
    """

    geometries: GeometryArray
    grid_size_m: FloatArray
    failures: dict[int, str] = field(default_factory=dict)


def apply_to_rows(
    operation: Callable[..., GeometryArray],
    *operands: GeometryArray,
    team: ThreadTeam,
    grid_size: float | None = None,
) -> RowResults:
    """Apply a vectorised set operation of Shapely in threads, row by row where GEOS fails.

    Parameters
    ----------
    operation : callable
        For example ``shapely.intersection``: takes the operands and the keyword ``grid_size``.
    *operands : ndarray of geometry, shape (n,) each
        Valid polygons in the same plane.
    team : ThreadTeam
    grid_size : float, optional
        Where GEOS fails at full precision, try once more with coordinates on this grid. Default: do not.

    Returns
    -------
    RowResults
        A failure of one row leaves the others as they are.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> squares = np.array([shapely.box(0, 0, 2, 2), shapely.box(5, 5, 6, 6)], dtype=object)
    >>> with ThreadTeam(1) as team:
    ...     result = apply_to_rows(shapely.intersection, squares, squares[::-1].copy(), team=team)
    >>> [part.is_empty for part in result.geometries], result.failures
    ([True, True], {})
    """
    count = len(operands[0])
    result = RowResults(np.full(count, None, dtype=object), np.full(count, np.nan))

    def attempt(rows: slice) -> None:
        try:
            result.geometries[rows] = operation(*(operand[rows] for operand in operands), grid_size=None)
        except shapely.errors.GEOSException as error:
            if rows.stop - rows.start > 1:
                middle = (rows.start + rows.stop) // 2
                attempt(slice(rows.start, middle))
                attempt(slice(middle, rows.stop))
            else:
                attempt_on_grid(rows, str(error))

    def attempt_on_grid(row: slice, reason: str) -> None:
        if grid_size is None:
            result.failures[row.start] = reason
            return
        try:
            result.geometries[row] = operation(*(operand[row] for operand in operands), grid_size=grid_size)
            result.grid_size_m[row] = grid_size
        except shapely.errors.GEOSException as error:
            result.failures[row.start] = str(error)

    team.map_slices(attempt, count, per_thread=8)
    return result


def union_of_parts(parts: GeometryArray, *, grid_size: float | None = None) -> GeometryArray:
    """Unite the parts in each row of a table, as an operation for :func:`apply_to_rows`.

    Those that do not meet are left as they are, which a union tells only after it has looked for their crossings.

    Parameters
    ----------
    parts : ndarray of geometry or None, shape (n, k)
        At least one in each row. A collection counts as one part.
    grid_size : float, optional
        Default: full double precision.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> halves = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), None]
    >>> union_of_parts(np.array([halves], dtype=object))[0].area
    2.0
    """
    if grid_size is None:
        return np.asarray(shapely.disjoint_subset_union_all(parts, axis=1), dtype=object)
    return np.asarray(shapely.union_all(parts, axis=1, grid_size=grid_size), dtype=object)
