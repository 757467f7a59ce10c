"""What an execution refuses."""

from collections.abc import Sequence

from app.errors import AppError
from app.jobs.errors import OGC_TYPES


class ProcessNotFoundError(AppError):
    """No process has this id."""

    def __init__(self, process_id: str) -> None:
        # OGC 18-062r2, /req/core/process-exception-no-such-process
        super().__init__(
            f"{OGC_TYPES}/no-such-process",
            "No such process",
            404,
            f"There is no process {process_id!r}. /processes lists those there are.",
        )


class ExecutionRefusedError(AppError):
    """The request names something that the process does not have, or gives an input a value that it cannot have."""

    def __init__(self, errors: Sequence[tuple[str, str]]) -> None:
        listed = [{"in": "body", "name": name, "detail": detail} for name, detail in errors]
        detail = "; ".join(f"{name}: {text}" for name, text in errors)
        super().__init__("invalid-parameter", "Invalid parameter", 400, detail, errors=listed)
