"""Cases of idle land over HTTP. All of it needs a key: cases name holders."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Header, Path, Query, Request, Response

from app.answers import json_answer
from app.cases import repository
from app.cases.answers import CaseList, DisposalCaseAnswer, OptionsOfCase, PublicationPage, RecoveryPlanAnswer
from app.cases.attaching import attach_imagery
from app.cases.describing import describe, describe_options, describe_publication, summarise
from app.cases.errors import MoveRefusedError
from app.cases.ledger_service import MEDIA_TYPES, LedgerFormat, make_ledger
from app.cases.opening import open_from_scan
from app.cases.planning import plan_cases
from app.cases.reserve import list_reserve
from app.cases.schemas import ImageryRequest, OpeningRequest, PlanRequest
from app.cases.service import case_etag, make_move, numbers_of, options_of
from app.cases.warnings import read_warnings
from app.clock import today
from app.db.models import DisposalCase
from app.db.sessions import ReadSession as ReadingSession
from app.db.sessions import WriteSession as WritingSession
from app.deps import KeyOnly, ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.links import absolute_url
from gis.disposal import CaseStage, Move

DEFAULT_LIMIT, MAX_LIMIT = 100, 10_000
NO_PARAMETERS = [Depends(allow_parameters())]
CaseId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the case.")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT)]
After = Annotated[int, Query(ge=0, lt=2**63, description="`next_after` of the page before.")]
REFUSED: dict[int | str, dict[str, Any]] = {
    409: {"description": "The law does not allow the move: `obstacles` says why, each with its article."},
    412: {"description": "Somebody else moved since the case was read."},
    428: {"description": "`If-Match` is missing."},
}

router = APIRouter(tags=["idle cases"])


@router.get(
    "/idle-cases",
    summary="Cases of idle land",
    dependencies=[Depends(allow_parameters("stage", "contract_no", "running", "limit", "after"))],
)
def list_cases(
    session: ReadSession,
    _holder: KeyOnly,
    stage: CaseStage | None = None,
    contract_no: Annotated[str | None, Query(max_length=200)] = None,
    running: Annotated[bool, Query(description="Only cases that have not ended.")] = False,
    limit: Limit = DEFAULT_LIMIT,
    after: After = 0,
) -> Annotated[dict[str, Any], DescribedBy(CaseList)]:
    """List cases in the order of their numbers, with the period that runs in each."""
    found = repository.list_cases(
        session, stage=stage, contract_no=contract_no, only_running=running, after=after, limit=limit + 1
    )
    answer: dict[str, Any] = {"cases": [summarise(case) for case in found[:limit]]}
    return answer | ({"next_after": found[limit - 1].row_id} if len(found) > limit else {})


@router.post("/idle-cases", status_code=201, summary="Open cases from the scan", dependencies=NO_PARAMETERS)
def open_cases(
    request: Request, response: Response, body: OpeningRequest, session: WriteSession, _writer: Writer
) -> dict[str, Any]:
    """Open a case for each contract that the current scan flags; a contract whose case runs keeps it."""
    day = today()
    if body.on is not None and body.on > day:
        raise MoveRefusedError.in_the_future(body.on, day)
    result = open_from_scan(session, body.contract_nos, on=body.on or day)
    if len(result.opened) == 1:
        response.headers["Location"] = absolute_url(request, "idle-cases", str(result.opened[0].row_id))
    return result.as_dict()


@router.get(
    "/idle-cases/publication",
    summary="The public list of idle land",
    dependencies=[Depends(allow_parameters("limit", "after"))],
)
def get_publication(
    session: ReadSession, _holder: KeyOnly, limit: Limit = DEFAULT_LIMIT, after: After = 0
) -> Annotated[dict[str, Any], DescribedBy(PublicationPage)]:
    """Return what art. 11 makes public; a case leaves the list when its disposal ends."""
    found = repository.list_cases(session, is_published=True, after=after, limit=limit + 1)
    answer: dict[str, Any] = {"published": [describe_publication(session, case) for case in found[:limit]]}
    return answer | ({"next_after": found[limit - 1].row_id} if len(found) > limit else {})


@router.get("/idle-cases/reserve", summary="Recovered land in the reserve", dependencies=NO_PARAMETERS)
def get_reserve(session: ReadSession, _holder: KeyOnly) -> dict[str, Any]:
    """Return the land that cases brought to the reserve, how ready it is, and what it lacks to be clean land."""
    return {"reserve": list(list_reserve(session))}


@router.get(
    "/idle-cases/{case_id}",
    summary="A case with its history",
    responses={200: {"model": DisposalCaseAnswer}},
    dependencies=NO_PARAMETERS,
)
def get_case(request: Request, session: ReadSession, _holder: KeyOnly, case_id: CaseId) -> Response:
    """Return a case: facts, what may be done now, and every move; its `ETag` is what a move sends as `If-Match`."""
    case = repository.require_case(session, case_id)
    return json_answer(request, _described(session, case), etag=case_etag(case))


@router.get(
    "/idle-cases/{case_id}/options",
    summary="Which ways of disposal are lawful",
    dependencies=[Depends(allow_parameters("on"))],
)
def get_options(
    session: ReadSession, _holder: KeyOnly, case_id: CaseId, on: date | None = None
) -> Annotated[dict[str, Any], DescribedBy(OptionsOfCase)]:
    """Return every way of disposal, and what stands against those that are not offered on a day."""
    case, day = repository.require_case(session, case_id), on or today()
    return {"case_id": case_id, "on": day, "options": describe_options(options_of(session, case, on=day))}


@router.post("/idle-cases/{case_id}/moves", summary="Make a move", responses=REFUSED, dependencies=NO_PARAMETERS)
def post_move(
    response: Response,
    session: WriteSession,
    _writer: Writer,
    case_id: CaseId,
    body: Annotated[Move, Body()],
    if_match: Annotated[str | None, Header()] = None,
) -> Annotated[dict[str, Any], DescribedBy(DisposalCaseAnswer)]:
    """Make a move in a case as it was when its ETag was read; what is not lawful is refused with the article."""
    case = make_move(session, case_id, body, if_match=if_match)
    response.headers["ETag"] = case_etag(case)
    return _described(session, case)


@router.post(
    "/idle-cases/{case_id}/imagery",
    summary="Put what imagery shows on the file",
    responses=REFUSED,
    dependencies=NO_PARAMETERS,
)
def post_imagery(
    response: Response,
    session: WriteSession,
    _writer: Writer,
    case_id: CaseId,
    body: ImageryRequest,
    if_match: Annotated[str | None, Header()] = None,
) -> Annotated[dict[str, Any], DescribedBy(DisposalCaseAnswer)]:
    """Keep what the current evidence run shows of the case's land as a move `attach_evidence`; it decides nothing."""
    case = attach_imagery(session, case_id, on=body.on, if_match=if_match)
    response.headers["ETag"] = case_etag(case)
    return _described(session, case)


@router.get(
    "/idle-warnings",
    summary="Contracts that are not started, by warning level",
    dependencies=[Depends(allow_parameters("as_of", "limit", "after"))],
)
def get_warnings(
    session: ReadSession,
    _holder: KeyOnly,
    as_of: date | None = None,
    limit: Limit = DEFAULT_LIMIT,
    after: After = 0,
) -> dict[str, Any]:
    """Return the local warning level of each contract that development has not started on, in the order of the table.

    A page looks at so many contracts at most: it may have few warnings, or none, and a next page.
    """
    day = as_of or today()
    page = read_warnings(session, as_of=day, after=after, limit=limit)
    answer: dict[str, Any] = {"as_of": day, "warnings": page.warnings}
    return answer | ({} if page.next_after is None else {"next_after": page.next_after})


@router.post("/idle-case-plans", summary="Which cases to take first", dependencies=NO_PARAMETERS)
def post_plan(
    session: ReadSession, _holder: KeyOnly, body: PlanRequest
) -> Annotated[dict[str, Any], DescribedBy(RecoveryPlanAnswer)]:
    """Plan recovery under limits of officers and money, and tell why each case is in or out; nothing is stored."""
    return plan_cases(session, body)


@router.get(
    "/idle-ledger",
    summary="The ledger as a workbook or CSV",
    response_class=Response,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
    dependencies=[Depends(allow_parameters("format", "office"))],
)
def get_ledger(
    session: ReadSession,
    _holder: KeyOnly,
    kind: Annotated[LedgerFormat, Query(alias="format")] = LedgerFormat.XLSX,
    office: Annotated[str, Query(max_length=100, pattern=r"^[^\x00-\x1f\x7f]*$", description="Who fills it in.")] = "",
) -> Response:
    """Return the ledger (台账) of all cases; a workbook also has what is suspected beyond them, and the rates."""
    headers = {"Content-Disposition": f'attachment; filename="idle-ledger.{kind.value}"', "Cache-Control": "no-cache"}
    return Response(
        make_ledger(session, kind, office=office, at_once=True), headers=headers, media_type=MEDIA_TYPES[kind]
    )


def _described(session: ReadingSession | WritingSession, case: DisposalCase) -> dict[str, Any]:
    return describe(session, case, numbers_of(session, case, today()))
