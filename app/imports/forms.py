"""The form of an upload as OpenAPI describes it."""

from typing import Any, Final

from app.imports.schemas import ImportOptions

_FILES: Final[dict[str, Any]] = {
    "file": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "description": "The delivery: one file, one ZIP archive, or the parts of one shapefile.",
    },
    "coverage": {
        "type": "array",
        "items": {"type": "string", "format": "binary"},
        "description": "Polygons within which the layer is known.",
    },
}


def _form() -> dict[str, Any]:
    schema = ImportOptions.model_json_schema()
    fields = dict(schema["properties"])
    fields["map"] = {"type": "string", "description": fields["map"]["description"]}
    return {"type": "object", "properties": _FILES | fields, "required": ["file", "to"]}


REQUEST_BODY: Final[dict[str, Any]] = {"required": True, "content": {"multipart/form-data": {"schema": _form()}}}
