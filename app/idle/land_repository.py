"""All SQL about the scans of land after its approval."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.db.models import LandFinding as LandFindingRow
from app.db.models import LandScan, LayerVersion
from app.db.sessions import WriteSession
from app.layers.staging import copy_rows
from gis.performance import ClassYear, Tier
from gis.supervision import LandFinding, Topic

COLUMNS = (
    "feature_id",
    "land_scan_id",
    "topic",
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


# The land of a finding: the parcels which alone carry one of its codes, else the feature of the approval it is about.
STORE_WITH_LAND = f"""
insert into land_finding ({", ".join(COLUMNS)}, geom)
select {", ".join(f"f.{name}" for name in COLUMNS)}, coalesce(land.geom, approved.geom)
  from new_land_finding f
  left join lateral (
       select case count(*) when 1 then (array_agg(one.geom))[1] else ST_Multi(ST_UnaryUnion(ST_Collect(one.geom))) end as geom
         from (select (array_agg(p.geom))[1] as geom
                 from parcel p
                where p.parcel_code = any(f.parcel_codes) and p.layer_version_id = :parcels and p.superseded_at is null
                group by p.parcel_code
               having count(*) = 1) one) land on true
  left join (
       select r.feature_code, ST_Multi(ST_UnaryUnion(ST_Collect(r.geom))) as geom
         from reference_feature r
        where r.layer_version_id = :approvals and r.superseded_at is null
        group by r.feature_code) approved on approved.feature_code = f.subject
 order by f.ordinal
"""  # noqa: S608  columns of ours


@dataclass(frozen=True, slots=True)
class LandLayers:
    """Versions in which the land of findings is looked up: parcels by their codes, approvals by their numbers."""

    parcels: LayerVersion | None = None
    approvals: LayerVersion | None = None

    def facts(self) -> list[list[int] | None]:
        """Name the versions as they are now: an edit makes another one of them."""
        return [
            None if version is None else [version.id, version.edit_count] for version in (self.parcels, self.approvals)
        ]


def find_current(session: Session, topic: str, period: str = "") -> LandScan | None:
    """Return the current scan of a topic and period."""
    return session.scalar(
        select(LandScan).where(LandScan.topic == topic, LandScan.period == period, LandScan.is_current)
    )


def store_scan(session: WriteSession, scan: LandScan, findings: Iterable[LandFinding], layers: LandLayers) -> None:
    """Store a scan with its findings and their land, and make it the current one; open appeals go on."""
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
    _store_findings(session, scan, findings, layers)
    session.execute(
        update(LandFindingRow)
        .where(LandFindingRow.land_scan_id == scan.id, LandFindingRow.subject.in_(appeals))
        .values(is_under_appeal=True)
    )


def _store_findings(session: WriteSession, scan: LandScan, findings: Iterable[LandFinding], layers: LandLayers) -> None:
    columns = ("ordinal", *COLUMNS)
    session.execute(
        text(
            f"create temp table new_land_finding on commit drop as select 0 as ordinal, {', '.join(COLUMNS)} "  # noqa: S608  columns of ours
            "from land_finding with no data"
        )
    )
    copy_rows(
        session, "new_land_finding", columns, ((place, *_row(scan, found)) for place, found in enumerate(findings))
    )
    session.execute(
        text(STORE_WITH_LAND),
        {
            "parcels": None if layers.parcels is None else layers.parcels.id,
            "approvals": None if layers.approvals is None else layers.approvals.id,
        },
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


def _row(scan: LandScan, finding: LandFinding) -> tuple[object, ...]:
    measures = {name: None if value is None else str(value) for name, value in finding.measures.items()}
    return (
        _feature_id(scan, finding.subject),
        scan.id,
        scan.topic,
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


def _feature_id(scan: LandScan, subject: str) -> str:
    """Name a finding the same in every scan; a subject may be a firm, which is not told to everybody."""
    named = f"{scan.period}/{subject}" if scan.period else subject
    return f"{scan.topic}-{hashlib.sha256(named.encode()).hexdigest()[:16]}"
