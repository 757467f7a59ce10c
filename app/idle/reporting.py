"""Statistics of idle land by zone and year, the trend over the scans, and what changed between two of them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import IdleScan
from app.db.parameters import read_parameters
from app.idle import delivered, report_repository
from app.idle.errors import NoContractsError, ScanNotFoundError, TooManyContractsError
from app.idle.refused import add_refused
from app.idle.repository import current_delivery, read_contracts
from app.idle.service import CONTRACTS
from gis.idle import IdleRate, ScannedContract, ScanOf, SuppliedLand, compare_scans, mean_rate, measure_idle_rates
from gis.measurement import round_half_up
from gis.rules import NATIONAL, ParameterSet, region_of_parcel
from gis.supervision import Approval, Supply

#: Zone of what names none: the county of the parcel, or this.
UNKNOWN_ZONE = "未注明"
#: So many contracts are looked at within a second or so.
AT_ONCE = 10_000


def require_few_contracts(count: int, process: str) -> None:
    """Refuse to do within a request what takes longer than somebody waits.

    Raises
    ------
    TooManyContractsError
    """
    if count > AT_ONCE:
        raise TooManyContractsError(count, AT_ONCE, process)


def count_contracts(session: Session) -> int:
    """Return how many contracts the current delivery has."""
    delivery = current_delivery(session, CONTRACTS)
    return 0 if delivery is None else delivery.row_count


def idle_statistics(session: Session, *, as_of: date | None = None) -> dict[str, Any]:
    """Measure idle rate and supply rate by zone and year, with the mean of as many years as the law asks for.

    Parameters
    ----------
    session : Session
    as_of : date, optional
        Today when left out: the ends of the years before it, and the day itself.

    Returns
    -------
    dict
        Rates in percent with two decimals; None where the whole is 0 or not known, with the reason.

    Raises
    ------
    NoContractsError, ParameterNotInForceError
    """
    day, parameters = as_of or today(), read_parameters(session)
    years = parameters.row("supply.mean_years", as_of=day).integer
    days = [date(day.year - back, 12, 31) for back in range(years, 0, -1)]
    if day != days[-1]:
        days.append(day)
    land, faulty = _supplied(session)
    rates = measure_idle_rates(land, days=days, parameters=parameters, faulty=faulty)
    return {
        "as_of": day,
        "mean_years": years,
        "idle": _idle_by_zone(rates, days, years),
        "supply": _supply_by_zone(session, day.year - 1, years),
        "required_supply_rate": _required(parameters, day),
    }


def list_trend(session: Session) -> list[dict[str, Any]]:
    """Return what each scan found, the first first."""
    return [
        {"idle_scan_id": scan.id, "as_of": scan.as_of, "contracts": scan.contract_count, "cases": scan.summary["cases"]}
        for scan in report_repository.list_scans(session)
    ]


def list_changes(session: Session, *, former: int | None = None, latter: int | None = None) -> dict[str, Any]:
    """Tell which cases are new, gone or of another kind from one scan to another, and why.

    Parameters
    ----------
    session : Session
    former, latter : int, optional
        The last two scans when left out.

    Raises
    ------
    ScanNotFoundError
    """
    former_scan, latter_scan = find_two_scans(session, former, latter)
    changes = compare_scans(_read(session, former_scan), _read(session, latter_scan))
    return {
        "from": {"idle_scan_id": former_scan.id, "as_of": former_scan.as_of},
        "to": {"idle_scan_id": latter_scan.id, "as_of": latter_scan.as_of},
        "changes": [asdict(change) for change in changes],
    }


def find_two_scans(session: Session, former: int | None, latter: int | None) -> tuple[IdleScan, IdleScan]:
    """Find the scans that are compared, the last two when they are left out.

    Raises
    ------
    ScanNotFoundError
    """
    scans = report_repository.list_scans(session)
    latter_scan = _chosen(scans, latter)
    before = [scan for scan in scans if scan.id < latter_scan.id]
    return _chosen(before if former is None else scans, former), latter_scan


def _chosen(scans: Sequence[IdleScan], wanted: int | None) -> IdleScan:
    if wanted is None and scans:
        return scans[-1]
    for scan in scans:
        if scan.id == wanted:
            return scan
    raise ScanNotFoundError(wanted)


def _read(session: Session, scan: IdleScan) -> ScanOf:
    kinds = report_repository.read_kinds(session, scan)
    delivery = report_repository.require_delivery(session, scan)
    found = add_refused(session, delivery, read_contracts(session, scan.delivery_id, None), None)
    contracts = {
        each.terms.contract_no: ScannedContract(each.terms, *kinds.get(each.terms.contract_no, (None, frozenset())))
        for each in found.contracts
    }
    return ScanOf(scan.as_of, frozenset(scan.parameter_rows), contracts)


def county_of(parcel_code: str | None) -> str | None:
    """Return the county that a parcel code names, if it names one."""
    region = region_of_parcel(parcel_code)
    return None if region == NATIONAL else region


def _supplied(session: Session) -> tuple[list[SuppliedLand], frozenset[str]]:
    """Read what was supplied, and the numbers of the contracts that are wrong beyond themselves."""
    delivery = current_delivery(session, CONTRACTS)
    if delivery is None:
        raise NoContractsError
    found = add_refused(session, delivery, read_contracts(session, delivery.id, None), None)
    zones = {**report_repository.read_zones(session, delivery.id), **found.zones}
    land = [
        SuppliedLand(
            contract=each.terms,
            zone=zones.get(each.source_row) or county_of(each.terms.parcel_code) or UNKNOWN_ZONE,
            region=region_of_parcel(each.terms.parcel_code),
            supplied_on=each.signed_date,
            area_m2=each.terms.should_start_area_m2,
        )
        for each in found.contracts
    ]
    return land, frozenset(found.faults)


def _idle_by_zone(rates: Sequence[IdleRate], days: Sequence[date], years: int) -> list[dict[str, Any]]:
    by_zone: dict[str, dict[date, IdleRate]] = defaultdict(dict)
    for rate in rates:
        by_zone[rate.zone][rate.day] = rate
    ends = [day for day in days if (day.month, day.day) == (12, 31)]
    answer = []
    for zone, found in by_zone.items():
        yearly = [found[end].rate if end in found else None for end in ends]
        rows = [_describe_rate(found.get(day) or IdleRate(zone, day)) for day in days]
        answer.append({"zone": zone, "rates": rows, "mean_percent": _percent(mean_rate(yearly, years))})
    return answer


def _describe_rate(rate: IdleRate) -> dict[str, Any]:
    numbers = ("contracts", "idle", "undecided", "without_area")
    return {
        "day": rate.day,
        **{name: getattr(rate, name) for name in numbers},
        "supplied_ha": _hectares(rate.supplied_m2),
        "idle_ha": _hectares(rate.idle_m2),
        "idle_percent": _percent(rate.rate),
        "reason": None if rate.rate is not None else "nothing supplied, or no area known",
    }


def _supply_by_zone(session: Session, last_year: int, years: int) -> list[dict[str, Any]]:
    """Measure the supply rate of each zone by the year of the approval's and the supply's own day."""
    approvals: list[Approval] = delivered.read_facts(session, delivered.APPROVALS)
    supplies: list[Supply] = delivered.read_facts(session, delivered.SUPPLIES)
    zone_of_approval = {each.approval_no: each.zone or UNKNOWN_ZONE for each in approvals}
    approved: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    supplied: dict[tuple[str, int], Decimal] = defaultdict(Decimal)
    for approval in approvals:
        if approval.approved_on is not None and approval.area_m2 is not None:
            approved[zone_of_approval[approval.approval_no], approval.approved_on.year] += approval.area_m2
    for supply in supplies:
        if supply.supplied_on is not None:
            supplied[zone_of_approval.get(supply.approval_no, UNKNOWN_ZONE), supply.supplied_on.year] += supply.area_m2
    answer = []
    for zone in sorted({zone for zone, _ in approved.keys() | supplied.keys()}):
        rows, rates = [], []
        for year in range(last_year - years + 1, last_year + 1):
            whole, part = approved[zone, year], supplied[zone, year]
            rates.append(Fraction(part) / Fraction(whole) if whole else None)
            rows.append(
                {
                    "year": year,
                    "approved_ha": _hectares(whole),
                    "supplied_ha": _hectares(part),
                    "supply_percent": _percent(rates[-1]),
                    "reason": None if whole else "nothing approved in the year",
                }
            )
        answer.append({"zone": zone, "rates": rows, "mean_percent": _percent(mean_rate(rates, years))})
    return answer


def _required(parameters: ParameterSet, day: date) -> dict[str, str]:
    row = parameters.row("supply.mean_rate_min", as_of=day)
    return {"percent": str(round_half_up(row.value * 100, 2)), "article": row.citation}


def _percent(rate: Fraction | None) -> str | None:
    return None if rate is None else str(round_half_up(rate * 100, 2))


def _hectares(area_m2: Decimal) -> str:
    return str(round_half_up(area_m2 / 10_000, 4))
