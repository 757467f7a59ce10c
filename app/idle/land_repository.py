"""All SQL about the scans of land after its approval."""

import json
from collections.abc import Iterable, Sequence

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.db.models import LandFinding as LandFindingRow
from app.db.models import LandScan
from app.db.sessions import WriteSession
from app.layers.staging import copy_rows
from gis.performance import ClassYear, Tier
from gis.supervision import LandFinding, Topic

COLUMNS = (
    "land_scan_id",
    "subject",
    "kind",
    "parcel_codes",
    "reason_zh",
    "reason_en",
    "article",
    "missing",
    "measures",
    "parameter_rows",
)


def find_current(session: Session, topic: str, period: str = "") -> LandScan | None:
    """Return the current scan of a topic and period."""
    return session.scalar(
        select(LandScan).where(LandScan.topic == topic, LandScan.period == period, LandScan.is_current)
    )


def store_scan(session: WriteSession, scan: LandScan, findings: Iterable[LandFinding]) -> None:
    """Store a scan with its findings and make it the current one; open appeals go on."""
    session.execute(text("lock table land_scan in share row exclusive mode"))
    same = (LandScan.topic == scan.topic, LandScan.period == scan.period, LandScan.is_current)
    appeals = session.scalars(
        select(LandFindingRow.subject)
        .join(LandScan, LandScan.id == LandFindingRow.land_scan_id)
        .where(*same, LandFindingRow.is_under_appeal)
    ).all()
    session.execute(update(LandScan).where(*same).values(is_current=False))
    session.add(scan)
    session.flush()
    copy_rows(session, LandFindingRow.__tablename__, COLUMNS, (_row(scan.id, finding) for finding in findings))
    session.execute(
        update(LandFindingRow)
        .where(LandFindingRow.land_scan_id == scan.id, LandFindingRow.subject.in_(appeals))
        .values(is_under_appeal=True)
    )


def list_findings(
    session: Session, scan_id: int, *, kind: str | None = None, after: int = 0, limit: int
) -> Sequence[LandFindingRow]:
    """Return a page of findings in the order in which they were stored."""
    query = select(LandFindingRow).where(LandFindingRow.land_scan_id == scan_id, LandFindingRow.row_id > after)
    if kind is not None:
        query = query.where(LandFindingRow.kind == kind)
    return session.scalars(query.order_by(LandFindingRow.row_id).limit(limit)).all()


def list_scans(session: Session) -> Sequence[LandScan]:
    """Return the current scans, by topic and period."""
    return session.scalars(select(LandScan).where(LandScan.is_current).order_by(LandScan.topic, LandScan.period)).all()


def set_appeal(session: WriteSession, scan_id: int, subject: str, *, is_open: bool) -> bool:
    """Mark a finding as under appeal, or no longer; tell whether there is such a finding."""
    found = session.execute(
        update(LandFindingRow)
        .where(LandFindingRow.land_scan_id == scan_id, LandFindingRow.subject == subject)
        .values(is_under_appeal=is_open)
        .returning(LandFindingRow.row_id)
    )
    return found.first() is not None


def read_class_years(session: Session) -> list[ClassYear]:
    """Read the per-mu classes of every evaluated year."""
    rows = session.execute(
        select(LandScan.period, LandFindingRow)
        .join(LandScan, LandScan.id == LandFindingRow.land_scan_id)
        .where(LandScan.topic == Topic.PER_MU.value, LandScan.is_current)
    )
    return [
        ClassYear(
            credit_code=row.subject,
            year=int(period),
            tier=Tier(row.measures["tier"]),
            parcel_codes=tuple(row.parcel_codes),
            is_graded=row.kind == "graded",
            is_under_appeal=row.is_under_appeal,
        )
        for period, row in rows
        if row.measures.get("tier")
    ]


def _row(scan_id: int, finding: LandFinding) -> tuple[object, ...]:
    measures = {name: None if value is None else str(value) for name, value in finding.measures.items()}
    return (
        scan_id,
        finding.subject,
        str(finding.kind),
        list(finding.parcel_codes),
        finding.reason_zh,
        finding.reason_en,
        finding.article,
        list(finding.missing),
        json.dumps(measures, ensure_ascii=False),
        json.dumps([row.row_id for row in finding.parameter_rows]),
    )
