"""GCJ-02 and BD-09: the shifts of Chinese web maps, to recognise data that carry them. Nothing is ever measured in them.

References
----------
.. [1] The formulas as published in open source since 2013 (eviltransform, coordtransform); they agree with the shifted maps to about a metre.
"""

from typing import Final

import numpy as np

from gis.arrays import FloatArray

__all__ = ["bd09_of", "gcj02_of", "without_shift"]

# Krassovsky's ellipsoid, as the formula has it.
_A: Final = 6378245.0
_EE: Final = 0.00669342162296594323
_BD_TURN: Final = np.pi * 3000 / 180
_BD_OFFSET_DEG: Final = (0.0065, 0.006)
_STEPS: Final = 4


def gcj02_of(places: FloatArray) -> FloatArray:
    """Return where GCJ-02 puts places.

    Parameters
    ----------
    places : ndarray of float64, shape (n, 2)
        (lon, lat) in degrees on WGS 84 or CGCS2000, in China.

    Returns
    -------
    ndarray of float64, shape (n, 2)
        100 to 700 m away.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.crs_firewall.map_shifts import gcj02_of
    >>> gcj02_of(np.array([[116.404, 39.915]])).round(6).tolist()
    [[116.410244, 39.916404]]
    """
    x, y = places[:, 0] - 105.0, places[:, 1] - 35.0
    ripple = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x)) + ripple
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi * y / 3)) * 2 / 3
    north += (160 * np.sin(np.pi * y / 12) + 320 * np.sin(np.pi * y / 30)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x)) + ripple
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi * x / 3)) * 2 / 3
    east += (150 * np.sin(np.pi * x / 12) + 300 * np.sin(np.pi * x / 30)) * 2 / 3
    latitude = np.radians(places[:, 1])
    magic = 1 - _EE * np.sin(latitude) ** 2
    along_meridian = _A * (1 - _EE) / (magic * np.sqrt(magic))
    along_parallel = _A / np.sqrt(magic) * np.cos(latitude)
    shifted: FloatArray = places + np.degrees(np.column_stack([east / along_parallel, north / along_meridian]))
    return shifted


def bd09_of(places: FloatArray) -> FloatArray:
    """Return where BD-09 puts places; see :func:`gcj02_of`.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.crs_firewall.map_shifts import bd09_of
    >>> bd09_of(np.array([[116.404, 39.915]])).round(6).tolist()
    [[116.416627, 39.9227]]
    """
    shifted = gcj02_of(places)
    x, y = shifted[:, 0], shifted[:, 1]
    radius = np.hypot(x, y) + 0.00002 * np.sin(y * _BD_TURN)
    angle = np.arctan2(y, x) + 0.000003 * np.cos(x * _BD_TURN)
    turned: FloatArray = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + np.array(_BD_OFFSET_DEG)
    return turned


def without_shift(shifted: FloatArray, *, bd09: bool) -> FloatArray:
    """Return the places that a shift has put here, for comparison with a reference only.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.crs_firewall.map_shifts import bd09_of, without_shift
    >>> place = np.array([[113.08, 28.24]])
    >>> bool(np.abs(without_shift(bd09_of(place), bd09=True) - place).max() < 1e-9)
    True
    """
    forward = bd09_of if bd09 else gcj02_of
    places = shifted.copy()
    for _ in range(_STEPS):
        places = places - (forward(places) - shifted)
    return places
