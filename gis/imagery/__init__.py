"""Raster evidence (影像举证): what scenes show of pieces of land, beside what was reported of them."""

from gis.imagery.change import StepChanges, find_steps
from gis.imagery.claims import (
    Basis,
    Bearing,
    BuiltFootprint,
    Claim,
    ClaimKind,
    Evidence,
    ReportedState,
    Step,
    compare_with_report,
)
from gis.imagery.errors import RasterRefusedError, UndatedRasterError
from gis.imagery.grid import RasterGrid
from gis.imagery.observations import Observation, Reading, Silence, observe
from gis.imagery.picture import encode_png, picture_surroundings
from gis.imagery.scenes import Mask, Scene, SceneKind, open_raster, read_scenes
from gis.imagery.sentences import Statement, state
from gis.imagery.thresholds import ImageryThresholds
from gis.imagery.zonal import ZonalSeries, measure_scenes

__all__ = [
    "Basis",
    "Bearing",
    "BuiltFootprint",
    "Claim",
    "ClaimKind",
    "Evidence",
    "ImageryThresholds",
    "Mask",
    "Observation",
    "RasterGrid",
    "RasterRefusedError",
    "Reading",
    "ReportedState",
    "Scene",
    "SceneKind",
    "Silence",
    "Statement",
    "Step",
    "StepChanges",
    "UndatedRasterError",
    "ZonalSeries",
    "compare_with_report",
    "encode_png",
    "find_steps",
    "measure_scenes",
    "observe",
    "open_raster",
    "picture_surroundings",
    "read_scenes",
    "state",
]
