"""What a lawful move brings about: its last day, the fee, and the rows of the law that they follow from.

It is computed once and stored with the move, so that a number of the law that is corrected later changes no deadline of the past.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gis.disposal import moves as m
from gis.disposal.clocks import answer_deadline, end_of_days
from gis.disposal.model import CaseState
from gis.disposal.money import idle_fee
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.order import load_move_order
from gis.disposal.plans import Extension, TemporaryUse
from gis.idle import add_months


class Outcome(BaseModel):
    """What a move brings about.

    Attributes
    ----------
    article : str
        The article that the move rests on.
    due_on : date or None
        Last day of the period that the move starts, with what it is about and the article that sets it.
    enforce_after : date or None
        Day after which a decision may be enforced.
    fee_yuan : Decimal or None
    parameter_rows : list of str
        Rows of the law that were used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: str
    due_on: date | None = None
    due_name: str | None = None
    due_article: str | None = None
    enforce_after: date | None = None
    fee_yuan: Annotated[Decimal | None, Field(ge=0)] = None
    parameter_rows: tuple[str, ...] = ()


def settle_move(state: CaseState | None, move: m.Move, *, numbers: DisposalNumbers) -> Outcome:
    """Compute what a lawful move brings about.

    Parameters
    ----------
    state : CaseState or None
        None for the first move of a case.
    move : Move
    numbers : DisposalNumbers
        Those in force on the day of the move.
    """
    row = load_move_order().move(move.action)
    found = Outcome(article=load_move_order().cite(row.article, status=row.status))
    match move:
        case m.OpenCase():
            found = _due(found, "survey", end_of_days(move.on, numbers.survey_days), "survey_days", numbers)
        case m.NotifySurvey():
            until = answer_deadline(move.service_day, numbers.evidence_days)
            found = _due(found, "evidence", until, "evidence_days", numbers)
        case m.NotifyHearing():
            until = answer_deadline(move.service_day, numbers.hearing_request_days)
            found = _due(found, "hearing_request", until, "hearing_request_days", numbers)
        case m.DecideFee():
            found = _decision(_due_after(found, move, "payment", "fee_payment_days", numbers), move, numbers)
            found = _fee(found, state, numbers)
        case m.DecideRecovery():
            found = _due_after(found, move, "deregistration", "deregistration_days", numbers)
            found = _decision(found, move, numbers)
        case m.CarryOutPlan() if state is not None:
            found = _carried_out(found, state, numbers)
        case _:
            pass
    return found


def _due(found: Outcome, name: str, until: date, number: str, numbers: DisposalNumbers) -> Outcome:
    update = {"due_on": until, "due_name": name, "due_article": numbers.cite(number)}
    return _using(found.model_copy(update=update), (number,), numbers)


def _due_after(found: Outcome, move: m.ServedMove, name: str, number: str, numbers: DisposalNumbers) -> Outcome:
    return _due(found, name, answer_deadline(move.service_day, getattr(numbers, number)), number, numbers)


def _decision(found: Outcome, move: m.ServedMove, numbers: DisposalNumbers) -> Outcome:
    """Add the day after which it may be enforced: when review and lawsuit are no longer possible (art. 18)."""
    served = move.service_day
    periods = (answer_deadline(served, numbers.review_days), add_months(served, numbers.lawsuit_months))
    update = {"enforce_after": max(*periods, found.due_on or served)}
    return _using(found.model_copy(update=update), ("review_days", "lawsuit_months"), numbers)


def _fee(found: Outcome, state: CaseState | None, numbers: DisposalNumbers) -> Outcome:
    if state is None or state.facts.price_yuan is None:
        return found
    fee = idle_fee(state.facts.price_yuan, numbers)
    return _using(found.model_copy(update={"fee_yuan": fee}), ("fee_rate", "fee_places"), numbers)


def _using(found: Outcome, names: tuple[str, ...], numbers: DisposalNumbers) -> Outcome:
    keys = {f"idle.{name}" for name in names}
    rows = tuple(row.row_id for row in numbers.rows if row.key in keys)
    return found.model_copy(update={"parameter_rows": found.parameter_rows + rows})


def _carried_out(found: Outcome, state: CaseState, numbers: DisposalNumbers) -> Outcome:
    match state.plan:
        case Extension() as terms:
            return _due(found, "start", terms.extended_start_date, "extension_max_years", numbers)
        case TemporaryUse() as terms:
            return _due(found, "temporary_use", terms.until, "temporary_use_max_years", numbers)
        case _:
            return found
