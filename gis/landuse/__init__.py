"""Land-use code tables, zones of control areas and their colours."""

from gis.landuse.codes import (
    CodeVersion,
    ConstructionStatus,
    LandClass,
    LandUseCode,
    code_table,
    construction_status,
    lookup,
)
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import MapStyle, control_kind_style, control_zones, normalise_control_zone

__all__ = [
    "CodeVersion",
    "ConstructionStatus",
    "ControlKind",
    "LandClass",
    "LandUseCode",
    "MapStyle",
    "code_table",
    "construction_status",
    "control_kind_style",
    "control_zones",
    "lookup",
    "normalise_control_zone",
]
