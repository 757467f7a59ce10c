"""Letters of cases of idle land over HTTP. All of it needs a key: letters name holders."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response

from app.cases.answers import LetterAnswer, LetterList
from app.cases.letters import describe_letter, issue_letter, list_letters, render_letter, require_letter
from app.cases.schemas import LetterRequest
from app.deps import KeyOnly, ReadSession, Writer, WriteSession, allow_parameters
from app.described import DescribedBy
from app.etags import matches_etag
from app.links import absolute_url

CaseId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the case.")]
LetterId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the letter.")]
PDF = "application/pdf"

router = APIRouter(tags=["idle cases"], dependencies=[Depends(allow_parameters())])


@router.get("/idle-cases/{case_id}/letters", summary="The letters of a case")
def get_letters(
    session: ReadSession, _holder: KeyOnly, case_id: CaseId
) -> Annotated[dict[str, Any], DescribedBy(LetterList)]:
    """List the letters that were issued in a case."""
    return {"letters": [describe_letter(letter) for letter in list_letters(session, case_id)]}


@router.post("/idle-cases/{case_id}/letters", status_code=201, summary="Issue a letter")
def post_letter(
    request: Request, response: Response, session: WriteSession, _writer: Writer, case_id: CaseId, body: LetterRequest
) -> Annotated[dict[str, Any], DescribedBy(LetterAnswer)]:
    """Issue the letter of the latest move that it belongs to; one that was issued already is returned as it is."""
    letter = issue_letter(session, case_id, body.kind, office=body.office)
    response.headers["Location"] = absolute_url(request, "idle-letters", str(letter.id))
    return describe_letter(letter)


@router.get(
    "/idle-letters/{letter_id}",
    summary="A letter as PDF",
    response_class=Response,
    responses={200: {"content": {PDF: {}}}, 304: {"description": "Nothing has changed."}},
)
def get_letter(request: Request, session: ReadSession, _holder: KeyOnly, letter_id: LetterId) -> Response:
    """Return a letter: the same bytes each time."""
    letter = require_letter(session, letter_id)
    headers = {"ETag": f'"{letter.sha256}"', "Cache-Control": "no-cache"}
    if matches_etag(request.headers.get("if-none-match"), headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(render_letter(letter), headers=headers, media_type=PDF)
