"""The results of an execution as OGC API - Processes answers them: a document, the outputs as they are, or links."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import orjson
from starlette.responses import FileResponse, Response

from app.db.models import Job
from app.jobs.execution import Execution, OutputFile, WantedOutput, find_output, output_file, output_value

JSON = "application/json"
OUTPUT_REL = "item"
Result = Mapping[str, Any]


def answer_results(job: Job, result: Result, execution: Execution, *, base_url: str) -> Response:
    """Answer with all outputs in the form that the execution asked for."""
    if execution.wants_document:
        return Response(orjson.dumps(results_document(job, result, execution, base_url=base_url)), media_type=JSON)
    by_value = [name for name, wanted in execution.outputs.items() if wanted.mode == "value"]
    links = [
        f'<{output_url(job, name, base_url)}>; rel="{OUTPUT_REL}"; type="{media_type_of(result, wanted)}"; title="{name}"'
        for name, wanted in execution.outputs.items()
        if wanted.mode == "reference"
    ]
    # OGC 18-062r2, /req/core/process-execute-sync-raw-ref: no body, a Link header for each output.
    headers = {"Link": ", ".join(links)} if links else {}
    if not by_value:
        return Response(status_code=204, headers=headers)
    if len(by_value) == 1:
        answer = answer_output(job, result, execution.outputs[by_value[0]])
        answer.headers.update(headers)
        return answer
    boundary = uuid4().hex
    body = b"".join(_part(job, result, name, execution.outputs[name], boundary) for name in by_value)
    media_type = f'multipart/related; boundary="{boundary}"'
    return Response(body + f"--{boundary}--\r\n".encode(), media_type=media_type, headers=headers)


def answer_output(job: Job, result: Result, wanted: WantedOutput) -> Response:
    """Answer with one output as it is."""
    if wanted.is_file:
        path, file = output_file(job, result, wanted)
        return FileResponse(path, media_type=file.media_type, filename=file.name)
    return Response(orjson.dumps(output_value(result, wanted)), media_type=wanted.media_type)


def results_document(job: Job, result: Result, execution: Execution, *, base_url: str) -> dict[str, Any]:
    """Return the outputs by name (results.yaml): values, values with their media type, or links."""
    return {
        name: (
            _reference(output_url(job, name, base_url), name, media_type_of(result, wanted))
            if wanted.mode == "reference"
            else _inline(job, result, wanted)
        )
        for name, wanted in execution.outputs.items()
    }


def named_output(job: Job, result: Result, name: str) -> Response:
    """Answer with the output of a name.

    Raises
    ------
    OutputNotFoundError, OutputGoneError
    """
    return answer_output(job, result, find_output(Execution.of(job), name))


def output_url(job: Job, name: str, base_url: str) -> str:
    """Return where one output is fetched."""
    return f"{base_url}/jobs/{job.id}/results/{quote(name, safe='')}"


def media_type_of(result: Result, wanted: WantedOutput) -> str:
    """Return what an output is: of a file, what the work says that it wrote."""
    return OutputFile.model_validate(output_value(result, wanted)).media_type if wanted.is_file else wanted.media_type


def _reference(href: str, name: str, media_type: str) -> dict[str, Any]:
    return {"href": href, "rel": OUTPUT_REL, "type": media_type, "title": name}


def _inline(job: Job, result: Result, wanted: WantedOutput) -> Any:  # noqa: ANN401  any JSON value
    if not wanted.is_file:
        value = output_value(result, wanted)
        # An object stands inside a value, or it could not be told from a link (inlineOrRefValue.yaml).
        return {"value": value, "mediaType": wanted.media_type} if isinstance(value, dict) else value
    path, file = output_file(job, result, wanted)
    content = path.read_bytes()
    if _is_json(file.media_type):
        return {"value": json.loads(content), "mediaType": file.media_type}
    if file.media_type.startswith("text/"):
        return {"value": content.decode("utf-8-sig"), "mediaType": file.media_type}
    return {"value": base64.b64encode(content).decode("ascii"), "mediaType": file.media_type, "encoding": "base64"}


def _part(job: Job, result: Result, name: str, wanted: WantedOutput, boundary: str) -> bytes:
    if wanted.is_file:
        path, file = output_file(job, result, wanted)
        content, media_type = path.read_bytes(), file.media_type
    else:
        content, media_type = orjson.dumps(output_value(result, wanted)), wanted.media_type
    head = f"--{boundary}\r\nContent-Type: {media_type}\r\nContent-ID: <{name}>\r\n\r\n"
    return head.encode() + content + b"\r\n"


def _is_json(media_type: str) -> bool:
    return media_type == JSON or media_type.endswith("+json")
