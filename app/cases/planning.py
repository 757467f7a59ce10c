"""Which cases to take first: candidates from the cases that run, planned by ``gis.disposal.planning``."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.errors import CaseNotFoundError
from app.cases.ledger import LedgerCase, read_ledger
from app.cases.schemas import CandidateValues, PlanRequest
from app.clock import today
from app.db.models import DisposalCase, LandContract, Layer, LayerVersion, Parcel, TableDelivery
from app.db.parameters import read_parameters
from app.idle.reporting import county_of
from app.idle.terms import zone_of
from gis.disposal import CaseStage
from gis.disposal.planning import Candidate, Demand, PlannedCase, plan_recovery
from gis.idle import CauseCode, IdleKind

#: Determined, and not disposed of yet.
PLANNED_STAGES = (
    CaseStage.DETERMINED,
    CaseStage.PUBLISHED,
    CaseStage.FILED,
    CaseStage.PLAN_AGREED,
    CaseStage.PLAN_APPROVED,
    CaseStage.HEARING,
    CaseStage.FEE_DECIDED,
    CaseStage.FEE_PAID,
    CaseStage.RECOVERY_DECIDED,
    CaseStage.ENFORCEMENT,
)


def plan_cases(session: Session, request: PlanRequest) -> dict[str, Any]:
    """Plan which of the determined cases are taken first.

    Parameters
    ----------
    session : Session
    request : PlanRequest
        Limits, demand, and what is known of single cases. Without it a case takes the default of officer days; land that can be
        recovered freely costs nothing, other land what its holder paid for it; its use is that of the parcel, its place the zone
        of the contract or the county.

    Returns
    -------
    dict
        The cases in the order of their numbers, each with the reason it is in or out; those that cannot be planned, with what
        is missing.

    Raises
    ------
    CaseNotFoundError
        A value is given for a case that is not determined, or has been disposed of.
    PlanInfeasibleError
    """
    given = {values.case_id: values for values in request.cases}
    cases = [case for case in read_ledger(session) if case.state.stage in PLANNED_STAGES]
    for unknown in given.keys() - {case.row.row_id for case in cases}:
        raise CaseNotFoundError(unknown)
    default_days = read_parameters(session).row("case_plan.officer_days", as_of=today()).value
    uses, zones = _uses(session), _zones(session)
    candidates, left_out = [], []
    for case in cases:
        values = _values(case, given.get(case.row.row_id), default_days, uses, zones)
        missing = [name for name, value in values.items() if value is None]
        if missing:
            left_out.append({"case_id": case.row.row_id, "contract_no": case.row.contract_no, "missing": missing})
        else:
            candidates.append(Candidate(case_id=case.row.row_id, **values))
    plan = plan_recovery(
        candidates,
        [Demand(each.use, each.place, each.area_m2) for each in request.demands],
        officer_days=request.officer_days,
        budget_yuan=request.budget_yuan,
    )
    contracts = {case.row.row_id: case.row.contract_no for case in cases}
    return {
        "served_m2": str(plan.served_m2),
        "officer_days": str(plan.officer_days),
        "compensation_yuan": str(plan.compensation_yuan),
        "cases": [_describe(each, contracts) for each in plan.cases],
        "not_planned": left_out,
    }


def _values(
    case: LedgerCase,
    given: CandidateValues | None,
    default_days: Decimal,
    uses: dict[tuple[str, str], str],
    zones: dict[str, str],
) -> dict[str, Any]:
    row, facts = case.row, case.state.facts
    since = facts.suspended_since if facts.kind is IdleKind.IDLE_SUSPENDED else facts.agreed_start_date
    is_free = facts.kind is IdleKind.IDLE_NOT_STARTED and case.state.cause is CauseCode.ENTERPRISE
    values = {
        "area_m2": facts.area_m2,
        "officer_days": default_days,
        "compensation_yuan": Decimal(0) if is_free else facts.price_yuan,
        "use": uses.get((row.parcel_layer or "", row.target_id or "")),
        "place": zones.get(row.contract_no) or county_of(row.parcel_code),
        "idle_days": 0 if since is None else (today() - since).days,
        "is_required": False,
    }
    if given is not None:
        values |= given.model_dump(exclude={"case_id"}, exclude_none=True)
    return values


def _uses(session: Session) -> dict[tuple[str, str], str]:
    """Read the land use of the parcels that cases are about, by layer and feature."""
    rows = session.execute(
        select(Layer.slug, Parcel.feature_id, Parcel.land_use_code)
        .join(LayerVersion, LayerVersion.id == Parcel.layer_version_id)
        .join(Layer, Layer.id == LayerVersion.layer_id)
        .join(DisposalCase, (DisposalCase.target_id == Parcel.feature_id) & (DisposalCase.parcel_layer == Layer.slug))
        .where(Parcel.superseded_at.is_(None))
        .order_by(LayerVersion.id)
    )
    return {(slug, feature_id): use for slug, feature_id, use in rows if use is not None}


def _zones(session: Session) -> dict[str, str]:
    rows = session.execute(
        select(LandContract.contract_no, LandContract.terms)
        .join(TableDelivery, TableDelivery.id == LandContract.delivery_id)
        .join(DisposalCase, DisposalCase.contract_no == LandContract.contract_no)
        .where(TableDelivery.is_current)
    )
    return {number: zone for number, terms in rows if (zone := zone_of(terms)) is not None}


def _describe(planned: PlannedCase, contracts: dict[int, str]) -> dict[str, Any]:
    candidate = {name: _plain(value) for name, value in asdict(planned.candidate).items()}
    return candidate | {
        "contract_no": contracts[planned.candidate.case_id],
        "is_taken": planned.is_taken,
        "reason": planned.reason.value,
        "short_by": _plain(planned.short_by),
    }


def _plain(value: Any) -> Any:  # noqa: ANN401  JSON values
    return str(value) if isinstance(value, Decimal) else value
