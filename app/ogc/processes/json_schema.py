"""JSON Schemas of inputs as OpenAPI 3.0 writes them: what OGC API - Processes 1.0 asks for and older clients read."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

Schema = dict[str, Any]

# What the schema of schemas (schema.yaml) has a place for.
KEPT = frozenset(
    {
        "title", "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
        "uniqueItems", "maxProperties", "minProperties", "required", "enum", "type", "description", "format", "default",
        "contentMediaType", "contentEncoding", "exclusiveMaximum", "exclusiveMinimum", "nullable",
    }
)  # fmt: skip


def input_schemas(model: type[BaseModel]) -> dict[str, Schema]:
    """Return the schema of each input, with nothing referred to elsewhere.

    Examples
    --------
    >>> from pydantic import BaseModel, Field
    >>> from app.ogc.processes.json_schema import input_schemas
    >>> class Request(BaseModel):
    ...     plans: list[str] = Field(min_length=2)
    ...     limit: int | None = Field(None, gt=0)
    >>> input_schemas(Request)["limit"]
    {'exclusiveMinimum': True, 'minimum': 0, 'type': 'integer', 'nullable': True, 'default': None, 'title': 'Limit'}
    """
    whole = model.model_json_schema(by_alias=True)
    definitions = whole.get("$defs", {})
    return {name: to_openapi(schema, definitions) for name, schema in whole.get("properties", {}).items()}


def to_openapi(schema: Mapping[str, Any] | bool, definitions: Mapping[str, Any]) -> Schema:
    """Write one schema of JSON Schema 2020-12 as OpenAPI 3.0 does."""
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if "$ref" in schema:
        referred = definitions[str(schema["$ref"]).rpartition("/")[2]]
        own = {name: value for name, value in schema.items() if name != "$ref"}
        return to_openapi({**referred, **own}, definitions)
    made: Schema = {}
    for name, value in schema.items():
        made |= _keyword(name, value, definitions)
    return made


def _keyword(name: str, value: Any, definitions: Mapping[str, Any]) -> Schema:  # noqa: ANN401  any JSON value
    written: Schema = {name: value} if name in KEPT else {}
    match name:
        case "anyOf" | "oneOf":
            written = _alternatives(name, value, definitions)
        case "const":
            written = {"enum": [value]}
        case "exclusiveMinimum" | "exclusiveMaximum":
            written = {name: True, "minimum" if name == "exclusiveMinimum" else "maximum": value}
        case "properties":
            written = {name: {key: to_openapi(part, definitions) for key, part in value.items()}}
        case "items" | "additionalProperties":
            written = {name: value if isinstance(value, bool) else to_openapi(value, definitions)}
        case "examples":
            written = {"example": value[0]}
        case "description":
            # What follows the first paragraph of a docstring is for programmers.
            written = {name: str(value).partition("\n\n")[0]}
    return written


def _alternatives(name: str, parts: list[Schema], definitions: Mapping[str, Any]) -> Schema:
    """Write alternatives; null is no type of its own in OpenAPI 3.0."""
    written = [to_openapi(part, definitions) for part in parts if part.get("type") != "null"]
    nullable: Schema = {"nullable": True} if len(written) < len(parts) else {}
    return {**written[0], **nullable} if len(written) == 1 else {name: written, **nullable}
