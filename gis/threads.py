"""Running GEOS on all cores: Shapely lets go of the interpreter's lock while it works on an array."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from types import TracebackType
from typing import Self, TypeVar

__all__ = ["THREAD_NAME", "ThreadTeam"]

# What the names of a team's threads begin with, for whoever looks at a process from outside.
THREAD_NAME = "gis"

Item = TypeVar("Item")
Result = TypeVar("Result")


class ThreadTeam:
    """A few threads that work through the slices of an array.

    Parameters
    ----------
    size : int, optional
        Number of threads, by default one for each processor. With 1 everything runs in the caller's own thread.

    Examples
    --------
    >>> with ThreadTeam(2) as team:
    ...     sums = team.map_slices(lambda part: sum(range(1000)[part]), 1000)
    >>> sum(sums)
    499500
    """

    def __init__(self, size: int | None = None) -> None:
        self.size = (os.cpu_count() or 1) if size is None else size
        if self.size < 1:
            message = f"A team needs at least one thread, got {size}."
            raise ValueError(message)
        self._executor = ThreadPoolExecutor(self.size, THREAD_NAME) if self.size > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._executor is not None:
            self._executor.shutdown(cancel_futures=True)

    def map_slices(
        self, function: Callable[[slice], Result], count: int, *, per_thread: int = 1, least: int = 32
    ) -> list[Result]:
        """Call a function with consecutive slices of ``range(count)`` and return its results in their order.

        Parameters
        ----------
        function : callable
            Takes a slice.
        count : int
            Length of what is sliced. With 0 the function is not called.
        per_thread : int
            How many slices each thread gets on average: 1 for state that only one thread may touch, more to even out unequal work.
        least : int
            A slice is not made shorter than this.
        """
        pieces = max(1, min(self.size * per_thread, count // least))
        bounds = [count * k // pieces for k in range(pieces + 1)]
        slices = [slice(start, stop) for start, stop in pairwise(bounds) if stop > start]
        if self._executor is None or len(slices) == 1:
            return [function(part) for part in slices]
        return list(self._executor.map(function, slices))

    def stream(self, function: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Call a function with each item in threads and yield its results in order.

        No more than one item beyond the size of the team is taken ahead of what was yielded, so that results do not pile up.
        """
        if self._executor is None:
            yield from map(function, items)
            return
        pending: deque[Future[Result]] = deque()
        for item in items:
            pending.append(self._executor.submit(function, item))
            if len(pending) > self.size:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
