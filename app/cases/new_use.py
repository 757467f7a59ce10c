"""The site check that comes before a change of use (Order 53 art. 12(2))."""

from app.cases.errors import MoveRefusedError
from app.db.models import DisposalCase
from app.db.sessions import WriteSession
from app.site_checks.questions import Question
from app.site_checks.service import check_within, sites_of_parcels
from gis.disposal import ChangeOfUse
from gis.disposal.moves import AgreePlan


def check_new_use(session: WriteSession, case: DisposalCase, move: AgreePlan) -> AgreePlan:
    """Check the parcel of a case for the use that a plan wants, and write the answer into the plan.

    Raises
    ------
    MoveRefusedError
        The case has no parcel.
    SiteRefusedError, ParcelAmbiguousError, NothingToCheckError
    """
    terms = move.plan
    if not isinstance(terms, ChangeOfUse):
        return move
    if case.parcel_code is None:
        raise MoveRefusedError("plan.new_use", "a case without parcel code", "a parcel whose new use can be checked")
    question = Question(use_code=terms.new_use, as_of=move.on)
    check = check_within(session, sites_of_parcels(session, [case.parcel_code], question), question)
    checked = terms.model_copy(update={"site_check_id": str(check.id), "site_verdict": check.verdict})
    return move.model_copy(update={"plan": checked})
