"""What each topic reads, and the assessment of it: nothing here writes."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.idle import delivered, repository
from app.idle.land_repository import read_class_years
from app.idle.refused import add_refused
from app.site_checks.planned_uses import find_plan_mismatches
from gis.efficiency import LandInUse, LowEfficiencyKind, LowEfficiencyResult, judge_land
from gis.formats.firm_years import FirmYearRecord, cleared_on, make_firm
from gis.idle import IDLE_KINDS, DataFault, FaultCode, find_contract_faults, find_unmatched
from gis.performance import classes_by_parcel
from gis.rules import ParameterSet, region_of_parcel
from gis.supervision import (
    Holding,
    LandFinding,
    Topic,
    ZombieKind,
    assess_approvals,
    assess_cleared,
    assess_firm,
    assess_grant_term,
    assess_hoarding,
    assess_promise,
    assess_supply_rate,
    assess_temporary_use,
)

# Idle cases of the current scan with who holds the land and how large it is; a parcel that is not found has no area.
HOLDINGS = text(
    """
    select c.parcel_code, c.holder_credit_code, i.kind, i.gross_idle_days, i.net_idle_days,
           coalesce(p.area_registered_m2, p.area_ellipsoid_m2) as area_m2
      from land_contract c
      join table_delivery d on d.id = c.delivery_id and d.is_current
      left join idle_scan s on s.is_current
      left join idle_case i on i.idle_scan_id = s.id and i.contract_no = c.contract_no
      left join lateral (
            select area_registered_m2, area_ellipsoid_m2 from parcel
             where parcel_code = c.parcel_code and layer_version_id = s.parcel_version_id and superseded_at is null
             order by row_id limit 1) p on true
     where c.holder_credit_code is not null and c.parcel_code is not null
     order by c.source_row
    """
)
IDLE_PARCELS = text(
    "select i.parcel_code, i.kind from idle_case i join idle_scan s on s.id = i.idle_scan_id and s.is_current "
    "where i.parcel_code is not null"
)
PARCEL_CODES = text(
    "select distinct p.parcel_code from parcel p join idle_scan s on s.is_current and s.parcel_version_id = p.layer_version_id "
    "where p.superseded_at is null and p.parcel_code is not null order by 1"
)


@dataclass(frozen=True, slots=True)
class TopicInputs:
    """What an assessment is given."""

    session: Session
    as_of: date
    parameters: ParameterSet


Assess = Callable[[TopicInputs], list[LandFinding]]


def assess_low_efficiency(inputs: TopicInputs) -> list[LandFinding]:
    """Judge the parcels in use; what the idle scan, the per-mu evaluations and the site check found of them goes in.

    Where the table says itself whether the plan has another use, somebody has looked, and that holds.
    """
    idle = {row.parcel_code: row.kind for row in inputs.session.execute(IDLE_PARCELS)}
    classes = classes_by_parcel(read_class_years(inputs.session))
    lands: list[LandInUse] = delivered.read_facts(inputs.session, delivered.LAND_IN_USE)
    unsaid = [land.parcel_code for land in lands if land.is_plan_mismatch is None]
    mismatches = find_plan_mismatches(inputs.session, unsaid, as_of=inputs.as_of)
    found = []
    for land in lands:
        known = replace(
            land,
            is_plan_mismatch=mismatches.get(land.parcel_code, land.is_plan_mismatch),
            is_idle=True if idle.get(land.parcel_code) in IDLE_KINDS else land.is_idle,
            classes=dict(land.classes) | classes.get(land.parcel_code, {}),
        )
        region = region_of_parcel(land.parcel_code)
        result = judge_land(known, as_of=inputs.as_of, parameters=inputs.parameters, region=region)
        if result.kind is not LowEfficiencyKind.NOT_LOW:
            found.append(_low_efficiency_finding(result))
    return found


def assess_zombies(inputs: TopicInputs) -> list[LandFinding]:
    """Assess the enterprises with their years."""
    years: dict[str, dict[int, FirmYearRecord]] = defaultdict(dict)
    for year in delivered.read_facts(inputs.session, delivered.FIRM_YEARS):
        years[year.credit_code][year.year] = year
    findings: list[LandFinding] = []
    cleared: Counter[str] = Counter()
    register: Counter[str] = Counter()
    for record in delivered.read_enterprises(inputs.session):
        zone, day = record.facts.get("园区"), cleared_on(record)
        is_cleared = day is not None and day <= inputs.as_of
        if not is_cleared:
            firm = make_firm(record, years[record.credit_code])
            findings.append(assess_firm(firm, as_of=inputs.as_of, parameters=inputs.parameters))
        if zone:
            in_year = is_cleared and day is not None and day.year == inputs.as_of.year
            cleared[zone] += in_year
            register[zone] += in_year or (not is_cleared and findings[-1].kind == ZombieKind.ZOMBIE)
    rates = [
        assess_cleared(
            zone,
            inputs.as_of.year,
            cleared=cleared[zone],
            on_register=count,
            parameters=inputs.parameters,
        )
        for zone, count in sorted(register.items())
    ]
    return _without(findings, ZombieKind.NONE) + rates


def assess_unsupplied(inputs: TopicInputs) -> list[LandFinding]:
    """Subtract supplies from approvals, and compare the supply rate of the last whole years."""
    approvals = delivered.read_facts(inputs.session, delivered.APPROVALS)
    if not approvals:
        return []
    supplies = delivered.read_facts(inputs.session, delivered.SUPPLIES)
    found = assess_approvals(approvals, supplies, as_of=inputs.as_of, parameters=inputs.parameters)
    year = inputs.as_of.year - 1
    rate = assess_supply_rate(approvals, supplies, year=year, parameters=inputs.parameters)
    return [*_without(found, "supplied"), rate]


def assess_holdings(inputs: TopicInputs) -> list[LandFinding]:
    """Sum the land of each holder; a case with days of a government cause is no reason to refuse an application."""
    groups = {record.credit_code: record.facts.get("集团") for record in delivered.read_enterprises(inputs.session)}
    holdings = [
        Holding(
            parcel_code=row.parcel_code,
            holder_code=row.holder_credit_code,
            group_code=groups.get(row.holder_credit_code),
            area_m2=Decimal(str(row.area_m2 or 0)),
            is_idle=row.kind in IDLE_KINDS,
            is_excused=row.net_idle_days != row.gross_idle_days,
        )
        for row in inputs.session.execute(HOLDINGS)
    ]
    return assess_hoarding(holdings, as_of=inputs.as_of, parameters=inputs.parameters)


def assess_temporary(inputs: TopicInputs) -> list[LandFinding]:
    """Assess the temporary uses."""
    uses = delivered.read_facts(inputs.session, delivered.TEMPORARY_USES)
    found = (assess_temporary_use(use, as_of=inputs.as_of, parameters=inputs.parameters) for use in uses)
    return _without(found, "in_term", "ended")


def assess_terms(inputs: TopicInputs) -> list[LandFinding]:
    """Assess the terms of the grants."""
    terms = delivered.read_facts(inputs.session, delivered.GRANT_TERMS)
    found = (assess_grant_term(term, as_of=inputs.as_of, parameters=inputs.parameters) for term in terms)
    return _without(found, "in_term")


def assess_promises(inputs: TopicInputs) -> list[LandFinding]:
    """Assess the promises of standard land."""
    promises = delivered.read_facts(inputs.session, delivered.PROMISES)
    return _without((assess_promise(promise, as_of=inputs.as_of) for promise in promises), "kept", "not_due")


def find_data_faults(inputs: TopicInputs) -> list[LandFinding]:
    """List what is wrong with the contracts, rows that were refused, and parcels of the last idle scan's layer without a contract."""
    current = repository.current_delivery(inputs.session, "contracts")
    if current is None:
        return []
    read = repository.read_contracts(inputs.session, current.id, None)
    delivered_contracts = add_refused(inputs.session, current, read, None)
    faults: list[DataFault] = []
    for stored in read:
        faults += find_contract_faults(stored.terms, signed_date=stored.signed_date)
    # Rows that were refused are listed as they are, also those that name no contract.
    between = (fault for found in delivered_contracts.faults.values() for fault in found)
    faults += [fault for fault in between if fault.code is not FaultCode.ROW_REJECTED]
    terms = [stored.terms for stored in delivered_contracts.contracts]
    codes = [row.parcel_code for row in inputs.session.execute(PARCEL_CODES)]
    if codes:
        faults += find_unmatched(terms, codes)
    return [*map(_rejected_finding, current.rejected_rows), *map(_fault_finding, faults)]


TOPICS: dict[Topic, Assess] = {
    Topic.LOW_EFFICIENCY: assess_low_efficiency,
    Topic.ZOMBIE: assess_zombies,
    Topic.UNSUPPLIED: assess_unsupplied,
    Topic.HOARDING: assess_holdings,
    Topic.TEMPORARY_USE: assess_temporary,
    Topic.GRANT_TERM: assess_terms,
    Topic.STANDARD_LAND: assess_promises,
    Topic.DATA_FAULT: find_data_faults,
}


def _without(found: Iterable[LandFinding], *kinds: str) -> list[LandFinding]:
    """Leave out what needs no attention."""
    return [finding for finding in found if finding.kind not in kinds]


def _low_efficiency_finding(result: LowEfficiencyResult) -> LandFinding:
    measures: dict[str, Any] = {}
    for test in result.tests:
        measures[test.name] = test.outcome.value if test.measured is None else f"{test.outcome.value} {test.measured}"
    for test in result.failed:
        measures[f"{test.name}_required"] = None if test.required is None else str(test.required)
        measures[f"{test.name}_row"] = None if test.row is None else test.row.row_id
    return LandFinding(
        topic=Topic.LOW_EFFICIENCY,
        subject=result.parcel_code,
        kind=result.kind,
        reason_zh=result.reason_zh,
        reason_en=result.reason_en,
        article=result.article,
        parcel_codes=(result.parcel_code,),
        measures=measures,
        missing=result.missing,
        parameter_rows=result.parameter_rows,
    )


def _rejected_finding(row: dict[str, Any]) -> LandFinding:
    """List a row that the import refused; the contract that it names stays a case of insufficient data until the table is mended."""
    said = "; ".join(row["errors"])
    parcel = row.get("fields", {}).get("parcel_code")
    return LandFinding(
        topic=Topic.DATA_FAULT,
        subject=f"row_rejected/{row['row']}",
        kind="row_rejected",
        reason_zh=f"合同台账第 {row['row']} 行未能导入，数据不足，无法判断是否闲置：{said}。",
        reason_en=f"Row {row['row']} of the table of contracts was not taken, insufficient data: {said}.",
        article="",
        parcel_codes=() if parcel is None else (parcel,),
        measures={name: str(value) for name, value in row["cells"].items() if value is not None},
        missing=("contract",),
    )


def _fault_finding(fault: DataFault) -> LandFinding:
    return LandFinding(
        topic=Topic.DATA_FAULT,
        subject=f"{fault.code}/{fault.subject}",
        kind=fault.code,
        reason_zh=f"{fault.zh}。",
        reason_en=f"{fault.en}.",
        article="",
        measures={"fields": " ".join(fault.fields)},
    )
