"""Plots out of tables with one corner point a row."""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, Final

import numpy as np
import shapely

from gis.arrays import FloatArray
from gis.formats.boundary_points.rings import polygon_of_rings
from gis.formats.cells import is_empty
from gis.formats.table_headers import CornerLayout

__all__ = ["CornerPlot", "is_northing_first", "read_plots"]

# Where northings and eastings of China lie in metres (18 to 54 degrees north; eastings without zone number, and with one of
# 13 to 45), and its longitudes and latitudes.
_NORTHINGS: Final = (1.8e6, 6.1e6)
_EASTINGS: Final = ((1e5, 9.5e5), (13e6, 46e6))
_LONGITUDES: Final = (73.0, 136.0)
_LATITUDES: Final = (3.0, 54.0)


@dataclass(slots=True)
class CornerPlot:
    """The rows of one plot.

    Attributes
    ----------
    rows : list of sequence
        As they stand in the table, without the coordinates.
    rings : dict
        Number of the ring to its coordinates: first column, second column, of one corner after another.
    fault : str or None
        What is wrong with the first row that cannot be used.
    """

    rows: list[Sequence[Any]] = field(default_factory=list)
    rings: dict[str, "array[float]"] = field(default_factory=dict)
    fault: str | None = None

    def wkb(self, *, northing_first: bool) -> bytes:
        """Return the polygon (x = easting) as WKB, or in words why there is none.

        Two corners make a line and one a point, which no one takes for a plot but everyone can look at.
        """
        if self.fault is not None:
            return self.fault.encode()
        rings = [_ring(places, northing_first=northing_first) for places in self.rings.values()]
        distinct = [len(np.unique(ring, axis=0)) for ring in rings]
        if min(distinct) >= 3:
            return bytes(shapely.to_wkb(polygon_of_rings(rings)))
        if len(rings) == 1:
            only: shapely.Geometry = shapely.Point(rings[0][0]) if distinct[0] == 1 else shapely.LineString(rings[0])
            return bytes(shapely.to_wkb(only))
        return f"a ring has {min(distinct)} different corners, expected 3 or more".encode()


def read_plots(rows: Iterable[Sequence[Any]], layout: CornerLayout) -> dict[str, CornerPlot]:
    """Gather the rows of each plot, in the order of their first rows; corners keep their order in the table.

    A row that leaves the number of its plot or ring empty belongs to the one above, as in merged cells. Texts that a row repeats from the one before
    are held once.

    Parameters
    ----------
    rows : iterable of sequence
        The whole table.
    layout : CornerLayout
    """
    plots: dict[str, CornerPlot] = {}
    name = ring = ""
    for number, row in _data_rows(rows, layout):
        said, said_ring = _text(row, layout.plot), _text(row, layout.ring)
        ring = said_ring or (ring if said in {"", name} else "")
        name = said or name
        plot = plots.setdefault(name, CornerPlot())
        plot.rows.append(_without_place(row, layout))
        if (place := _place(row, layout)) is None:
            shown = f"{_text(row, layout.first)!r}, {_text(row, layout.second)!r}"
            plot.fault = plot.fault or f"row {number}: found {shown}, expected two coordinates"
        else:
            plot.rings.setdefault(ring, array("d")).extend(place)
    return plots


def _data_rows(rows: Iterable[Sequence[Any]], layout: CornerLayout) -> Iterator[tuple[int, Sequence[Any]]]:
    before: Sequence[Any] = ()
    for number, row in enumerate(islice(rows, layout.header_row + 1, None), start=layout.header_row + 2):
        if not all(is_empty(cell) for cell in row):
            before = tuple(_held(row, before))
            yield number, before


def _without_place(row: Sequence[Any], layout: CornerLayout) -> Sequence[Any]:
    return tuple(None if position in (layout.first, layout.second) else cell for position, cell in enumerate(row))


def _held(row: Sequence[Any], before: Sequence[Any]) -> Iterator[Any]:
    for cell, former in zip_longest(row, before[: len(row)]):
        yield former if cell == former and type(cell) is type(former) else cell


def _text(row: Sequence[Any], position: int | None) -> str:
    cell = row[position] if position is not None and position < len(row) else None
    if isinstance(cell, float) and cell.is_integer():
        return f"{cell:.0f}"
    return "" if cell is None else str(cell).strip()


def _place(row: Sequence[Any], layout: CornerLayout) -> tuple[float, float] | None:
    try:
        first, second = float(_text(row, layout.first)), float(_text(row, layout.second))
    except ValueError:
        return None
    return (first, second) if np.isfinite([first, second]).all() else None


def _ring(places: "array[float]", *, northing_first: bool) -> FloatArray:
    coordinates = np.array(places).reshape(-1, 2)
    return coordinates[:, ::-1] if northing_first else coordinates


def is_northing_first(plots: Mapping[str, CornerPlot]) -> bool:
    """Tell from the values whether the columns X and Y are northing and easting, as surveyors in China write them.

    Where the values lie in no such range, X is the easting.
    """
    rings = [np.array(ring).reshape(-1, 2) for plot in plots.values() for ring in plot.rings.values()]
    if not rings:
        return False
    places = np.concatenate(rings)
    first, second = np.median(places, axis=0)
    if _between(first, _NORTHINGS) and any(_between(second, range_) for range_ in _EASTINGS):
        return True
    return _between(first, _LATITUDES) and _between(second, _LONGITUDES)


def _between(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
