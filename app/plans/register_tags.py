"""What a register tells of a patch, and the tag of that state."""

from collections.abc import Mapping
from typing import Any

from app.db.models import PatchDecision, PlanPatch
from app.db.models.plan_register import ResolutionColumns

RESOLUTION_FIELDS = tuple(ResolutionColumns.__annotations__)
PATCH_FIELDS = (
    "conflict_class",
    "plan_statuses",
    "plan_codes",
    "hard_lines",
    "overlap_class",
    "area_m2",
    "mean_width_m",
    "text_zh",
    "text_en",
)


def patch_etag(patch: PlanPatch) -> str:
    """Return the tag of a patch, which changes with every decision.

    Examples
    --------
    >>> from app.db.models import PlanPatch
    >>> patch_etag(PlanPatch(row_id=7, decision_count=2))
    '"7-2"'
    """
    return f'"{patch.row_id}-{patch.decision_count}"'


def describe_patch(patch: PlanPatch) -> Mapping[str, Any]:
    """Return a patch with what is decided of it as JSON values, dates and numbers."""
    return {"patch": patch.feature_id, "plan_comparison_id": patch.plan_comparison_id} | {
        name: getattr(patch, name) for name in (*PATCH_FIELDS, *RESOLUTION_FIELDS)
    }


def describe_decision(decision: PatchDecision, patch: str) -> Mapping[str, Any]:
    """Return a decision of the history."""
    names = ("action", "from_state", "to_state", "changes", "note", "batch", "recorded_at", "recorded_by")
    return {"decision": decision.id, "patch": patch} | {name: getattr(decision, name) for name in names}
