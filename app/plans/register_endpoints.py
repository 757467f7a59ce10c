"""The register of difference patches over HTTP: read it, propose, decide one patch or many, and see the balance."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel

from app.answers import json_answer
from app.deps import ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.links import absolute_url
from app.plans import register_repository as repository
from app.plans.answers import BulkDecisionAnswer, PatchAnswer, PatchBalance, PatchHistory, PatchPage, RegisterHistory
from app.plans.balancing import balance_of
from app.plans.deciding import decide_patch, decide_patches
from app.plans.register_schemas import BulkDecision, PatchChange, PatchFilter
from app.plans.register_tags import describe_decision, describe_patch, patch_etag

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
NO_PARAMETERS = [Depends(allow_parameters())]
PAGED = [Depends(allow_parameters("limit", "after"))]
ComparisonId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the comparison.")]
PatchId = Annotated[str, Path(max_length=100, description="Id of the patch, as in the collection `plan_patches`.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
After = Annotated[int, Query(ge=0, lt=2**63, description="Taken from a `next` link.")]
GUARDED: dict[int | str, dict[str, Any]] = {
    412: {"description": "Somebody else decided since the patch was read."},
    428: {"description": "`If-Match` is missing."},
}


def etagged(model: type[BaseModel]) -> dict[int | str, dict[str, Any]]:
    """Describe an answer with an ETag."""
    return {200: {"model": model}, 304: {"description": "Nothing has changed since the answer with this ETag."}}


router = APIRouter(prefix="/plan-comparisons/{plan_comparison_id}", tags=["plans"])


@router.get("/patches", summary="The register of a comparison", responses=etagged(PatchPage), dependencies=PAGED)
def list_patches(
    request: Request,
    session: ReadSession,
    plan_comparison_id: ComparisonId,
    limit: Limit = DEFAULT_LIMIT,
    after: After = 0,
) -> Response:
    """List the patches with what is decided of them; their geometry is in the collection `plan_patches`."""
    return _patches(request, session, plan_comparison_id, PatchFilter(everything=True), limit, after)


@router.post(
    "/patches/search", summary="Patches that meet a filter", responses={200: {"model": PatchPage}}, dependencies=PAGED
)
def search_patches(
    request: Request,
    session: ReadSession,
    plan_comparison_id: ComparisonId,
    body: PatchFilter,
    limit: Limit = DEFAULT_LIMIT,
    after: After = 0,
) -> Response:
    """List the patches that a decision with the same filter would be for; nothing is changed."""
    return _patches(request, session, plan_comparison_id, body, limit, after)


@router.get(
    "/patches/{patch_id}",
    summary="One patch of the register",
    responses=etagged(PatchAnswer),
    dependencies=NO_PARAMETERS,
)
def get_patch(request: Request, session: ReadSession, plan_comparison_id: ComparisonId, patch_id: PatchId) -> Response:
    """Return a patch with what is decided of it; its `ETag` is what a decision sends as `If-Match`."""
    repository.require_comparison(session, plan_comparison_id)
    patch = repository.find_patch(session, plan_comparison_id, patch_id)
    return json_answer(request, describe_patch(patch), etag=patch_etag(patch))


@router.patch("/patches/{patch_id}", summary="Decide one patch", responses={**GUARDED}, dependencies=NO_PARAMETERS)
def change_patch(
    response: Response,
    session: WriteSession,
    _writer: Writer,
    plan_comparison_id: ComparisonId,
    patch_id: PatchId,
    body: PatchChange,
    if_match: Annotated[str | None, Header()] = None,
) -> Annotated[dict[str, Any], DescribedBy(PatchAnswer)]:
    """Decide a patch or note facts of it, as it was when its ETag was read; what it was before is kept."""
    patch = decide_patch(session, plan_comparison_id, patch_id, body, if_match=if_match)
    response.headers["ETag"] = patch_etag(patch)
    return dict(describe_patch(patch))


@router.get(
    "/patches/{patch_id}/history",
    summary="The decisions on a patch",
    responses=etagged(PatchHistory),
    dependencies=NO_PARAMETERS,
)
def get_patch_history(
    request: Request, session: ReadSession, plan_comparison_id: ComparisonId, patch_id: PatchId
) -> Response:
    """Return every decision on a patch and on those that it came after, the oldest first."""
    repository.require_comparison(session, plan_comparison_id)
    patch = repository.find_patch(session, plan_comparison_id, patch_id)
    found = repository.list_patch_history(session, patch)
    return json_answer(request, {"patch": patch_id, "history": [describe_decision(*entry) for entry in found]})


@router.get("/history", summary="The decisions of a register", responses=etagged(RegisterHistory), dependencies=PAGED)
def get_history(
    request: Request,
    session: ReadSession,
    plan_comparison_id: ComparisonId,
    limit: Limit = DEFAULT_LIMIT,
    after: After = 0,
) -> Response:
    """Return the decisions on all patches, in the order in which they were made."""
    repository.require_comparison(session, plan_comparison_id)
    found = repository.list_history(session, plan_comparison_id, after=after, limit=limit + 1)
    document: dict[str, Any] = {"history": [describe_decision(*entry) for entry in found[:limit]]}
    document["links"] = _links(request, limit, found[limit - 1][0].id if len(found) > limit else None)
    return json_answer(request, document)


@router.post(
    "/decisions",
    summary="Decide many patches",
    dependencies=[Depends(allow_parameters("dry_run"))],
)
def decide_many(
    session: WriteSession,
    _writer: Writer,
    plan_comparison_id: ComparisonId,
    body: BulkDecision,
    dry_run: Annotated[bool, Query(description="Tell what would happen, and change nothing.")] = False,
) -> Annotated[dict[str, Any], DescribedBy(BulkDecisionAnswer)]:
    """Decide all patches that meet a filter, or none of them where one cannot be decided like that."""
    return decide_patches(session, plan_comparison_id, body.filter, body.change, dry_run=dry_run)


@router.get(
    "/balance",
    summary="Construction land added and removed",
    responses=etagged(PatchBalance),
    dependencies=NO_PARAMETERS,
)
def get_balance(request: Request, session: ReadSession, plan_comparison_id: ComparisonId) -> Response:
    """Return what the decisions add to and take from each plan, and the quota that it needs."""
    return json_answer(request, balance_of(session, repository.require_comparison(session, plan_comparison_id)))


def _patches(
    request: Request, session: ReadSession, comparison_id: int, chosen: PatchFilter, limit: int, after: int
) -> Response:
    comparison = repository.require_comparison(session, comparison_id)
    found = repository.select_patches(session, comparison, chosen, after=after, limit=limit + 1)
    document: dict[str, Any] = {
        "patches": [dict(describe_patch(patch)) | {"etag": patch_etag(patch)} for patch in found[:limit]]
    }
    document["links"] = _links(request, limit, found[limit - 1].row_id if len(found) > limit else None)
    return json_answer(request, document)


def _links(request: Request, limit: int, last: int | None) -> list[dict[str, str]]:
    parts = request.url.path.strip("/").split("/")
    links = [{"href": absolute_url(request, *parts, query=request.query_params.multi_items()), "rel": "self"}]
    if last is not None:
        query = [("limit", str(limit)), ("after", str(last))]
        links.append({"href": absolute_url(request, *parts, query=query), "rel": "next"})
    return [link | {"type": "application/json"} for link in links]
