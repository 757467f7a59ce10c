"""What is told about the scans of land after its approval, to the command line and over HTTP."""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.models import LandFinding, LandScan
from app.db.sessions import read_session
from app.idle import land_repository
from app.idle.errors import NoEvaluationError, NoLandScanError
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
    NoLandScanError
    """
    if topic == Topic.PER_MU and year is None:
        periods = [scan.period for scan in land_repository.list_scans(session) if scan.topic == topic]
        period = max(periods, default="")
    else:
        period = str(year) if topic == Topic.PER_MU else ""
    scan = land_repository.find_current(session, topic, period)
    if scan is None and topic == Topic.PER_MU and year is not None:
        raise NoEvaluationError(year)
    if scan is None:
        raise NoLandScanError(topic, period)
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
    entries = [
        {
            "credit_code": row.subject,
            "name": row.measures["name"],
            "class": row.measures["tier"] or None,
            "rank": row.measures["rank"] and int(row.measures["rank"]),
            "score": row.measures["score"],
            "is_graded": row.kind == "graded",
            "is_under_appeal": row.is_under_appeal,
        }
        for row in rows
    ]
    entries.sort(
        key=lambda entry: (not entry["is_graded"], entry["class"] or "Z", entry["rank"] or 0, entry["credit_code"])
    )
    return {"year": year, "published_as_of": scan.as_of, "firms": entries}


def _describe(row: LandFinding) -> dict[str, Any]:
    names = ("subject", "kind", "parcel_codes", "reason_zh", "reason_en", "article", "missing", "measures")
    return {name: getattr(row, name) for name in (*names, "parameter_rows", "is_under_appeal")}
