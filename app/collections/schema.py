"""What a schema of features says: kinds of collections, types, properties. Those of each kind are in ``kinds``."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Column, ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from app.db.models import (
    ClearanceItem,
    ControlArea,
    Finding,
    IdleCase,
    LandFinding,
    OverlayPair,
    Parcel,
    PlanCell,
    PlanFaultRow,
    PlanPatch,
    PlanZone,
    ReferenceFeature,
    VectorFeature,
)

FeatureModel = (
    type[Parcel]
    | type[PlanZone]
    | type[ControlArea]
    | type[ReferenceFeature]
    | type[VectorFeature]
    | type[Finding]
    | type[IdleCase]
    | type[LandFinding]
    | type[PlanPatch]
    | type[PlanCell]
    | type[PlanFaultRow]
    | type[ClearanceItem]
    | type[OverlayPair]
)
Expression = ColumnElement[Any] | InstrumentedAttribute[Any]


class CollectionKind(StrEnum):
    """What the features of a collection are: those of a layer, or results."""

    PARCEL = "parcel"
    PLAN = "plan"
    CONTROL_AREA = "control_area"
    REFERENCE = "reference"
    VECTOR = "vector"
    FINDING = "finding"
    IDLE_CASE = "idle_case"
    LAND_FINDING = "land_finding"
    PLAN_PATCH = "plan_patch"
    PLAN_CELL = "plan_cell"
    PLAN_FAULT = "plan_fault"
    CLEARANCE_ITEM = "clearance_item"
    OVERLAY_PAIR = "overlay_pair"


class PropertyType(StrEnum):
    """Type of a property's values."""

    STRING = "string"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    STRINGS = "strings"
    OBJECT = "object"


# How filters name the geometry of a feature.
GEOMETRY = "geometry"

# The same for every feature of a tile, or nothing that a map shows.
NOT_IN_TILES = frozenset(
    {
        "area_planar_m2",
        "layer_version_id",
        "check_run_id",
        "idle_scan_id",
        "land_scan_id",
        "period",
        "as_of",
        "plan_comparison_id",
        "plan_fault_run_id",
        "overlay_run_id",
    }
)
# Decisions change a row in place, and the tag of a tile tells of new rows only.
NOT_IN_TILES |= {
    "clearance_run_id",
    "still_found",
    "legal_status",
    "plan_year",
    "method",
    "progress",
    "cleared_on",
    "state",
    "decided_plan",
    "decided_code",
    "decided_code_version",
    "decided_status",
    "reason_code",
    "deadline",
    "effective_on",
    "approved_on",
    "built_share",
    "is_under_appeal",
    "case_id",
    "case_stage",
    "case_due_on",
}
SCALAR_TYPES = frozenset(PropertyType) - {PropertyType.STRINGS, PropertyType.OBJECT}

JSON_TYPES: dict[PropertyType, dict[str, Any]] = {
    PropertyType.STRING: {"type": "string"},
    PropertyType.NUMBER: {"type": "number"},
    PropertyType.INTEGER: {"type": "integer"},
    PropertyType.BOOLEAN: {"type": "boolean"},
    PropertyType.DATE: {"type": "string", "format": "date"},
    PropertyType.TIMESTAMP: {"type": "string", "format": "date-time"},
    PropertyType.STRINGS: {"type": "array", "items": {"type": "string"}},
    PropertyType.OBJECT: {"type": "object"},
}


@dataclass(frozen=True, slots=True)
class Property:
    """One property of the features of a kind.

    ``source`` is the SQL expression of its value; None means that the collection itself holds the value, the same for
    all its features. ``needs_key`` marks what names holders or enterprises: without a key it does not exist. ``values`` are
    all that it can say, where these are few.
    """

    name: str
    type: PropertyType
    title_zh: str
    title_en: str
    source: Expression | None
    needs_key: bool = False
    is_text: bool = False
    values: tuple[str, ...] = ()

    @property
    def is_queryable(self) -> bool:
        """Whether a query parameter of its name filters by it."""
        return self.type in SCALAR_TYPES

    @property
    def is_in_tiles(self) -> bool:
        """Whether tiles carry it: short scalars that everybody may see and that tell features apart."""
        is_short = self.type in SCALAR_TYPES and not self.is_text
        return is_short and not self.needs_key and self.name not in NOT_IN_TILES

    def json_schema(self) -> dict[str, Any]:
        """Return its JSON Schema."""
        chosen = {"enum": list(self.values)} if self.values else {}
        return {"title": f"{self.title_zh} / {self.title_en}", **JSON_TYPES[self.type], **chosen}

    @property
    def may_be_null(self) -> bool:
        """Whether a feature may have none: not where its column, or the collection, always holds one."""
        if isinstance(self.source, InstrumentedAttribute):
            column: Column[Any] = self.source.property.columns[0]
            return bool(column.nullable)
        return self.source is not None

    def answer_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of its value in an answer."""
        schema = self.json_schema()
        if not self.may_be_null:
            return schema
        chosen = {"enum": [*self.values, None]} if self.values else {}
        return {**schema, "type": [schema["type"], "null"], **chosen}


@dataclass(frozen=True, slots=True)
class FeatureSchema:
    """How the features of a kind are stored and what they carry.

    ``scope`` is the column that says which delivery, run or scan a row belongs to; where ``has_history``, rows also
    have a recorded time. Where it ``is_revised``, its rows follow the revisions of a comparison. ``run_filter`` names the
    property by which an older run or scan is asked for, ``code_property`` the one whose values are feature ids where they
    are unique. ``document`` is the one column that holds all properties where they are the source's own; ``geometry_type``
    is what GDAL calls the type of the geometries.
    """

    kind: CollectionKind
    model: FeatureModel
    scope: InstrumentedAttribute[int]
    properties: tuple[Property, ...]
    legend_property: str | None
    has_history: bool = True
    run_filter: str | None = None
    code_property: str | None = None
    is_revised: bool = False
    document: Expression | None = None
    geometry_type: str = "MultiPolygon"

    def property(self, name: str | None) -> Property | None:
        """Return the property of a name."""
        return next((item for item in self.properties if item.name == name), None)

    def visible(self, *, has_key: bool) -> tuple[Property, ...]:
        """Return the properties that exist for a caller."""
        return tuple(item for item in self.properties if has_key or not item.needs_key)

    def queryables(self, *, has_key: bool) -> tuple[Property, ...]:
        """Return the properties that a caller may filter by."""
        return tuple(item for item in self.visible(has_key=has_key) if item.is_queryable)

    def answer_schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the properties of a feature in an answer; what needs a key may be left out."""
        return {
            "type": "object",
            "required": [item.name for item in self.visible(has_key=False)],
            "properties": {item.name: item.answer_schema() for item in self.properties},
            "additionalProperties": False,
        }

    def tile_properties(self) -> tuple[Property, ...]:
        """Return the properties that tiles carry, for everybody the same."""
        return tuple(item for item in self.properties if item.is_in_tiles)
