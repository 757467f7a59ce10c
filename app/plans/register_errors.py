"""What can go wrong in the register of difference patches."""

from collections.abc import Iterable, Sequence
from typing import Any

from app.errors import AppError
from gis.plans.register import MOVES, PatchState

LISTED = 20


class ComparisonNotFoundError(AppError):
    """There is no such comparison of plans."""

    def __init__(self, comparison_id: int) -> None:
        super().__init__(
            "plan-comparison-not-found",
            "Comparison not found",
            404,
            f"There is no comparison of plans {comparison_id}.",
        )


class ComparisonSupersededError(AppError):
    """A decision on a comparison that others took the place of: it would be lost."""

    def __init__(self, comparison_id: int, current: int | None) -> None:
        super().__init__(
            "plan-comparison-superseded",
            "Comparison superseded",
            409,
            f"Comparison {comparison_id} is not the latest of its plans; decide in comparison {current}, which has what was decided of the same ground.",
            plan_comparison_id=comparison_id,
            current=current,
        )


class PatchNotFoundError(AppError):
    """A comparison has no such patch."""

    def __init__(self, comparison_id: int, feature_id: str) -> None:
        super().__init__(
            "plan-patch-not-found",
            "Difference patch not found",
            404,
            f"Comparison {comparison_id} has no difference patch {feature_id!r}.",
        )


class NothingSelectedError(AppError):
    """A decision for many patches that would meet none."""

    def __init__(self, comparison_id: int) -> None:
        super().__init__(
            "no-patch-selected",
            "No patch selected",
            422,
            f"No difference patch of comparison {comparison_id} meets the filter: nothing was decided. Widen the filter.",
            field="filter",
        )


class FilterRefusedError(AppError):
    """A filter of patches that cannot be meant."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(
            "patch-filter-refused",
            "Filter refused",
            422,
            f"{field}: found {found!r}, expected {expected}.",
            field=field,
            found=found,
            expected=expected,
        )


class DecisionRefusedError(AppError):
    """Decisions that cannot be made; none of them was."""

    def __init__(self, refusals: Sequence[dict[str, Any]], *, status: int = 422) -> None:
        first = refusals[0]
        rest = "" if len(refusals) == 1 else f" {len(refusals) - 1} more patches are refused."
        super().__init__(
            "decision-refused",
            "Decision refused",
            status,
            f"Patch {first['patch']}, {first['field']}: found {first['found']!r}, expected {first['expected']}. "
            f"{first['remedy']}{rest} Nothing was changed.",
            refused=list(refusals[:LISTED]),
            refused_count=len(refusals),
        )


def refusal(patch: str, field: str, found: object, expected: str, remedy: str) -> dict[str, Any]:
    """Say why one patch cannot be decided like that."""
    return {"patch": patch, "field": field, "found": found, "expected": expected, "remedy": remedy}


def illegal_move(patch: str, found: PatchState, wanted: PatchState) -> dict[str, Any]:
    """Say that a patch cannot go from its state to another."""
    return refusal(
        patch,
        "state",
        found.value,
        f"a state from which {wanted.value!r} can be reached ({_names(state for state in MOVES if wanted in MOVES[state])})",
        f"From {found.value!r} it may go to: {_names(MOVES[found])}.",
    )


def _names(states: Iterable[PatchState]) -> str:
    chosen = set(states)
    return ", ".join(state.value for state in PatchState if state in chosen) or "none"
