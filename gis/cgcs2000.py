"""The ellipsoid and the geographic reference system of CGCS2000 (2000国家大地坐标系).

References
----------
.. [1] GB 22021-2008《国家大地测量基本技术规定》.
"""

from typing import Final

import pyproj

__all__ = ["FLATTENING", "SEMI_MAJOR_AXIS_M", "STORAGE_CRS"]

SEMI_MAJOR_AXIS_M: Final = 6378137.0
FLATTENING: Final = 1 / 298.257222101

#: Geographic coordinates are stored in this system, as x = longitude and y = latitude.
STORAGE_CRS: Final = pyproj.CRS.from_epsg(4490)
