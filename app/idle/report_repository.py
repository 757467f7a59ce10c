"""All SQL about what scans found, for statistics and comparisons."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import IdleCase, IdleScan, LandContract
from app.idle.terms import zone_of


def list_scans(session: Session) -> Sequence[IdleScan]:
    """Return all scans, the first first."""
    return session.scalars(select(IdleScan).order_by(IdleScan.id)).all()


def read_kinds(session: Session, scan: IdleScan) -> dict[str, tuple[str, frozenset[str]]]:
    """Read what a scan found, with the codes of the faults, by the number of the contract."""
    rows = session.execute(
        select(IdleCase.contract_no, IdleCase.kind, IdleCase.facts).where(IdleCase.idle_scan_id == scan.id)
    )
    return {
        row.contract_no: (row.kind, frozenset(fault["code"] for fault in row.facts.get("faults", ()))) for row in rows
    }


def read_zones(session: Session, delivery_id: int) -> dict[int, str]:
    """Read the zone of each contract of a delivery that names one."""
    rows = session.execute(
        select(LandContract.row_id, LandContract.terms).where(LandContract.delivery_id == delivery_id)
    )
    found = ((row.row_id, zone_of(row.terms)) for row in rows)
    return {row_id: zone for row_id, zone in found if zone is not None}
