"""The garbage collector while objects are made by the thousand, as by an import or a comparison: what was there before need not be looked at for each lot of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

__all__ = ["spared_collector"]

_USUAL: Final = gc.get_threshold()
#: New objects after which is looked for cycles.
_OBJECTS: Final = 100_000


@contextmanager
def spared_collector() -> Iterator[None]:
    """Have only objects that come from now on looked at for cycles, and those seldom, until the end of the block.

    With the libraries of the service loaded, a look at everything takes a fifth of a second, and the objects of each chunk would cause one or two.
    Geometries, which cannot be part of a cycle, are counted as well, so that the usual threshold is reached some thousand times in an import.
    """
    gc.freeze()
    gc.set_threshold(_OBJECTS, *_USUAL[1:])
    try:
        yield
    finally:
        gc.set_threshold(*_USUAL)
        gc.unfreeze()
