"""Validity of polygons: what is wrong, the repair with its report, and what occurs twice."""

from gis.duplicates import find_duplicate_geometries
from gis.faults import FAULT_COLUMNS, REFUSED_KINDS, FaultKind, inspect_geometries
from gis.repair import RepairOutcome, RepairReport, repair_geometries

__all__ = [
    "FAULT_COLUMNS",
    "REFUSED_KINDS",
    "FaultKind",
    "RepairOutcome",
    "RepairReport",
    "find_duplicate_geometries",
    "inspect_geometries",
    "repair_geometries",
]
