"""All SQL about what scans found, for statistics and comparisons."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import IdleCase, IdleScan, LandContract, TableDelivery
from app.idle.terms import zone_of


def list_scans(session: Session) -> Sequence[IdleScan]:
    """Return all scans, the first first."""
    return session.scalars(select(IdleScan).order_by(IdleScan.id)).all()


def require_delivery(session: Session, scan: IdleScan) -> TableDelivery:
    """Return the table of contracts that a scan read."""
    return session.get_one(TableDelivery, scan.delivery_id)


def read_kinds(session: Session, scan: IdleScan) -> dict[str, tuple[str, frozenset[str]]]:
    """Read what a scan found, with the codes of the faults, by the number of the contract."""
    rows = session.execute(
        select(IdleCase.contract_no, IdleCase.kind, IdleCase.facts).where(IdleCase.idle_scan_id == scan.id)
    )
    return {
        row.contract_no: (row.kind, frozenset(fault["code"] for fault in row.facts.get("faults", ()))) for row in rows
    }


def read_zones(session: Session, delivery_id: int) -> dict[int, str]:
    """Read the zone of each contract of a delivery that names one, by its row of the table."""
    rows = session.execute(
        select(LandContract.source_row, LandContract.terms).where(LandContract.delivery_id == delivery_id)
    )
    found = ((row.source_row, zone_of(row.terms)) for row in rows)
    return {source_row: zone for source_row, zone in found if zone is not None}
