"""The 3-degree Gauss-Krueger zones of CGCS2000, in which surveys are drawn and distances are measured.

References
----------
.. [1] EPSG 4513 to 4533 (eastings with the zone number) and 4534 to 4554 (without).
"""

from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyproj
from pyproj.crs import ProjectedCRS
from pyproj.crs.coordinate_operation import TransverseMercatorConversion

from gis.arrays import IntArray
from gis.cgcs2000 import STORAGE_CRS
from gis.errors import CRSRefusedError, GeometryRefusedError

__all__ = ["gauss_kruger_crs", "gauss_kruger_epsg", "gauss_kruger_zone", "gauss_kruger_zones", "local_projected_crs"]

_FIRST_EPSG_ZONE: Final = 25
_LAST_EPSG_ZONE: Final = 45


def gauss_kruger_zones(longitudes: npt.ArrayLike) -> IntArray:
    """Return the 3-degree zone of each longitude: zone z has the central meridian 3z, its western edge belongs to it.

    Parameters
    ----------
    longitudes : array_like of float, shape (n,)
        Degrees, finite.

    Returns
    -------
    ndarray of int64, shape (n,)

    Examples
    --------
    >>> gauss_kruger_zones([113.08, 118.37, 118.5]).tolist()
    [38, 39, 40]
    """
    zones: IntArray = np.floor((np.asarray(longitudes, dtype=np.float64) + 1.5) / 3).astype(np.int64)
    return zones


def gauss_kruger_zone(lon: float) -> int:
    """Return the 3-degree zone of one longitude in degrees, see :func:`gauss_kruger_zones`.

    Examples
    --------
    >>> gauss_kruger_zone(119.89)
    40
    """
    return int(gauss_kruger_zones([lon])[0])


def gauss_kruger_epsg(zone: int, *, prefixed: bool = False) -> int:
    """Return the EPSG code of a 3-degree CGCS2000 Gauss-Krueger zone.

    Parameters
    ----------
    zone : int
        25 (central meridian 75 E) to 45 (135 E).
    prefixed : bool
        Whether eastings carry the zone number (8 digits, ``CGCS2000 / 3-degree Gauss-Kruger zone 38``) or not (6 digits, ``CM 114E``).

    Raises
    ------
    CRSRefusedError
        If EPSG names no such zone.

    Examples
    --------
    >>> gauss_kruger_epsg(38), gauss_kruger_epsg(38, prefixed=True)
    (4547, 4526)
    """
    if not _FIRST_EPSG_ZONE <= zone <= _LAST_EPSG_ZONE:
        message = f"EPSG names the 3-degree zones {_FIRST_EPSG_ZONE} to {_LAST_EPSG_ZONE} of CGCS2000; there is none for zone {zone}."
        raise CRSRefusedError(message)
    return 4488 + zone if prefixed else 4509 + zone


@lru_cache(maxsize=128)
def gauss_kruger_crs(zone: int) -> pyproj.CRS:
    """Return the transverse Mercator of a 3-degree zone, eastings without the zone number.

    It is the EPSG zone where one exists, and elsewhere on the globe the same projection by formula.

    Examples
    --------
    >>> gauss_kruger_crs(38).to_epsg()
    4547
    >>> gauss_kruger_crs(0).to_epsg() is None
    True
    """
    if _FIRST_EPSG_ZONE <= zone <= _LAST_EPSG_ZONE:
        return pyproj.CRS.from_epsg(gauss_kruger_epsg(zone))
    conversion = TransverseMercatorConversion(
        latitude_natural_origin=0.0,
        longitude_natural_origin=3.0 * zone,
        false_easting=500_000.0,
        scale_factor_natural_origin=1.0,
    )
    name = f"CGCS2000 / 3-degree Gauss-Kruger CM {3 * zone}"
    return pyproj.CRS.from_user_input(ProjectedCRS(conversion=conversion, name=name, geodetic_crs=STORAGE_CRS))


def local_projected_crs(lon: float, lat: float) -> pyproj.CRS:
    """Return the projected system in which distances and buffers around a place are measured: its own 3-degree zone.

    Parameters
    ----------
    lon, lat : float
        A place in degrees, for example the centre of a site.

    Raises
    ------
    GeometryRefusedError
        If there is no such place.

    Examples
    --------
    >>> local_projected_crs(118.37, 31.31).to_epsg()
    4548
    """
    if not (abs(lon) <= 180 and abs(lat) <= 90):
        message = f"(lon {lon}, lat {lat}) is not a place on the globe."
        raise GeometryRefusedError(message)
    return gauss_kruger_crs(gauss_kruger_zone(lon))
