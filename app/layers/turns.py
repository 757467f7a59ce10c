"""The interpreter's lock among threads of which some compute in Python and others come back from GEOS, PROJ and NumPy for a moment each."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["short_turns"]

_USUAL: Final = sys.getswitchinterval()
_SHORT_S: Final = 0.0005


@contextmanager
def short_turns() -> Iterator[None]:
    """Have a thread that wants the lock wait half a millisecond for it at most, instead of five, until the end of the block.

    A thread that settles or compares features wants it some hundred times for each chunk. While it waits, its processor has nothing to do.
    """
    sys.setswitchinterval(_SHORT_S)
    try:
        yield
    finally:
        sys.setswitchinterval(_USUAL)
