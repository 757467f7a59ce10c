"""What a request for an execution says: inputs, outputs, the form of the answer (execute.yaml)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.jobs.execution import ResponseForm, TransmissionMode, WantedOutput
from app.jobs.outside import AllowedHosts
from app.ogc.processes.errors import ExecutionRefusedError
from app.ogc.processes.model import Inputs, Process
from app.ogc.processes.references import References, is_reference
from app.problems import said_of

# How JSON writes a NUL.
NUL = "\\u0000"
# A value with one of these beside it says only how it is written (qualifiedValue.yaml).
QUALIFIERS = frozenset({"value", "mediaType", "encoding", "schema", "format", "uom"})


class Format(BaseModel):
    """How an output is to be written."""

    model_config = ConfigDict(extra="forbid")

    media_type: str | None = Field(None, alias="mediaType")
    encoding: str | None = None
    schema_: str | dict[str, Any] | None = Field(None, alias="schema")


class OutputRequest(BaseModel):
    """How one output is asked for."""

    model_config = ConfigDict(extra="forbid")

    transmission_mode: TransmissionMode = Field("value", alias="transmissionMode")
    format: Format = Format()


class Subscriber(BaseModel):
    """Where a subscriber wants to be told how a job goes (subscriber.yaml)."""

    model_config = ConfigDict(extra="forbid")

    success_uri: str | None = Field(None, alias="successUri", description="Gets the results.")
    in_progress_uri: str | None = Field(None, alias="inProgressUri", description="Gets the state while the job runs.")
    failed_uri: str | None = Field(None, alias="failedUri", description="Gets the state of a job that failed.")

    def addresses(self, hosts: AllowedHosts) -> dict[str, str]:
        """Return the addresses by their names.

        Raises
        ------
        ExecutionRefusedError
            One of them is not to be called.
        """
        given = {name: str(value) for name, value in self.model_dump(by_alias=True, exclude_none=True).items()}
        refused = [(f"subscriber.{name}", reason) for name, url in given.items() if (reason := hosts.refusal(url))]
        if refused:
            raise ExecutionRefusedError(refused)
        return given


class ExecuteRequest(BaseModel):
    """A request for an execution, as versions 1.0 and 2.0 of the standard write it."""

    model_config = ConfigDict(extra="forbid")

    process: str | None = Field(None, description="Address of the process, if it is named twice.")
    inputs: dict[str, Any] = Field(
        {},
        description='Input to value, `{"value": ...}` or `{"href": ...}` where it is read from; /processes/{id} '
        "describes them.",
    )
    outputs: dict[str, OutputRequest] | None = Field(None, description="Those that are wanted; all when left out.")
    response: ResponseForm | None = Field(
        None, description="`raw` answers with the outputs as they are, `document` with one JSON object of them."
    )
    subscriber: Subscriber = Subscriber()
    mode: Literal["sync", "async", "auto"] | None = Field(
        None, description="Of drafts of the standard; the header `Prefer` decides."
    )


async def read_values(process: Process[Any], given: Mapping[str, Any], references: References) -> dict[str, Any]:
    """Take the values of inputs out of what says how they are written or where they are; what is no input is left as it is.

    Raises
    ------
    ExecutionRefusedError
        What an input refers to cannot be had.
    """
    known = _names(process)
    return {name: await _value(name, value, references) if name in known else value for name, value in given.items()}


def read_inputs(process: Process[Inputs], given: Mapping[str, Any]) -> Inputs:
    """Read the inputs of an execution from their values.

    Raises
    ------
    ExecutionRefusedError
        With every input that is wrong, and what is allowed.
    """
    known = _names(process)
    unknown = [
        (f"inputs.{name}", f"not an input of {process.id}; its inputs are {', '.join(sorted(known))}.")
        for name in given
        if name not in known
    ]
    values = {name: value for name, value in given.items() if name in known}
    # PostgreSQL's text holds no NUL.
    unknown += [
        (f"inputs.{name}", "a text with a NUL character.") for name, value in values.items() if NUL in json.dumps(value)
    ]
    try:
        # From JSON, so that texts stand for dates and lists for tuples.
        inputs = process.inputs.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise ExecutionRefusedError([*unknown, *_told(error, values)]) from error
    if unknown:
        raise ExecutionRefusedError(unknown)
    return inputs


def _names(process: Process[Any]) -> set[str]:
    return {field.alias or name for name, field in process.inputs.model_fields.items()}


def _told(error: ValidationError, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    found = error.errors(include_url=False, include_context=False)
    return [(".".join(["inputs", *map(str, one["loc"])]), _sentence(one, values)) for one in found]


def _sentence(found: Any, values: Mapping[str, Any]) -> str:  # noqa: ANN401  the library's own dictionary
    message = said_of(found).removeprefix("Value error, ")
    if found["type"] == "missing" or not found["loc"] or found["loc"][0] not in values:
        return message
    value = found["input"]
    is_short = isinstance(value, str | int | float | bool) or value is None
    return f"{message}; found {json.dumps(value, ensure_ascii=False)[:100]}" if is_short else message


async def _value(name: str, given: Any, references: References) -> Any:  # noqa: ANN401  any JSON value
    """Take a value out of what says how it is written or where it is (inlineOrRefValue.yaml)."""
    if isinstance(given, list):
        return [await _value(name, item, references) if _is_no_plain_value(item) else item for item in given]
    if is_reference(given):
        return await references.read(name, given)
    return given["value"] if _is_qualified(given) else given


def _is_no_plain_value(given: Any) -> bool:  # noqa: ANN401  any JSON value
    return _is_qualified(given) or is_reference(given)


def _is_qualified(given: Any) -> bool:  # noqa: ANN401  any JSON value
    return isinstance(given, dict) and "value" in given and set(given) <= QUALIFIERS


def read_outputs(process: Process[Any], asked: Mapping[str, OutputRequest] | None) -> dict[str, WantedOutput]:
    """Read which outputs are wanted, and how; all of them, by value, when none is named.

    Raises
    ------
    ExecutionRefusedError
    """
    wanted = asked or {name: OutputRequest.model_validate({}) for name in process.outputs}
    errors = []
    made = {}
    for name, request in wanted.items():
        output = process.outputs.get(name)
        if output is None:
            errors.append((f"outputs.{name}", f"not an output of {process.id}; they are {', '.join(process.outputs)}."))
            continue
        media_type = request.format.media_type or output.media_types[0]
        if media_type not in output.media_types:
            errors.append((f"outputs.{name}.format.mediaType", _not_offered(media_type, output.media_types)))
            continue
        made[name] = WantedOutput(
            member=output.member, media_type=media_type, mode=request.transmission_mode, is_file=output.is_file
        )
    if errors:
        raise ExecutionRefusedError(errors)
    return made


def _not_offered(media_type: str, offered: Sequence[str]) -> str:
    return f"{media_type!r} is not offered; offered are {', '.join(offered)}."
