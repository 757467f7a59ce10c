"""The map of a printed sheet: a scale that fits, the drawing at that scale, and the boundary points with their coordinates."""

from gis.sheet_map.boundary import BoundaryPoint, boundary_points
from gis.sheet_map.drawing import MapLayer, SheetMap, draw_sheet_map
from gis.sheet_map.frame import MapFrame, fit_frame, round_length

__all__ = [
    "BoundaryPoint",
    "MapFrame",
    "MapLayer",
    "SheetMap",
    "boundary_points",
    "draw_sheet_map",
    "fit_frame",
    "round_length",
]
