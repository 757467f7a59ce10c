"""Processes and jobs in the OpenAPI 3.0 document, with the operation ids of OGC API - Processes."""

from collections.abc import Sequence
from typing import Any

from app.jobs.listing import FILTER_PARAMETERS, STATUSES
from app.ogc.links import JSON
from app.ogc.processes.catalog import PROCESSES
from app.ogc.processes.describing import describe_inputs

Document = dict[str, Any]

TAG = "processes"
STRING: Document = {"type": "string"}
OBJECT: Document = {"type": "object"}
SUBSCRIBER = ("successUri", "inProgressUri", "failedUri")


def process_paths() -> Document:
    """Return the paths of processes and jobs; each process has a path for its execution with the schema of its inputs."""
    process = _path_parameter("processID", sorted(PROCESSES))
    job = _path_parameter("jobID")
    jobs = [_query_parameter(name) for name in ("limit", "after", *FILTER_PARAMETERS)]
    state = _answers("200", "The state of a job", "statusInfo")
    results = _answers("200", "The results", "object")
    return {
        "/processes": {"get": _operation("getProcesses", "The processes", _answers("200", "The list", "processList"))},
        "/processes/{processID}": {
            "get": _operation(
                "getProcessDescription", "One process", _answers("200", "Its description", "process"), [process]
            )
        },
        "/processes/{processID}/execution": {"post": _execution("execute", "Execute a process", OBJECT, [process])},
        **{
            f"/processes/{name}/execution": {
                "post": _execution(f"execute.{name}", f"Execute: {item.title}", _inputs_schema(name))
            }
            for name, item in sorted(PROCESSES.items())
        },
        "/jobs": {"get": _operation("getJobs", "The jobs", _answers("200", "A page of jobs", "jobList"), jobs)},
        "/jobs/{jobID}": {
            "get": _operation("getStatus", "The state of a job", state, [job]),
            "delete": _operation("dismiss", "Dismiss a job", state, [job]),
        },
        "/jobs/{jobID}/results": {"get": _operation("getResult", "What a job found", results, [job])},
    }


def _inputs_schema(name: str) -> Document:
    described = describe_inputs(PROCESSES[name])
    required = [key for key, item in described.items() if item["minOccurs"]]
    properties = {key: _inline_or_reference(item["schema"]) for key, item in described.items()}
    schema: Document = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": required} if required else schema


def _inline_or_reference(schema: Document) -> Document:
    """Describe a value that may stand alone, inside an object or elsewhere, and the items of a list likewise (inlineOrRefData.yaml).

    An object that may have any members is also one with an ``href``; ``oneOf`` would refuse what fits twice.
    """
    written = {**schema, "items": _any_way(schema["items"])} if isinstance(schema.get("items"), dict) else schema
    return _any_way(written)


def _any_way(schema: Document) -> Document:
    others = ({"$ref": f"#/components/schemas/{name}"} for name in ("qualifiedInputValue", "inputReference"))
    return {"anyOf": [schema, *others]}


def _execution(operation_id: str, summary: str, inputs: Document, parameters: Sequence[Document] = ()) -> Document:
    body = {
        "type": "object",
        "properties": {
            "inputs": inputs,
            "outputs": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/outputRequest"}},
            "subscriber": {"type": "object", "properties": {key: {**STRING, "format": "uri"} for key in SUBSCRIBER}},
            "response": {**STRING, "enum": ["raw", "document"]},
        },
    }
    answers = {
        "200": {"description": "The results", "content": {JSON: {"schema": OBJECT}, "*/*": {"schema": {}}}},
        "201": _answer("A job; `Location` is where to follow it.", "statusInfo"),
        "204": {"description": "The results as links alone."},
    }
    prefer = {"name": "Prefer", "in": "header", "schema": STRING, "description": "`respond-async` asks for a job."}
    operation = _operation(operation_id, summary, answers, [*parameters, prefer])
    return operation | {"requestBody": {"required": True, "content": {JSON: {"schema": body}}}}


def _operation(operation_id: str, summary: str, answers: Document, parameters: Sequence[Document] = ()) -> Document:
    return {
        "tags": [TAG],
        "operationId": operation_id,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {**answers, "default": {"$ref": "#/components/responses/Problem"}},
    }


def _answers(status: str, description: str, schema: str) -> Document:
    return {status: _answer(description, schema)}


def _answer(description: str, schema: str) -> Document:
    return {"description": description, "content": {JSON: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _path_parameter(name: str, values: Sequence[str] = ()) -> Document:
    schema = {**STRING, "enum": list(values)} if values else STRING
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(name: str) -> Document:
    numeric = name in {"limit", "minDuration", "maxDuration"}
    schema: Document = {"type": "integer", "minimum": 0} if numeric else STRING
    if name in {"processID", "status"}:
        schema = {"type": "array", "items": STRING if name == "processID" else {**STRING, "enum": list(STATUSES)}}
    return {"name": name, "in": "query", "required": False, "schema": schema, "style": "form", "explode": False}


def _titled(required: Sequence[str], **properties: Document) -> Document:
    return {
        "type": "object",
        "required": list(required),
        "properties": {"title": STRING, "description": STRING} | properties,
    }


LINKS: Document = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
MOMENT: Document = {"type": "string", "format": "date-time"}
PROCESS_PROPERTIES: Document = {
    "id": STRING,
    "version": STRING,
    "jobControlOptions": {"type": "array", "items": {**STRING, "enum": ["sync-execute", "async-execute", "dismiss"]}},
    "outputTransmission": {"type": "array", "items": {**STRING, "enum": ["value", "reference"]}},
    "links": LINKS,
}

PROCESS_SCHEMAS: Document = {
    "processSummary": _titled(["id", "version"], **PROCESS_PROPERTIES),
    "process": _titled(["id", "version"], **PROCESS_PROPERTIES, inputs=OBJECT, outputs=OBJECT),
    "processList": _titled(
        ["processes", "links"],
        processes={"type": "array", "items": {"$ref": "#/components/schemas/processSummary"}},
        links=LINKS,
    ),
    "qualifiedInputValue": {
        "type": "object",
        "description": "A value, with what says how it is written.",
        "required": ["value"],
        "properties": {"value": {}, "mediaType": STRING, "encoding": STRING, "schema": {}},
    },
    "inputReference": {
        "type": "object",
        "description": "Where a value is: JSON, at a host that the operator lists (DUOGUI_REMOTE_HOSTS).",
        "required": ["href"],
        "properties": {
            "href": {**STRING, "format": "uri"},
            **dict.fromkeys(("rel", "type", "hreflang", "title"), STRING),
        },
    },
    "outputRequest": {
        "type": "object",
        "properties": {
            "transmissionMode": {**STRING, "enum": ["value", "reference"], "default": "value"},
            "format": {"type": "object", "properties": {"mediaType": STRING}},
        },
    },
    "statusInfo": {
        "type": "object",
        "required": ["jobID", "status", "type"],
        "properties": {
            "processID": STRING,
            "type": {**STRING, "enum": ["process"]},
            "jobID": STRING,
            "status": {**STRING, "enum": list(STATUSES)},
            "message": STRING,
            "exception": {"$ref": "#/components/schemas/problem"},
            "created": MOMENT,
            "started": MOMENT,
            "finished": MOMENT,
            "updated": MOMENT,
            "progress": {"type": "integer", "minimum": 0, "maximum": 100},
            "links": LINKS,
        },
    },
    "jobList": {
        "type": "object",
        "required": ["jobs", "links"],
        "properties": {"jobs": {"type": "array", "items": {"$ref": "#/components/schemas/statusInfo"}}, "links": LINKS},
    },
}
