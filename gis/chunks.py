"""Working through many targets in chunks that lie close together, with progress and cancellation."""

from collections.abc import Callable
from typing import TypeAlias, TypeVar

import geopandas as gpd
import numpy as np

from gis.arrays import GeometryArray, IntArray
from gis.errors import OverlayCancelledError
from gis.threads import ThreadTeam

__all__ = ["Progress", "spatial_chunks", "work_through_chunks"]

#: Called with what is done and the total.
Progress: TypeAlias = Callable[[int, int], None]
Result = TypeVar("Result")

_LEAST_CHUNK = 500
_CHUNKS_PER_THREAD = 4


def work_through_chunks(
    targets: GeometryArray,
    work: Callable[[IntArray, ThreadTeam], Result],
    *,
    chunk_size: int,
    threads: int | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[Result]:
    """Do some work on every target, chunk by chunk, several chunks at a time.

    Parameters
    ----------
    targets : ndarray of geometry, shape (n,)
        None of them missing or empty.
    work : callable
        Takes the positions of a chunk's targets, ascending, and a team of threads: the whole team for the only chunk, otherwise a team of one,
        because the other threads work on other chunks.
    chunk_size : int
        Most targets in a chunk; fewer where that leaves a thread without work.
    threads : int, optional
        Default: one for each processor.
    progress : callable, optional
        Called in the caller's thread after each chunk.
    cancelled : callable, optional
        Asked in the caller's thread before the first chunk and after each one.

    Returns
    -------
    list
        What ``work`` returned for each chunk.

    Raises
    ------
    ValueError
        If ``chunk_size`` or ``threads`` is less than 1.
    OverlayCancelledError
        If ``cancelled`` said so. Chunks that were begun are finished first.
    """
    total, done = len(targets), 0
    results: list[Result] = []
    _stop_if(cancelled, done, total)
    with ThreadTeam(threads) as team, ThreadTeam(1) as single:
        even_share = max(_LEAST_CHUNK, -(-total // (_CHUNKS_PER_THREAD * team.size)))
        chunks = spatial_chunks(targets, chunk_size if team.size == 1 else min(chunk_size, even_share))
        inner = team if len(chunks) == 1 else single
        outer = single if len(chunks) == 1 else team
        for chunk, result in zip(chunks, outer.stream(lambda rows: work(rows, inner), chunks), strict=True):
            results.append(result)
            done += len(chunk)
            if progress is not None:
                progress(done, total)
            if done < total:
                _stop_if(cancelled, done, total)
    return results


def _stop_if(cancelled: Callable[[], bool] | None, done: int, total: int) -> None:
    if cancelled is not None and cancelled():
        message = f"Cancelled after {done} of {total} targets."
        raise OverlayCancelledError(message)


def spatial_chunks(targets: GeometryArray, chunk_size: int) -> list[IntArray]:
    """Divide targets into chunks that lie close together, along a Hilbert curve.

    Parameters
    ----------
    targets : ndarray of geometry, shape (n,)
        None of them missing or empty.
    chunk_size : int
        At least 1.

    Returns
    -------
    list of ndarray of int64
        Positions, ascending inside a chunk. Every position occurs once.

    Raises
    ------
    ValueError
        If ``chunk_size`` is less than 1.

    Examples
    --------
    >>> import shapely
    >>> row_of_houses = shapely.points([[0, 0], [9, 0], [1, 0], [8, 0]])
    >>> [chunk.tolist() for chunk in spatial_chunks(row_of_houses, 2)]
    [[0, 2], [1, 3]]
    """
    if chunk_size < 1:
        message = f"A chunk holds at least one target, got chunk_size={chunk_size}."
        raise ValueError(message)
    order = np.arange(len(targets))
    if len(targets) > chunk_size:
        order = np.argsort(gpd.GeoSeries(targets).hilbert_distance().to_numpy(), kind="stable")
    return [np.sort(order[start : start + chunk_size]) for start in range(0, len(targets), chunk_size)]
