"""The component schemas of OGC API - Processes 1.0, restated as JSON Schema, and a check against them."""

from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
URI = {"type": "string", "pattern": "^https?://"}
LINK = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {"href": URI, "rel": TEXT, "type": TEXT, "title": TEXT},
}
LINKS = {"type": "array", "items": LINK}
MOMENT = {"type": "string", "format": "date-time"}
EXCEPTION = {
    "type": "object",
    "required": ["type"],
    "properties": {"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT, "instance": TEXT},
}
STATUS_INFO = {
    "type": "object",
    "required": ["jobID", "status", "type"],
    "properties": {
        "processID": TEXT,
        "type": {"enum": ["process"]},
        "jobID": TEXT,
        "status": {"enum": ["accepted", "running", "successful", "failed", "dismissed"]},
        "message": TEXT,
        "exception": EXCEPTION,
        **dict.fromkeys(("created", "started", "finished", "updated"), MOMENT),
        "progress": {"type": "integer", "minimum": 0, "maximum": 100},
        "links": LINKS,
    },
}
SUMMARY = {
    "type": "object",
    "required": ["id", "version"],
    "properties": {
        **dict.fromkeys(("id", "version", "title", "description"), TEXT),
        "keywords": TEXTS,
        "jobControlOptions": {"type": "array", "items": {"enum": ["sync-execute", "async-execute", "dismiss"]}},
        "outputTransmission": {"type": "array", "items": {"enum": ["value", "reference"]}},
        "links": LINKS,
    },
}
NUMBERS = ("multipleOf", "maximum", "minimum")
COUNTS = ("maxLength", "minLength", "maxItems", "minItems", "maxProperties", "minProperties")
FLAGS = ("exclusiveMaximum", "exclusiveMinimum", "uniqueItems", "nullable", "readOnly", "writeOnly", "deprecated")
WORDS = ("title", "description", "pattern", "format", "contentMediaType", "contentEncoding", "contentSchema")
# schema.yaml has no further members: what JSON Schema calls $defs, const or type null has no place.
SCHEMA: dict[str, Any] = {
    "$defs": {
        "schema": {
            "type": "object",
            "properties": {
                **{key: {"type": "number"} for key in NUMBERS},
                **{key: {"type": "integer", "minimum": 0} for key in COUNTS},
                **{key: {"type": "boolean"} for key in FLAGS},
                **dict.fromkeys(WORDS, TEXT),
                "required": {**TEXTS, "minItems": 1},
                "enum": {"type": "array", "minItems": 1},
                "type": {"enum": ["array", "boolean", "integer", "number", "object", "string"]},
                **{
                    key: {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/schema"}}
                    for key in ("allOf", "oneOf", "anyOf")
                },
                **{key: {"$ref": "#/$defs/schema"} for key in ("not", "items")},
                "properties": {"type": "object", "additionalProperties": {"$ref": "#/$defs/schema"}},
                "additionalProperties": {"anyOf": [{"type": "boolean"}, {"$ref": "#/$defs/schema"}]},
                "default": {},
                "example": {},
            },
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/schema",
}
DESCRIBED = {
    "type": "object",
    "required": ["schema"],
    "properties": {
        "title": TEXT,
        "description": TEXT,
        "schema": {"type": "object"},
        "minOccurs": {"type": "integer"},
        "maxOccurs": {"anyOf": [{"type": "integer"}, {"enum": ["unbounded"]}]},
        "valuePassing": {"type": "array", "items": {"enum": ["byValue", "byReference"]}},
    },
}
QUALIFIED = {"type": "object", "required": ["value"], "properties": {"mediaType": TEXT, "encoding": TEXT}}
SCHEMAS: dict[str, dict[str, Any]] = {
    "exception": EXCEPTION,
    "statusInfo": STATUS_INFO,
    "jobList": {
        "type": "object",
        "required": ["jobs", "links"],
        "properties": {"jobs": {"type": "array", "items": STATUS_INFO}, "links": LINKS},
    },
    "processList": {
        "type": "object",
        "required": ["processes", "links"],
        "properties": {"processes": {"type": "array", "items": SUMMARY}, "links": LINKS},
    },
    "process": {
        "allOf": [SUMMARY],
        "required": ["inputs", "outputs"],
        "properties": {key: {"type": "object", "additionalProperties": DESCRIBED} for key in ("inputs", "outputs")},
    },
    "schema": SCHEMA,
    # An object is a link or stands inside a value.
    "results": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [{"type": ["string", "number", "integer", "boolean", "array"]}, QUALIFIED, LINK],
        },
    },
}


def validate_as(name: str, document: Any) -> None:
    """Hold a document against the schema of a name."""
    Draft202012Validator(SCHEMAS[name], format_checker=FormatChecker()).validate(document)
