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
    def no_cells(cls, comparison_id: int, plan_set: str) -> "PlansNotComparableError":
        """Say that the cells of a comparison are not stored."""
        plans = " ".join(plan_set.split("+"))
        return cls(
            f"The cells of comparison {comparison_id} are not stored: it is not the latest of its plans, or was made by an older version. "
            f"Compare again: duogui plans compare {plans} --everything.",
            plan_comparison_id=comparison_id,
        )

    @classmethod
    def no_comparison(cls, plan_set: str) -> "PlansNotComparableError":
        """Say that some plans were not compared."""
        plans = " ".join(plan_set.split("+"))
        return cls(f"These plans were not compared yet: duogui plans compare {plans}.", plans=plan_set.split("+"))

    @classmethod
    def no_polygons(cls, slug: str, kind: str) -> "PlansNotComparableError":
        """Say that the features of a layer may be no polygons."""
        return cls(
            f"Layer {slug} is of kind {kind}, whose features may be of any geometry; take one of plans, parcels, control areas or reference features.",
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


class BlueprintRefusedError(AppError):
    """No blueprint can be made of what there is."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("blueprint-refused", "Blueprint refused", 422, detail, **extra)

    @classmethod
    def of_layer(cls, slug: str, found: str, expected: str) -> "BlueprintRefusedError":
        """Say that a layer cannot take a blueprint."""
        detail = f"to: found {slug!r}, {found}; expected {expected}. Name another layer, such as 'blueprint', which is made if there is none."
        return cls(detail, field="to", found=slug, expected=expected)


class BranchRefusedError(AppError):
    """What was asked of a what-if branch cannot be done."""

    def __init__(self, detail: str, **extra: object) -> None:
        super().__init__("branch-refused", "Branch refused", 422, detail, **extra)


class BranchNotFoundError(AppError):
    """There is no such branch."""

    def __init__(self, branch_id: int) -> None:
        super().__init__("branch-not-found", "Branch not found", 404, f"There is no what-if branch {branch_id}.")
