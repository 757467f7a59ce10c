"""How places, ranges and reference systems are written in a finding; the same in both languages."""

import numpy as np
import pyproj

from gis.arrays import FloatArray

__all__ = ["shown_epsg", "shown_extent", "shown_place", "shown_range"]

_DEGREES_BELOW = 360.0
#: No plane on earth has larger coordinates.
_PLAIN_BELOW = 1e9


def shown_range(bounds: FloatArray) -> str:
    """Write the ranges of x and y of features.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.crs_firewall.wording import shown_range
    >>> shown_range(np.array([[409706.2, 3125381.9, 409806.2, 3125481.9]]))
    'x 409706…409806, y 3125382…3125482'
    >>> shown_range(np.array([[0, 0, 1e308, 1]]))
    'x 0…1e+308, y 0…1'
    """
    west, south = (side.min() for side in bounds[:, :2].T)
    east, north = (side.max() for side in bounds[:, 2:].T)
    largest = max(np.abs([west, south, east, north]))
    form = ".4f" if largest < _DEGREES_BELOW else ".0f" if largest < _PLAIN_BELOW else ".3g"
    return f"x {west:{form}}…{east:{form}}, y {south:{form}}…{north:{form}}"


def shown_place(lon: float, lat: float) -> str:
    """Write a place.

    Examples
    --------
    >>> from gis.crs_firewall.wording import shown_place
    >>> shown_place(113.08, -28.24)
    '113.08°E 28.24°S'
    """
    return f"{abs(lon):.2f}°{'E' if lon >= 0 else 'W'} {abs(lat):.2f}°{'N' if lat >= 0 else 'S'}"


def shown_extent(bounds: tuple[float, float, float, float]) -> str:
    """Write an extent.

    Examples
    --------
    >>> from gis.crs_firewall.wording import shown_extent
    >>> shown_extent((108.7, 24.6, 114.3, 30.2))
    '108.70°E 24.60°N – 114.30°E 30.20°N'
    """
    west, south, east, north = bounds
    return f"{shown_place(west, south)} – {shown_place(east, north)}"


def shown_epsg(epsg: int | None) -> str:
    """Write a reference system by code and name.

    Examples
    --------
    >>> from gis.crs_firewall.wording import shown_epsg
    >>> shown_epsg(4547)
    'EPSG:4547 (CGCS2000 / 3-degree Gauss-Kruger CM 114E)'
    """
    return "?" if epsg is None else f"EPSG:{epsg} ({pyproj.CRS.from_epsg(epsg).name})"
