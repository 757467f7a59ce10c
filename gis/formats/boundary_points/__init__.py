"""Boundary-point files (勘测定界界址点坐标 TXT), in which surveyors and land bureaus exchange the plots of a project.

Reading never fails over what is in a file: every fault is named with its line, and a plot that cannot be used is returned as such.

References
----------
.. [1] 国土资源部 exchange format of boundary points, versions 1.00 and 1.01: [属性描述], [地块坐标]; X is the northing, Y the easting with the
   number of its zone.
"""

from gis.formats.boundary_points.model import (
    BoundaryPlot,
    BoundaryPoint,
    BoundaryPointFault,
    BoundaryPointFaultKind,
    BoundaryPointFile,
    HeadAttribute,
    PlotKind,
    PlotRecord,
)
from gis.formats.boundary_points.reading import AREA_TOLERANCE, read_boundary_points
from gis.formats.boundary_points.writing import BoundaryPointHead, write_boundary_points

__all__ = [
    "AREA_TOLERANCE",
    "BoundaryPlot",
    "BoundaryPoint",
    "BoundaryPointFault",
    "BoundaryPointFaultKind",
    "BoundaryPointFile",
    "BoundaryPointHead",
    "HeadAttribute",
    "PlotKind",
    "PlotRecord",
    "read_boundary_points",
    "write_boundary_points",
]
