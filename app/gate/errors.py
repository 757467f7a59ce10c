"""What can go wrong at the joint gate."""

from collections.abc import Sequence
from typing import Any

from app.errors import AppError


class ProjectNotFoundError(AppError):
    """No project has this number."""

    def __init__(self, project_id: int) -> None:
        super().__init__("project-not-found", "Project not found", 404, f"There is no project {project_id}.")


class GateStateError(AppError):
    """A project does not stand where this can be done."""

    def __init__(self, project_id: int, status: str, wanted: str, needed: str) -> None:
        super().__init__(
            "gate-state",
            "Not possible at this stage",
            409,
            f"Project {project_id} is {status}; {wanted} is possible only while it is {needed}.",
            gate_status=status,
        )


class GateNotPassableError(AppError):
    """Something stands against passing."""

    def __init__(self, project_id: int, obstacles: Sequence[dict[str, Any]]) -> None:
        told = ", ".join(" ".join(str(value) for value in obstacle.values()) for obstacle in obstacles)
        super().__init__(
            "gate-not-passable",
            "The project cannot pass",
            409,
            f"Project {project_id} cannot pass: {told}. A DENY is lifted by a new check that no longer says so, "
            "a disagreement by a new opinion of that office.",
            obstacles=list(obstacles),
        )


class OfficeOfAnotherError(AppError):
    """A key of one office gives the opinion of another."""

    def __init__(self, own: str | None, office: str) -> None:
        whose = f"is of the office {own!r}" if own else "is of no office and may not write"
        super().__init__(
            "office-of-another",
            "Opinion of another office",
            403,
            f"The key {whose}; the opinion of the office {office!r} needs a key of that office.",
        )


class DeadlineError(AppError):
    """A deadline is missing or over."""

    def __init__(self, detail: str) -> None:
        super().__init__("gate-deadline", "Deadline refused", 422, detail)


class ConditionMissingError(AppError):
    """An opinion with conditions names none."""

    def __init__(self) -> None:
        super().__init__(
            "condition-missing",
            "Condition missing",
            422,
            "The opinion agree_with_conditions names at least one condition; conditions is empty.",
        )
