"""How long work says how far it is."""

from collections.abc import Callable

#: Called with (done, total); both may grow, and the unit is the work's own.
Progress = Callable[[int, int], None]


def unheard(_done: int, _total: int) -> None:
    """Report to nobody."""
