"""Idle land for whoever works on it: the list, its counts, and one contract with its clock."""

from calendar import monthrange
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.cases import repository
from app.cases.describing import describe_options
from app.cases.errors import LandNotFlaggedError
from app.cases.land_list import LandFilter, count_land, group_land, list_land
from app.cases.service import options_of
from app.cases.timeline import describe_timeline
from app.clock import today
from app.db.models import DisposalCase, IdleCase, IdleScan, LandContract
from app.db.parameters import read_parameters
from app.idle.terms import to_contract
from gis.disposal import CaseClock, DisposalNumbers, load_move_order
from gis.idle import CauseInterval, IdleKind
from gis.rules import region_of_parcel

COLUMNS = (
    "contract_no",
    "parcel_code",
    "parcel_layer",
    "target_id",
    "feature_id",
    "kind",
    "found_kind",
    "idle_since",
    "gross_idle_days",
    "net_idle_days",
    "zone",
    "area_m2",
    "holder",
    "case_id",
    "stage",
    "due_name",
    "due_on",
    "ended_on",
    "is_published",
    "bearing",
)
_SCANNED_IN = ("parcel_layer", "parcel_version", "parcel_matches")
FINDING = (
    "feature_id",
    "as_of",
    "kind",
    "agreed_start_date",
    "idle_since",
    "gross_idle_days",
    "net_idle_days",
    "developed_share",
    "invested_share",
    "missing",
    "reason_zh",
    "reason_en",
    "article",
    "parcel_match",
    "candidate_ids",
    "parcel_layer",
    "target_id",
    "parcel_code",
    "facts",
)


def describe_page(session: Session, chosen: LandFilter, *, after: str | None, limit: int) -> dict[str, Any]:
    """Describe a page of idle land, with how much there is in all."""
    day = today()
    rows = list_land(session, chosen, after=after, limit=limit + 1)
    counts = count_land(session, chosen, day=day, month_end=end_of_month(day))
    answer: dict[str, Any] = {
        "as_of": day,
        "matched": counts.matched,
        "overdue": counts.overdue,
        "due_this_month": counts.due_this_month,
        "land": [_row(row, day) for row in rows[:limit]],
    }
    return answer | ({"next_after": rows[limit - 1].position} if len(rows) > limit else {})


def describe_groups(session: Session) -> dict[str, Any]:
    """Describe how much idle land there is by stage, kind and zone, and what falls due this month."""
    day = today()
    groups: dict[str, list[dict[str, Any]]] = {"stages": [], "kinds": [], "zones": []}
    stages_zh = {stage.value: name for stage, name in load_move_order().stages.items()}
    for row in group_land(session):
        numbers = {"count": row.count, "area_m2": str(row.area_m2)}
        if not row.no_stage:
            groups["stages"].append({"stage": row.stage, "stage_zh": stages_zh.get(row.stage), **numbers})
        elif not row.no_kind:
            groups["kinds"].append({"kind": row.kind, **numbers})
        elif row.zone is not None:
            groups["zones"].append({"zone": row.zone, **numbers})
    groups["zones"].sort(key=lambda group: group["zone"])
    counts = count_land(session, LandFilter(running=True), day=day, month_end=end_of_month(day))
    scan = repository.current_scan(session)
    return {
        "as_of": day,
        "scanned_for": None if scan is None else scan.as_of,
        "scanned_in": None if scan is None else {name: scan.summary[name] for name in _SCANNED_IN},
        "overdue": counts.overdue,
        "due_this_month": counts.due_this_month,
        **groups,
    }


def describe_land(session: Session, contract_no: str) -> dict[str, Any]:
    """Describe a contract's idle land: what the scan found, its case, what may be agreed, and the clock.

    Raises
    ------
    LandNotFlaggedError
    """
    day = today()
    rows = list_land(session, LandFilter(contract_no=contract_no), after=None, limit=1)
    if not rows:
        raise LandNotFlaggedError(contract_no)
    finding = _finding(session, contract_no)
    terms = _terms(session, finding)
    case_id = rows[0].case_id
    case = None if case_id is None else repository.require_case(session, case_id)
    numbers = _numbers(session, rows[0].parcel_code, day)
    return _row(rows[0], day) | {
        "finding": None if finding is None else {name: getattr(finding, name) for name in FINDING},
        "contract": terms,
        "options": None if case is None else describe_options(options_of(session, case)),
        "timeline": _timeline(session, case, finding, terms, numbers, day),
    }


def end_of_month(day: date) -> date:
    """Return the last day of a month.

    Examples
    --------
    >>> from datetime import date
    >>> from app.cases.land_service import end_of_month
    >>> end_of_month(date(2024, 2, 7)).isoformat()
    '2024-02-29'
    """
    return day.replace(day=monthrange(day.year, day.month)[1])


def _row(row: Row[Any], day: date) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in COLUMNS}
    told["area_m2"] = None if row.area_m2 is None else str(row.area_m2)
    told["is_overdue"] = row.due_on is not None and row.ended_on is None and row.due_on < day
    told["bbox"] = None if row.west is None else [row.west, row.south, row.east, row.north]
    return told


def _finding(session: Session, contract_no: str) -> IdleCase | None:
    return session.scalar(
        select(IdleCase)
        .join(IdleScan, IdleScan.id == IdleCase.idle_scan_id)
        .where(IdleScan.is_current, IdleCase.contract_no == contract_no)
        .order_by(IdleCase.row_id)
        .limit(1)
    )


def _terms(session: Session, finding: IdleCase | None) -> dict[str, Any] | None:
    if finding is None:
        return None
    row = session.scalar(
        select(LandContract)
        .join(IdleScan, IdleScan.delivery_id == LandContract.delivery_id)
        .where(IdleScan.id == finding.idle_scan_id, LandContract.contract_no == finding.contract_no)
        .order_by(LandContract.row_id)
        .limit(1)
    )
    if row is None:
        return None
    return {"price_yuan": None if row.price_yuan is None else str(row.price_yuan), **row.terms}


def _numbers(session: Session, parcel_code: str | None, day: date) -> DisposalNumbers:
    return DisposalNumbers.in_force(read_parameters(session), as_of=day, region=region_of_parcel(parcel_code))


def _timeline(
    session: Session,
    case: DisposalCase | None,
    finding: IdleCase | None,
    terms: dict[str, Any] | None,
    numbers: DisposalNumbers,
    day: date,
) -> dict[str, Any]:
    """Draw the line from the case where there is one, for it may correct what the scan found."""
    causes: Sequence[CauseInterval] = () if terms is None else to_contract(terms).causes
    clock: CaseClock | None = None
    if case is not None:
        state = repository.state_of(session, case)
        kind, agreed, clock = state.facts.kind, state.facts.agreed_start_date, state.clock
        causes = state.causes or causes
        is_suspended = kind is IdleKind.IDLE_SUSPENDED
        since = state.facts.suspended_since if is_suspended else agreed
    else:
        is_suspended = finding is not None and finding.kind == IdleKind.IDLE_SUSPENDED
        agreed = None if finding is None else finding.agreed_start_date
        since = None if finding is None else finding.idle_since
    return describe_timeline(
        agreed_start=agreed,
        idle_since=since,
        is_suspended=is_suspended,
        causes=tuple(causes),
        clock=clock,
        numbers=numbers,
        as_of=day,
    )
