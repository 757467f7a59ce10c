"""Schemas of answers that no model writes down: features by their kinds, and the published schema of a delivery's report."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

from app.collections.kinds import SCHEMAS

__all__ = ["named_schemas"]

Document = dict[str, Any]

_COMPONENTS: Final = "#/components/schemas/"


@cache
def named_schemas() -> Document:
    """Return the schemas by their names: ``ParcelProperties`` and its like, ``DeliveryReport``, and what is a page of features.

    Examples
    --------
    >>> from app.ogc.named_schemas import named_schemas
    >>> named_schemas()["FindingProperties"]["properties"]["certainty"]["enum"]
    ['certain_hit', 'doubtful_hit', 'possible_hit', None]
    """
    properties = {f"{_camel(kind.value)}Properties": schema.answer_schema() for kind, schema in SCHEMAS.items()}
    return {**properties, **_features(), **_delivery_report()}


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _features() -> Document:
    """Return a feature and a page of them, of any kind."""
    link = {
        "type": "object",
        "required": ["href", "rel"],
        "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
    }
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {"type": ["object", "null"]},
            "properties": {"type": "object", "description": "By the kind of the collection: `ParcelProperties` ..."},
            "links": {"type": "array", "items": {"$ref": f"{_COMPONENTS}FeatureLink"}},
        },
    }
    page = {
        "type": "object",
        "required": ["type", "features", "links", "numberReturned", "timeStamp"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"$ref": f"{_COMPONENTS}Feature"}},
            "links": {"type": "array", "items": {"$ref": f"{_COMPONENTS}FeatureLink"}},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
        },
    }
    return {"FeatureLink": link, "Feature": feature, "FeaturePage": page}


def _delivery_report() -> Document:
    """Return the schema of a delivery's report (``gis/validation/tables/report_schema.json``) and those that it refers to."""
    text = files("gis.validation").joinpath("tables", "report_schema.json").read_text(encoding="utf-8")
    document: Document = json.loads(text.replace("#/$defs/", _COMPONENTS))
    document.pop("$schema")
    parts: Document = document.pop("$defs")
    fault = parts["DeliveryFault"]
    without_place = {name: schema for name, schema in fault["properties"].items() if name != "geometry"}
    told = {**fault, "required": [*without_place], "properties": without_place}
    placed = {
        "type": "object",
        "required": ["type", "geometry", "properties"],
        "properties": {"type": {"const": "Feature"}, "geometry": fault["properties"]["geometry"], "properties": told},
    }
    faults = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"$ref": f"{_COMPONENTS}PlacedFault"}},
        },
    }
    return {"DeliveryReport": document, **parts, "PlacedFault": placed, "PlacedFaults": faults}
