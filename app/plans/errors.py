"""What can go wrong with comparisons of plans."""

from collections.abc import Sequence
from datetime import date

from app.errors import AppError


class PlansNotComparableError(AppError):
    """What was named cannot be compared."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("plans-not-comparable", "Plans not comparable", 422, detail, **extra)

    @classmethod
    def too_few(cls, named: Sequence[str]) -> "PlansNotComparableError":
        """Say that a comparison needs two plans."""
        return cls(
            f"A comparison needs two different plans at least; it got {', '.join(named) or 'none'}.", field="plans"
        )

    @classmethod
    def no_version(cls, slug: str, day: date) -> "PlansNotComparableError":
        """Say that a layer has nothing in force."""
        return cls(f"No version of {slug} is in force on {day}: publish one, or name another day.", layer=slug)

    @classmethod
    def no_codes(cls, slug: str, kind: str) -> "PlansNotComparableError":
        """Say that a layer has no land-use codes."""
        return cls(
            f"Layer {slug} is of kind {kind}, which has no land-use codes; compare plans, parcels or reference layers.",
            layer=slug,
        )

    @classmethod
    def no_line(cls, slug: str, kind: str) -> "PlansNotComparableError":
        """Say that a layer is no line."""
        return cls(f"Layer {slug} is of kind {kind}; lines are layers of control areas.", layer=slug)


class FaultSearchNotFoundError(AppError):
    """There is no such search for faults."""

    def __init__(self, run_id: int) -> None:
        super().__init__(
            "plan-fault-search-not-found",
            "Search for faults not found",
            404,
            f"There is no search for faults of plans {run_id}.",
        )


class ComparisonCancelledError(AppError):
    """Somebody stopped the comparison; nothing was stored."""

    def __init__(self) -> None:
        super().__init__("comparison-cancelled", "Comparison cancelled", 409, "The comparison was cancelled.")
