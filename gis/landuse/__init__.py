"""Land-use code tables, zones of control areas and their colours."""

from gis.landuse.codes import (
    CodeVersion,
    ConstructionStatus,
    LandClass,
    LandUseCode,
    code_table,
    construction_status,
    lookup,
    nearest_code,
)
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import MapStyle, control_kind_style, control_zones, normalise_control_zone
from gis.landuse.crosswalk import Translation, translate_code

__all__ = [
    "CodeVersion",
    "ConstructionStatus",
    "ControlKind",
    "LandClass",
    "LandUseCode",
    "MapStyle",
    "Translation",
    "code_table",
    "construction_status",
    "control_kind_style",
    "control_zones",
    "lookup",
    "nearest_code",
    "normalise_control_zone",
    "translate_code",
]
