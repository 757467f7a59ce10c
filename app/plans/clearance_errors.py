"""What can go wrong in the clearance register."""

from collections.abc import Sequence

from app.errors import AppError


class ClearanceNotFoundError(AppError):
    """There is no such register."""

    def __init__(self, run_id: int) -> None:
        super().__init__(
            "clearance-not-found", "Clearance register not found", 404, f"There is no clearance register {run_id}."
        )


class ClearanceItemNotFoundError(AppError):
    """A register has no such land."""

    def __init__(self, run_id: int, feature_id: str) -> None:
        super().__init__(
            "clearance-item-not-found",
            "Land not found",
            404,
            f"Clearance register {run_id} has no land {feature_id!r}.",
        )


class ControlLineUnclearError(AppError):
    """Nothing says which line is meant."""

    def __init__(self, found: Sequence[str]) -> None:
        super().__init__(
            "control-line-unclear",
            "Control line unclear",
            422,
            f"One layer of kind ecological_control_line in force was expected, found {', '.join(found) or 'none'}: name the line.",
            field="line",
        )


class ClearanceChangeRefusedError(AppError):
    """What is noted of land does not fit together."""

    def __init__(self, feature_id: str, field: str, found: object, expected: str) -> None:
        super().__init__(
            "clearance-change-refused",
            "Change refused",
            422,
            f"Land {feature_id}, {field}: found {found!r}, expected {expected}. Nothing was changed.",
            feature=feature_id,
            field=field,
            found=found,
            expected=expected,
        )


class RegisterSupersededError(AppError):
    """The register is not the current one of its layers."""

    def __init__(self, run_id: int, current: int | None) -> None:
        super().__init__(
            "clearance-superseded",
            "Register superseded",
            409,
            f"Clearance register {run_id} was superseded by {current}: change it there.",
            current=current,
        )
