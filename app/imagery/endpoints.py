"""HTTP access to scenes and to what they show of land under contract; collecting it is a job."""

import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.deps import KeyOnly, ReadSession, allow_parameters
from app.described import DescribedBy
from app.etags import matches_etag
from app.imagery import repository
from app.imagery.answers import LandEvidenceAnswer
from app.imagery.describing import describe_row, describe_run, describe_scene
from app.imagery.errors import NoEvidenceError
from app.imagery.pictures import picture_land
from gis.imagery import Bearing

MAX_LIMIT = 10_000
PNG = "image/png"
NO_PARAMETERS = [Depends(allow_parameters())]

router = APIRouter(tags=["imagery"])


@router.get("/imagery-scenes", summary="The registered scenes", dependencies=NO_PARAMETERS)
def list_imagery_scenes(session: ReadSession) -> dict[str, Any]:
    """Return every scene with its day, resolution and masks, the oldest first."""
    return {"scenes": [describe_scene(row) for row in repository.list_scenes(session)]}


@router.get(
    "/imagery-scenes/{scene_id}/picture",
    summary="A scene around a contract's land",
    dependencies=[Depends(allow_parameters("contract_no"))],
    response_class=Response,
    responses={200: {"content": {PNG: {}}}, 304: {"description": "Nothing has changed."}},
)
def get_scene_picture(
    request: Request,
    session: ReadSession,
    _holder: KeyOnly,
    scene_id: Annotated[int, Path(ge=1, lt=2**63, description="Number of the scene.")],
    contract_no: Annotated[str, Query(max_length=200, description="Contract whose land is shown.")],
) -> Response:
    """Return a small PNG of the scene with the land's boundary: clouds and missing values hatched, nothing beyond the raster."""
    picture = picture_land(session, scene_id, contract_no)
    headers = {"ETag": f'"{hashlib.sha256(picture).hexdigest()}"', "Cache-Control": "private, max-age=300"}
    if matches_etag(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(picture, headers=headers, media_type=PNG)


@router.get(
    "/land-evidence",
    summary="What imagery shows of land under contract",
    dependencies=[Depends(allow_parameters("bearing", "limit", "after"))],
)
def list_land_evidence(
    session: ReadSession,
    _holder: KeyOnly,
    bearing: Annotated[Bearing | None, Query(description="Only what supports, contradicts or cannot tell.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 100,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next_after` of the page before.")] = 0,
) -> dict[str, Any]:
    """Return a page of the current evidence. It supports or contradicts what was reported; it decides nothing."""
    run = repository.find_current_run(session)
    if run is None:
        raise NoEvidenceError
    rows = repository.list_evidence(session, run.id, bearing=bearing, after=after, limit=limit)
    return {
        "run": describe_run(run),
        "evidence": [describe_row(row, with_observations=False) for row in rows],
        "next_after": rows[-1].row_id if len(rows) == limit else None,
    }


@router.get(
    "/land-evidence/{contract_no}", summary="What imagery shows of one contract's land", dependencies=NO_PARAMETERS
)
def get_land_evidence(
    session: ReadSession, _holder: KeyOnly, contract_no: Annotated[str, Path(max_length=200)]
) -> Annotated[dict[str, Any], DescribedBy(LandEvidenceAnswer)]:
    """Return claims, every scene's values and readings, outlines of buildings and the step of the vegetation."""
    run = repository.find_current_run(session)
    row = None if run is None else repository.find_evidence(session, run.id, contract_no)
    if run is None or row is None:
        raise NoEvidenceError(contract_no)
    return {"run": describe_run(run), **describe_row(row, with_observations=True)}
