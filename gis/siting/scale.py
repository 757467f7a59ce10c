"""Scale of the Gauss-Krueger projection: at the edge of a zone a metre on the ground is drawn up to 0.3 mm too long."""

import numpy as np
import pyproj

from gis.arrays import FloatArray, IntArray
from gis.gauss_kruger import gauss_kruger_crs

__all__ = ["point_scale"]


def point_scale(lon: FloatArray, lat: FloatArray, zone: IntArray) -> FloatArray:
    """Return how many metres of a zone's projection a metre on the ellipsoid is; the same in every direction.

    Parameters
    ----------
    lon, lat : ndarray of float64, shape (n,)
        Degrees.
    zone : ndarray of int64, shape (n,)
        3-degree zone in which each place is drawn.

    Returns
    -------
    ndarray of float64, shape (n,)

    Examples
    --------
    >>> import numpy as np
    >>> point_scale(np.array([114.0, 115.4]), np.array([28.0, 28.0]), np.array([38, 38])).round(6).tolist()
    [1.0, 1.000234]
    """
    scale = np.ones(len(lon))
    for each in np.unique(zone):
        members = zone == each
        factors = pyproj.Proj(gauss_kruger_crs(int(each))).get_factors(lon[members], lat[members])
        scale[members] = factors.meridional_scale
    return scale
