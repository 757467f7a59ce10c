"""What-if branches over HTTP: what they would change, on the map too; opening and keeping one is a job."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.deps import ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.plans import branch_repository
from app.plans.answers import PlanBranchAnswer, PlanBranchList
from app.plans.branches import branch_json, discard_branch_in
from app.plans.draft_schemas import BranchId

DEFAULT_LIMIT = 100
MAX_LIMIT = 1000
NO_PARAMETERS = [Depends(allow_parameters())]

router = APIRouter(prefix="/plan-branches", tags=["plans"])


@router.get("", summary="The what-if branches, the newest first", dependencies=NO_PARAMETERS)
def list_plan_branches(session: ReadSession) -> Annotated[dict[str, Any], DescribedBy(PlanBranchList)]:
    """List the latest branches with what they would change."""
    return {"plan_branches": [branch_json(session, branch) for branch in branch_repository.list_branches(session)]}


@router.get("/{plan_branch_id}", summary="What a branch would change", dependencies=NO_PARAMETERS)
def get_plan_branch(
    session: ReadSession, plan_branch_id: BranchId
) -> Annotated[dict[str, Any], DescribedBy(PlanBranchAnswer)]:
    """Return a branch: areas by class and line, patches, and the parcels affected."""
    return branch_json(session, branch_repository.require(session, plan_branch_id))


@router.get(
    "/{plan_branch_id}/patches",
    summary="The patches that a branch would add and take away",
    dependencies=[Depends(allow_parameters("limit", "after"))],
)
def get_plan_branch_patches(
    session: ReadSession,
    plan_branch_id: BranchId,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = DEFAULT_LIMIT,
    after: Annotated[int, Query(ge=0, lt=2**63, description="The id of the last feature of the page before.")] = 0,
) -> dict[str, Any]:
    """Return a page of patches as GeoJSON; `change` is `come` or `gone`."""
    branch = branch_repository.require(session, plan_branch_id)
    features = branch_repository.features_of(session, branch, limit=limit, after=after)
    return {"type": "FeatureCollection", "features": features, "numberReturned": len(features)}


@router.delete("/{plan_branch_id}", summary="Discard a branch", dependencies=NO_PARAMETERS)
def discard_plan_branch(
    session: WriteSession, plan_branch_id: BranchId, _writer: Writer
) -> Annotated[dict[str, Any], DescribedBy(PlanBranchAnswer)]:
    """Close a branch; a draft that was imported for it is deleted, any other stays."""
    return discard_branch_in(session, plan_branch_id)
