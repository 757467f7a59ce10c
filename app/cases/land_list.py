"""All SQL about idle land as one list: what the current scan flags, beside the case that follows it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from app.idle.terms import ZONE_HEADERS

#: Stage of land that is flagged and has no case.
NO_CASE = "none"

# The first of the columns that name the zone (:func:`app.idle.terms.zone_of`).
_ZONE = ", ".join(f"nullif(c.terms #>> '{{delivered,extra,{name}}}', '')" for name in ZONE_HEADERS)
# One row a contract: the finding of the current scan, the latest case, or both. `position` sorts by what is due first,
# then by what has lain idle longest, and is unique, so that pages follow it.
_LAND = f"""
with latest as (
    select distinct on (contract_no) * from disposal_case order by contract_no, row_id desc
), flagged as (
    select c.*, s.delivery_id from idle_case c join idle_scan s on s.id = c.idle_scan_id and s.is_current
), contract as (
    select distinct on (l.contract_no) l.contract_no, l.holder, l.terms
      from land_contract l join table_delivery d on d.id = l.delivery_id and d.is_current
     order by l.contract_no, l.row_id
), evidence as (
    select e.contract_no, min(e.bearing) as bearing
      from land_evidence e join evidence_run r on r.id = e.evidence_run_id and r.is_current group by 1
), land as (
    select coalesce(f.contract_no, l.contract_no) as contract_no,
           coalesce(f.parcel_code, l.parcel_code) as parcel_code,
           coalesce(f.parcel_layer, l.parcel_layer) as parcel_layer,
           coalesce(f.target_id, l.target_id) as target_id,
           f.feature_id, f.kind as found_kind, f.idle_since, f.gross_idle_days, f.net_idle_days,
           coalesce(l.kind, f.kind) as kind,
           l.row_id as case_id, coalesce(l.stage, 'none') as stage, l.due_name, l.due_on, l.ended_on,
           coalesce(l.is_published, false) as is_published,
           coalesce(c.holder, l.initial_facts ->> 'holder') as holder,
           coalesce({_ZONE}, substring(coalesce(f.parcel_code, l.parcel_code) from '^[0-9]{{6}}')) as zone,
           (c.terms #>> '{{contract,should_start_area_m2}}')::numeric as area_m2,
           e.bearing, coalesce(f.geom, l.geom) as geom,
           to_char(coalesce(l.due_on, date '9999-12-31'), 'YYYYMMDD')
             || lpad((9999999 - coalesce(f.gross_idle_days, 0))::text, 7, '0')
             || coalesce(f.contract_no, l.contract_no) || coalesce('/' || f.feature_id, '') as position
      from flagged f full join latest l using (contract_no)
      left join contract c on c.contract_no = coalesce(f.contract_no, l.contract_no)
      left join evidence e on e.contract_no = coalesce(f.contract_no, l.contract_no)
)
"""  # noqa: S608  constants of ours
_CHOSEN = """
 where (cast(:stage as text) is null or stage = :stage)
   and (cast(:kind as text) is null or kind = :kind)
   and (cast(:zone as text) is null or zone = :zone)
   and (cast(:holder as text) is null or strpos(lower(holder), lower(:holder)) > 0)
   and (cast(:contract_no as text) is null or contract_no = :contract_no)
   and (cast(:due_until as date) is null or due_on <= :due_until)
   and (not :running or ended_on is null)
"""
_ORDER = """ and (cast(:after as text) is null or position collate "C" > :after)
 order by position collate "C" limit :limit"""
_BOUNDS = "ST_XMin(geom) as west, ST_YMin(geom) as south, ST_XMax(geom) as east, ST_YMax(geom) as north"
_PAGE = text(f"{_LAND} select land.*, {_BOUNDS} from land {_CHOSEN} {_ORDER}")  # noqa: S608  constants of this module
_COUNTS = text(
    _LAND
    + """
select count(*) as matched,
       count(*) filter (where due_on < :today and ended_on is null) as overdue,
       count(*) filter (where due_on between :today and :month_end and ended_on is null) as due_this_month
  from land
"""
    + _CHOSEN
)
_GROUPS = text(
    _LAND
    + """
select grouping(stage) as no_stage, grouping(kind) as no_kind, stage, kind, zone, count(*) as count,
       coalesce(sum(area_m2), 0) as area_m2
  from land group by grouping sets ((stage), (kind), (zone))
"""
)


@dataclass(frozen=True, slots=True)
class LandFilter:
    """Which land is listed; None: whatever it says.

    Attributes
    ----------
    stage : str or None
        Stage of the case, ``none`` for land without one.
    holder : str or None
        Part of the name, in any case of letters.
    due_until : date or None
        Land with a period that runs out by then, or has.
    running : bool
        Leave out cases that have ended.
    """

    stage: str | None = None
    kind: str | None = None
    zone: str | None = None
    holder: str | None = None
    contract_no: str | None = None
    due_until: date | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class LandCounts:
    """How much land a filter finds."""

    matched: int
    overdue: int
    due_this_month: int


def list_land(session: Session, chosen: LandFilter, *, after: str | None, limit: int) -> Sequence[Row[Any]]:
    """Read a page of idle land: what is due first stands first, then what has lain idle longest."""
    return session.execute(_PAGE, asdict(chosen) | {"after": after, "limit": limit}).all()


def count_land(session: Session, chosen: LandFilter, *, day: date, month_end: date) -> LandCounts:
    """Count idle land, and the periods that are over or run out in the month."""
    row = session.execute(_COUNTS, asdict(chosen) | {"today": day, "month_end": month_end}).one()
    return LandCounts(row.matched, row.overdue, row.due_this_month)


def group_land(session: Session) -> Sequence[Row[Any]]:
    """Count all idle land by stage, by kind and by zone."""
    return session.execute(_GROUPS).all()
