"""A process: a kind of job with what it is given, what it gives back and who may execute it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from app.db.models import Job
from app.db.sessions import WriteSession
from app.keys.access import Scope

JSON = "application/json"
Inputs = TypeVar("Inputs", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Output:
    """Something that a process gives back.

    Attributes
    ----------
    title : str
    member : str or None
        Which member of the job's result it is; None for all of it.
    schema : mapping
        JSON Schema of a value.
    media_types : tuple of str
        What it can be asked for as, the usual one first.
    is_file : bool
        Whether the result names a file in the job's folder (``app.jobs.execution.OutputFile``).
    """

    title: str
    member: str | None = None
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "object"})
    media_types: tuple[str, ...] = (JSON,)
    is_file: bool = False


RESULT: Mapping[str, Output] = {"result": Output("结果 / Result")}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an execution is asked for.

    Attributes
    ----------
    data_dir : Path
        Where files may be left.
    base_url : str
        The address of the service for whoever asks.
    has_key : bool
        Whether what names holders and enterprises may be shown.
    media_types : mapping
        Output to what it was asked for as.
    """

    data_dir: Path
    base_url: str
    has_key: bool
    media_types: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Process(Generic[Inputs]):
    """A process.

    Attributes
    ----------
    id : str
        The kind of job that executes it, a name in ``app.jobs.kinds.KINDS``.
    title, description : str
        Chinese and English.
    inputs : type of BaseModel
        Each field is an input; what a field describes is what people read.
    start : callable
        Refuses what can be told without the work itself and stores the job, as the endpoint of the same work does.
    outputs : mapping
    scope : Scope
        What a key needs that executes it.
    at_once : bool
        Whether it is usually done before somebody stops to wait; only then it can be executed synchronously. Work that
        takes turns with its own kind never is.
    is_quick : callable
        Whether this job can be waited for; one that is too large goes to a worker at once.
    """

    id: str
    title: str
    description: str
    inputs: type[Inputs]
    start: Callable[[WriteSession, Inputs, Place], Job]
    outputs: Mapping[str, Output] = field(default_factory=lambda: RESULT)
    scope: Scope = Scope.CHECK
    at_once: bool = False
    is_quick: Callable[[Job], bool] = lambda _job: True
    keywords: tuple[str, ...] = ()

    @property
    def control_options(self) -> list[str]:
        """Return the ``jobControlOptions``."""
        return [*(["sync-execute"] if self.at_once else []), "async-execute", "dismiss"]
