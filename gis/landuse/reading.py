"""The code tables that ship with the package."""

import csv
from functools import cache
from importlib import resources


@cache
def read_table(name: str) -> tuple[dict[str, str], ...]:
    """Read a CSV file of ``gis/landuse/tables``; every cell is text, an empty cell is an empty text.

    Parameters
    ----------
    name : str
        File name.

    Returns
    -------
    tuple of dict
        One per row, in the order of the file.

    Raises
    ------
    ValueError
        When a row has more or fewer cells than the header.
    """
    text = (resources.files("gis.landuse") / "tables" / name).read_text(encoding="utf-8")
    header, *lines = csv.reader(text.splitlines())
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise ValueError(f"{name} line {number} has {len(line)} cells, its header has {len(header)}")
    return tuple(dict(zip(header, line, strict=True)) for line in lines)
