"""What is told about the scans of land after its approval, to the command line and over HTTP."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.models import LandFinding, LandScan
from app.db.sessions import read_session
from app.idle import land_repository
from app.idle.errors import NoEvaluationError, NoLandScanError
from gis.performance import EvaluationStatus, PublicEntry, Tier, in_public_order
from gis.supervision import Topic

#: More than any office looks at in one list.
EVERYTHING = 10_000_000


def list_land_findings(
    engine: Engine, *, topic: str, kind: str | None = None, year: int | None = None
) -> dict[str, Any]:
    """Return all findings of the current scan of a topic.

    Raises
    ------
    NoLandScanError, NoEvaluationError
    """
    with read_session(engine) as session:
        return describe_findings(session, require_scan(session, topic, year), kind=kind, limit=EVERYTHING)


def require_scan(session: Session, topic: str, year: int | None) -> LandScan:
    """Return the current scan of a topic, of per-mu evaluations that of a year, the last one when left out.

    Raises
    ------
    NoLandScanError, NoEvaluationError
    """
    if topic == Topic.PER_MU and year is None:
        periods = [scan.period for scan in land_repository.list_scans(session) if scan.topic == topic]
        period = max(periods, default="")
    else:
        period = str(year) if topic == Topic.PER_MU else ""
    scan = land_repository.find_current(session, topic, period)
    if scan is None and topic == Topic.PER_MU:
        raise NoEvaluationError(year)
    if scan is None:
        raise NoLandScanError(topic)
    return scan


def describe_findings(
    session: Session, scan: LandScan, *, kind: str | None = None, after: int = 0, limit: int
) -> dict[str, Any]:
    """Describe a page of findings; ``next_after`` is there when more follow."""
    rows = land_repository.list_findings(session, scan.id, kind=kind, after=after, limit=limit + 1)
    answer = describe_scan(scan) | {"findings": [_describe(row) for row in rows[:limit]]}
    return answer | ({"next_after": rows[limit - 1].row_id} if len(rows) > limit else {})


def describe_scan(scan: LandScan) -> dict[str, Any]:
    """Describe a scan."""
    names = ("topic", "period", "as_of", "summary", "finished_at", "started_by", "catalog_version")
    return {"land_scan_id": scan.id, **{name: getattr(scan, name) for name in names}}


def describe_public_list(session: Session, year: int) -> dict[str, Any]:
    """Describe the published list of a year: by class, then by place, firms that are not graded last.

    Raises
    ------
    NoEvaluationError
    """
    scan = require_scan(session, Topic.PER_MU, year)
    rows = land_repository.list_findings(session, scan.id, limit=EVERYTHING)
    entries = in_public_order(_public_entry(row, year) for row in rows)
    return {"year": year, "published_as_of": scan.as_of, "firms": [asdict(entry) for entry in entries]}


def _public_entry(row: LandFinding, year: int) -> PublicEntry:
    measures = row.measures
    return PublicEntry(
        credit_code=row.subject,
        name=measures["name"],
        year=year,
        tier=Tier(measures["tier"]) if measures["tier"] else None,
        rank=None if measures["rank"] is None else int(measures["rank"]),
        score=None if measures["score"] is None else Decimal(measures["score"]),
        is_graded=row.kind == EvaluationStatus.GRADED,
        is_under_appeal=row.is_under_appeal,
    )


def _describe(row: LandFinding) -> dict[str, Any]:
    names = ("subject", "kind", "parcel_codes", "reason_zh", "reason_en", "article", "missing", "measures")
    return {name: getattr(row, name) for name in (*names, "parameter_rows", "is_under_appeal")}
