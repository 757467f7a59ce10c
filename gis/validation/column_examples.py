"""A few values of every column of a delivery: whoever says which column gives which field sees what is in it."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from gis.layer_contracts.columns import as_text

__all__ = ["column_examples"]

_KEPT: Final = 3
_LONGEST: Final = 40


def column_examples(attributes: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Take the first different values of each column, as text.

    Parameters
    ----------
    attributes : sequence of mapping
        The attributes of some features, such as the first of a file.

    Returns
    -------
    dict of str to list of str
        At most three values of a column, each cut after 40 characters; a column of nothing but empty values has none.

    Examples
    --------
    >>> from gis.validation.column_examples import column_examples
    >>> column_examples([{"DLBM": "0601", "BZ": None}, {"DLBM": "0601", "BZ": " "}, {"DLBM": 701.0, "BZ": None}])
    {'DLBM': ['0601', '701'], 'BZ': []}
    """
    found: dict[str, dict[str, None]] = {}
    for feature in attributes:
        for name, value in feature.items():
            kept = found.setdefault(name, {})
            if len(kept) < _KEPT and (text := as_text(value)) is not None:
                kept[text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"] = None
    return {name: list(kept) for name, kept in found.items()}
