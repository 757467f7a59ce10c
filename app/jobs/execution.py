"""How an execution of a process wants its results, as it is stored with the job."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict

from app.db.models import Job
from app.jobs.errors import OutputGoneError, OutputNotFoundError

TransmissionMode = Literal["value", "reference"]
ResponseForm = Literal["raw", "document"]


class WantedOutput(BaseModel):
    """One output: which part of what the work returns it is, and how it is handed over.

    ``member`` None means all that the work returns; ``is_file`` says that this part names a file in the job's folder.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    member: str | None = None
    media_type: str = "application/json"
    mode: TransmissionMode = "value"
    is_file: bool = False


class Execution(BaseModel):
    """What a request for an execution asks for beside its inputs.

    ``response`` None leaves it to the number of outputs: a single one is answered as it is, several as a document.
    ``needs_key`` keeps what somebody with a key was shown from those who have none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    outputs: dict[str, WantedOutput]
    response: ResponseForm | None = None
    needs_key: bool = False
    base_url: str = ""
    subscriber: dict[str, str] = {}

    @classmethod
    def of(cls, job: Job) -> Self | None:
        """Return how an execution's job wants its results; None where an endpoint of its own started it."""
        return None if job.execution is None else cls.model_validate(job.execution)

    @property
    def wants_document(self) -> bool:
        """Whether the results are one JSON document."""
        if self.response is None:
            return len(self.outputs) != 1
        return self.response == "document"


class OutputFile(BaseModel):
    """A file that the work of a job wrote into its folder."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    file: str
    name: str
    media_type: str


def output_value(result: Mapping[str, Any], wanted: WantedOutput) -> Any:  # noqa: ANN401  any JSON value
    """Return an output that is no file."""
    return dict(result) if wanted.member is None else result[wanted.member]


def output_file(job: Job, result: Mapping[str, Any], wanted: WantedOutput) -> tuple[Path, OutputFile]:
    """Return where an output's file is, and what it is called.

    Raises
    ------
    OutputGoneError
        It was removed.
    """
    found = OutputFile.model_validate(output_value(result, wanted))
    path = Path(job.inputs["folder"]) / found.file
    if not path.is_file():
        raise OutputGoneError(job.id)
    return path, found


def find_output(execution: Execution | None, name: str) -> WantedOutput:
    """Return an output by its name.

    Raises
    ------
    OutputNotFoundError
    """
    outputs = {} if execution is None else execution.outputs
    if name not in outputs:
        raise OutputNotFoundError(name, list(outputs))
    return outputs[name]
