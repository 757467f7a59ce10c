"""HTTP access to the comparisons of plans; starting one is a job, its patches are the collection ``plan_patches``."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path

from app.db.models import PlanComparison
from app.deps import ReadSession, allow_parameters
from app.described import DescribedBy
from app.plans import repository
from app.plans.answers import CrossedPlansAnswer, PlanComparisonAnswer, PlanComparisonList
from app.plans.crossing import CrossedBy, cross_plans
from app.plans.register_repository import require_comparison

NO_PARAMETERS = [Depends(allow_parameters())]
ComparisonId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")]

router = APIRouter(prefix="/plan-comparisons", tags=["plans"])


@router.get("", dependencies=NO_PARAMETERS)
def list_plan_comparisons(session: ReadSession) -> Annotated[dict[str, Any], DescribedBy(PlanComparisonList)]:
    """List the latest comparisons, newest first."""
    return {"plan_comparisons": [_comparison_json(row) for row in repository.list_comparisons(session)]}


@router.get("/{plan_comparison_id}", dependencies=NO_PARAMETERS)
def get_plan_comparison(
    plan_comparison_id: ComparisonId, session: ReadSession
) -> Annotated[dict[str, Any], DescribedBy(PlanComparisonAnswer)]:
    """Return a comparison with its sums."""
    return _comparison_json(require_comparison(session, plan_comparison_id))


@router.get("/{plan_comparison_id}/matrices/{by}", dependencies=NO_PARAMETERS)
def get_matrices(
    plan_comparison_id: ComparisonId, by: CrossedBy, session: ReadSession
) -> Annotated[dict[str, Any], DescribedBy(CrossedPlansAnswer)]:
    """Return every two plans crossed by land class or by code; each table sums to the compared area."""
    return cross_plans(session, plan_comparison_id, by)


def _comparison_json(row: PlanComparison) -> dict[str, Any]:
    names = ("plan_set", "as_of", "is_current", "input_digest", "engine_version")
    more = ("started_at", "finished_at", "started_by", "parameter_rows")
    values = {name: getattr(row, name) for name in (*names, *more)}
    return {"plan_comparison_id": row.id, **values, "summary": row.summary}
