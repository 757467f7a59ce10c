"""Working through many targets in chunks, with progress and cancellation."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

import geopandas as gpd
import numpy as np

from gis.arrays import GeometryArray, IntArray
from gis.errors import OverlayCancelledError

__all__ = ["Progress", "chunks_in_spatial_order"]

#: Called with what is done and the total.
Progress: TypeAlias = Callable[[int, int], None]


def chunks_in_spatial_order(
    targets: GeometryArray,
    chunk_size: int,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[IntArray]:
    """Yield the positions of targets in chunks that lie close together, asking before each chunk and reporting after it.

    Parameters
    ----------
    targets : ndarray of geometry, shape (n,)
        None of them missing or empty.
    chunk_size : int
        At least 1.
    progress : callable, optional
    cancelled : callable, optional

    Yields
    ------
    ndarray of int64
        Ascending inside a chunk. Every position occurs once.

    Raises
    ------
    ValueError
        If ``chunk_size`` is less than 1.
    OverlayCancelledError
        If ``cancelled`` said so.

    Examples
    --------
    >>> import shapely
    >>> row_of_houses = shapely.points([[0, 0], [9, 0], [1, 0], [8, 0]])
    >>> [chunk.tolist() for chunk in chunks_in_spatial_order(row_of_houses, 2)]
    [[0, 2], [1, 3]]
    """
    if chunk_size < 1:
        message = f"A chunk holds at least one target, got chunk_size={chunk_size}."
        raise ValueError(message)
    order = np.arange(len(targets))
    if len(targets) > chunk_size:
        order = np.argsort(gpd.GeoSeries(targets).hilbert_distance().to_numpy(), kind="stable")
    for start in range(0, len(targets), chunk_size):
        if cancelled is not None and cancelled():
            message = f"Cancelled after {start} of {len(targets)} targets."
            raise OverlayCancelledError(message)
        yield np.sort(order[start : start + chunk_size])
        if progress is not None:
            progress(min(start + chunk_size, len(targets)), len(targets))
