"""Chance that depends on nothing but the seed and a key.

Every choice of the generator is a hash of the seed and of what is being decided, so that adding a thing moves no
other thing, and every machine makes the same zone.
"""

import hashlib
from collections.abc import Sequence
from typing import TypeVar

SEED = 20260630

T = TypeVar("T")


def roll(*key: object) -> float:
    """Return a number in [0, 1) for a key.

    Parameters
    ----------
    *key : object
        What is decided; its ``str`` counts, so integers and strings are good keys.

    Returns
    -------
    float

    Examples
    --------
    >>> from sample_layers.chance import roll
    >>> roll("parcel", 7) == roll("parcel", 7)
    True
    >>> 0.0 <= roll("parcel", 8) < 1.0
    True
    """
    text = "|".join(str(part) for part in (SEED, *key))
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / 2.0**53


def choose(options: Sequence[T], *key: object) -> T:
    """Return one of the options, each as likely as the others.

    Examples
    --------
    >>> from sample_layers.chance import choose
    >>> choose(["a"], "letter")
    'a'
    """
    return options[int(roll(*key) * len(options))]


def weighted(options: Sequence[tuple[T, float]], *key: object) -> T:
    """Return one of the options, each in proportion to its weight.

    Examples
    --------
    >>> from sample_layers.chance import weighted
    >>> weighted([("never", 0.0), ("always", 2.0)], "sort")
    'always'
    """
    rest = roll(*key) * sum(weight for _, weight in options)
    for option, weight in options:
        rest -= weight
        if rest < 0:
            return option
    return options[-1][0]


def whole(low: int, high: int, *key: object) -> int:
    """Return a whole number from ``low`` to ``high``, both included.

    Examples
    --------
    >>> from sample_layers.chance import whole
    >>> whole(3, 3, "storeys")
    3
    """
    return low + int(roll(*key) * (high - low + 1))
