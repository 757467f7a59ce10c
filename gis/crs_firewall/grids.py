"""Zones of the national grid: recognised by their parameters, whatever a ``.prj`` calls them, and given as EPSG codes.

References
----------
.. [1] GB 22021-2008; EPSG 4491-4554: CGCS2000 Gauss-Krueger in zones of 3 and 6 degrees, with the zone number in the easting or without.
"""

import math
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import pyproj

from gis.crs import require_exact_path
from gis.errors import CRSRefusedError

__all__ = ["GaussKruegerGrid", "grid_of", "names_old_datum", "plain_grid_epsg", "prefixed_grid_epsg", "recognise_epsg"]

_FALSE_EASTING_M: Final = 500_000.0
_PREFIX_UNIT_M: Final = 1_000_000.0
_FIRST_MERIDIAN, _LAST_MERIDIAN = 75, 135
_THREE_DEGREE_ZONES: Final = range(25, 46)
_SIX_DEGREE_ZONES: Final = range(13, 24)
_OLD_DATUM: Final = re.compile(
    r"xi.?an.?(19)?80|beijing.?(19)?54|pulkovo|krassov|krasov|西安.?(19)?80|北京.?(19)?54|1954.?北京|1980.?西安",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class GaussKruegerGrid:
    """The parameters of a zone: central meridian in degrees, width in degrees, and the zone number in its eastings (None without)."""

    central_meridian: int
    width_deg: int
    zone: int | None


@lru_cache(maxsize=64)
def grid_of(crs: pyproj.CRS) -> GaussKruegerGrid | None:
    """Tell which zone of the national grid a reference system is.

    Returns
    -------
    GaussKruegerGrid or None
        None for everything that is not Gauss-Krueger in metres with a whole central meridian of the grid, on CGCS2000 or WGS 84.

    Examples
    --------
    >>> import pyproj
    >>> from gis.crs_firewall.grids import grid_of
    >>> grid_of(pyproj.CRS("EPSG:4526"))
    GaussKruegerGrid(central_meridian=114, width_deg=3, zone=38)
    >>> grid_of(pyproj.CRS("+proj=tmerc +lon_0=114 +x_0=500000 +ellps=GRS80 +datum=WGS84"))
    GaussKruegerGrid(central_meridian=114, width_deg=3, zone=None)
    """
    try:
        require_exact_path(crs)
    except CRSRefusedError:
        return None
    operation = crs.coordinate_operation
    if not crs.is_projected or operation is None or crs.axis_info[0].unit_name not in {"metre", "meter"}:
        return None
    if operation.method_name != "Transverse Mercator":
        return None
    named = {parameter.name: float(parameter.value) for parameter in operation.params}
    meridian = named.get("Longitude of natural origin", math.nan)
    fixed = {"Latitude of natural origin": 0.0, "Scale factor at natural origin": 1.0, "False northing": 0.0}
    if any(named.get(name) != value for name, value in fixed.items()):
        return None
    if meridian % 3 or not _FIRST_MERIDIAN <= meridian <= _LAST_MERIDIAN:
        return None
    return _grid(int(meridian), named.get("False easting", math.nan), crs.name)


def _grid(meridian: int, false_easting: float, name: str) -> GaussKruegerGrid | None:
    prefix = (false_easting - _FALSE_EASTING_M) / _PREFIX_UNIT_M
    if prefix == 0:
        six = meridian % 6 == 3 and "Gauss-Kruger CM" in name and "3-degree" not in name
        return GaussKruegerGrid(meridian, 6 if six else 3, None)
    if prefix * 3 == meridian:
        return GaussKruegerGrid(meridian, 3, int(prefix))
    if prefix * 6 - 3 == meridian:
        return GaussKruegerGrid(meridian, 6, int(prefix))
    return None


def prefixed_grid_epsg(zone: int) -> int | None:
    """Return the EPSG code of the zone whose number stands before the easting; the numbers of both widths do not overlap.

    Examples
    --------
    >>> from gis.crs_firewall.grids import prefixed_grid_epsg
    >>> prefixed_grid_epsg(38), prefixed_grid_epsg(20), prefixed_grid_epsg(7)
    (4526, 4498, None)
    """
    if zone in _THREE_DEGREE_ZONES:
        return 4488 + zone
    return 4491 + zone - _SIX_DEGREE_ZONES.start if zone in _SIX_DEGREE_ZONES else None


def plain_grid_epsg(central_meridian: int) -> int | None:
    """Return the EPSG code of the 3-degree zone without number by its central meridian.

    Examples
    --------
    >>> from gis.crs_firewall.grids import plain_grid_epsg
    >>> plain_grid_epsg(114), plain_grid_epsg(113)
    (4547, None)
    """
    if central_meridian % 3 or not _FIRST_MERIDIAN <= central_meridian <= _LAST_MERIDIAN:
        return None
    return 4534 + (central_meridian - _FIRST_MERIDIAN) // 3


def recognise_epsg(crs: pyproj.CRS) -> int | None:
    """Return the EPSG code of a reference system on CGCS2000, also of the variants that ESRI and surveying software write.

    Returns
    -------
    int or None
        4490 or one of 4491-4554; None for anything else, also for a system on WGS 84.

    Examples
    --------
    >>> import pyproj
    >>> from gis.crs_firewall import recognise_epsg
    >>> recognise_epsg(pyproj.CRS(pyproj.CRS("EPSG:4526").to_wkt("WKT1_ESRI")))
    4526
    """
    try:
        base = require_exact_path(crs)
    except CRSRefusedError:
        return None
    if base.to_epsg() != 4490:
        return None
    if crs.is_geographic:
        return 4490 if crs.axis_info[0].unit_name.lower() == "degree" and len(crs.axis_info) == 2 else None
    grid = grid_of(crs)
    return None if grid is None else _epsg_of(grid)


def _epsg_of(grid: GaussKruegerGrid) -> int | None:
    if grid.zone is not None:
        return prefixed_grid_epsg(grid.zone)
    if grid.width_deg == 6:
        return 4502 + (grid.central_meridian - _FIRST_MERIDIAN) // 6
    return plain_grid_epsg(grid.central_meridian)


def names_old_datum(text: str) -> bool:
    """Tell whether a name speaks of Xi'an 1980 or Beijing 1954.

    Examples
    --------
    >>> from gis.crs_firewall.grids import names_old_datum
    >>> [names_old_datum(name) for name in ("Xian_1980_3_Degree_GK_CM_117E", "Beijing_1954_GK_Zone_20N", "CGCS2000_GK_CM_117E")]
    [True, True, False]
    """
    return _OLD_DATUM.search(text) is not None
