"""The documents about processes (processSummary.yaml, process.yaml)."""

from collections.abc import Mapping
from importlib.metadata import version as package_version
from typing import Any

from starlette.requests import Request

from app.ogc.links import EXECUTE_REL, JOB_LIST_REL, link
from app.ogc.processes.json_schema import input_schemas
from app.ogc.processes.model import JSON, Output, Process

TRANSMISSION = ("value", "reference")
# How an input may be given; ``schema`` is of the value in both cases (inputDescription.yaml of version 2.0).
VALUE_PASSING = ("byValue", "byReference")

Document = dict[str, Any]


def summarise(request: Request, process: Process[Any]) -> Document:
    """Return what the list says of a process."""
    path = ("processes", process.id)
    return {
        "id": process.id,
        "version": package_version("duogui"),
        "title": process.title,
        "description": process.description,
        "keywords": list(process.keywords),
        "jobControlOptions": process.control_options,
        "outputTransmission": list(TRANSMISSION),
        "links": [
            link(request, "self", *path, title="The process's description"),
            link(request, EXECUTE_REL, *path, "execution", title="Where it is executed"),
            link(request, JOB_LIST_REL, "jobs", query=[("processID", process.id)], title="Its jobs"),
        ],
        "duogui": {"scope": process.scope.value},
    }


def describe(request: Request, process: Process[Any]) -> Document:
    """Return the whole description of a process."""
    return summarise(request, process) | {
        "inputs": describe_inputs(process),
        "outputs": {name: _describe_output(output) for name, output in process.outputs.items()},
    }


def describe_inputs(process: Process[Any]) -> Document:
    """Describe each input: what it means, whether it must be there, and its JSON Schema."""
    fields = {field.alias or name: field for name, field in process.inputs.model_fields.items()}
    return {
        name: {
            "title": name,
            "description": fields[name].description or str(schema.get("description") or schema.get("title") or name),
            "minOccurs": 1 if fields[name].is_required() else 0,
            "maxOccurs": 1,
            "valuePassing": list(VALUE_PASSING),
            "schema": schema,
        }
        for name, schema in input_schemas(process.inputs).items()
    }


def _describe_output(output: Output) -> Document:
    schemas = [_schema_as(media_type, output.schema) for media_type in output.media_types]
    return {"title": output.title, "schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas}}


def _schema_as(media_type: str, schema: Mapping[str, Any]) -> Document:
    if media_type == JSON:
        return {**schema, "contentMediaType": JSON}
    if media_type.endswith("+json"):
        return {"type": "object", "contentMediaType": media_type}
    encoding = {} if media_type.startswith("text/") else {"contentEncoding": "base64"}
    return {"type": "string", **encoding, "contentMediaType": media_type}
