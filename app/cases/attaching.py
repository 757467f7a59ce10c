"""Put what imagery shows of a case's land on its file, as it is on that day: later runs do not change it."""

from datetime import date
from typing import Final, Literal

from app.cases import repository
from app.cases.service import make_move
from app.clock import today
from app.db.models import DisposalCase
from app.db.sessions import WriteSession
from app.imagery import repository as imagery
from app.imagery.describing import describe_row
from app.imagery.errors import NoEvidenceError
from gis.disposal.moves import AttachEvidence

_SAYS: Final[dict[str, Literal["supports", "contradicts", "cannot_tell"]]] = {
    "supports": "supports",
    "contradicts": "contradicts",
}


def attach_imagery(session: WriteSession, case_id: int, *, on: date | None, if_match: str | None) -> DisposalCase:
    """Put the current evidence from imagery on the file of a case.

    Parameters
    ----------
    session : WriteSession
    case_id : int
    on : date or None
        Today when left out.
    if_match : str or None

    Raises
    ------
    NoEvidenceError
        No scene was measured over the land of the case's contract.
    CaseNotFoundError, PreconditionRequiredError, PreconditionFailedError, MoveRefusedError, IllegalMoveError
    """
    case = repository.require_case(session, case_id)
    run = imagery.find_current_run(session)
    row = None if run is None else imagery.find_evidence(session, run.id, case.contract_no)
    if run is None or row is None:
        raise NoEvidenceError(case.contract_no)
    move = AttachEvidence(
        on=on or today(),
        source=f"影像举证批次 {run.id}，截至 {run.as_of}",
        method="raster",
        says=_SAYS.get(row.bearing, "cannot_tell"),
        text=row.reason_zh,
        data={"evidence_run_id": run.id, "as_of": run.as_of.isoformat()} | describe_row(row, with_observations=True),
    )
    return make_move(session, case_id, move, if_match=if_match)
