"""The garbage collector while objects are made by the thousand, as by an import or a comparison: what was there before need not be looked at for each lot of them."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["spared_collector"]


@contextmanager
def spared_collector() -> Iterator[None]:
    """Have only objects that come from now on looked at for cycles, until the end of the block.

    With the libraries of the service loaded, a look at everything takes a fifth of a second, and the objects of each chunk would cause one or two.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
