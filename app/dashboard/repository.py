"""All SQL of the dashboard: sums over sets, none over geometry."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, RowMapping, text
from sqlalchemy.orm import Session

from gis.idle import IDLE_KINDS

# One plan is one layer: sums of different plans cover the same ground and are never added up.
_AREAS = text(
    """
select layer_version_id, land_use_code as code, code_version, count(*) as count, sum(area_ellipsoid_m2) as area_m2
  from parcel where superseded_at is null and layer_version_id = any(:versions) group by 1, 2, 3
union all
select layer_version_id, zone_code, code_version, count(*), sum(area_ellipsoid_m2)
  from plan_zone where superseded_at is null and layer_version_id = any(:versions) group by 1, 2, 3
 order by area_m2 desc
"""
)
_OF_VERSIONS = text(
    """
select v.id, v.edit_count, l.slug, l.kind, l.title_zh, l.title_en
  from layer_version v join layer l on l.id = v.layer_id
 where v.id = any(:versions) and l.kind in ('parcel', 'plan')
 order by l.kind, l.slug
"""
)
_FINDINGS = text(
    """
select f.verdict, count(*) as count, count(distinct (f.target_layer, f.target_id)) as parcels,
       sum(f.overlap_area_m2) as area_m2
  from finding f join check_run_layer r on r.id = f.check_run_layer_id and r.is_current
 group by 1
"""
)
_PATCHES = text(
    """
select p.conflict_class, p.state, count(*) as count, sum(p.area_m2) as area_m2
  from plan_patch p join plan_comparison c on c.id = p.plan_comparison_id and c.is_current
 where p.until_revision is null and p.overlap_class <> 'artefact'
 group by 1, 2
"""
)
# What the current scan says of the contracts that it read; each has an area, or is in neither sum.
_IDLE = text(
    """
with scan as (select id, delivery_id, as_of from idle_scan where is_current),
supplied as (
    select l.contract_no, (l.terms #>> '{contract,should_start_area_m2}')::numeric as area_m2
      from land_contract l join scan s on s.delivery_id = l.delivery_id
     where coalesce((l.terms #>> '{delivered,signed_date}')::date <= s.as_of, true)
),
idle as (
    select distinct c.contract_no from idle_case c join scan s on s.id = c.idle_scan_id
     where c.kind = any(:kinds)
)
select (select as_of from scan) as as_of, count(*) as contracts, count(i.contract_no) as idle,
       count(*) filter (where s.area_m2 is null) as without_area,
       coalesce(sum(s.area_m2), 0) as supplied_m2,
       coalesce(sum(s.area_m2) filter (where i.contract_no is not null), 0) as idle_m2
  from supplied s left join idle i using (contract_no)
"""
)
_LAND_FINDINGS = text(
    """
select s.topic, s.as_of, f.kind, count(f.row_id) as count
  from land_scan s left join land_finding f on f.land_scan_id = s.id
 where s.is_current group by 1, 2, 3 order by 1, 3
"""
)
_LAYERS = text(
    """
select l.slug, l.kind, l.title_zh, l.title_en, l.mandatory, l.stale_after_days, v.number, v.valid_from, v.published_at,
       v.accepted_count + v.repaired_count as features, v.rejected_count
  from layer l left join layer_version v on v.layer_id = l.id and v.id = any(:versions)
 order by l.kind, l.slug
"""
)
_RUNS = text(
    """
select (select max(finished_at) from check_run) as checked_at,
       (select max(finished_at) from plan_comparison where is_current) as compared_at,
       (select finished_at from idle_scan where is_current) as scanned_at,
       (select as_of from idle_scan where is_current) as scanned_for,
       (select max(finished_at) from land_scan where is_current) as land_scanned_at,
       (select finished_at from evidence_run where is_current) as evidence_at
"""
)


def list_areal_layers(session: Session, versions: Sequence[int]) -> Sequence[Row[Any]]:
    """List the layers of parcels and the plans among these versions, each with how often its version was edited."""
    return session.execute(_OF_VERSIONS, {"versions": list(versions)}).all()


def sum_areas(session: Session, versions: Sequence[int]) -> Mapping[int, Sequence[Row[Any]]]:
    """Sum the areas of parcels by use and of plans by class, by version, the largest first."""
    found: dict[int, list[Row[Any]]] = {version: [] for version in versions}
    for row in session.execute(_AREAS, {"versions": list(versions)}):
        found[row.layer_version_id].append(row)
    return found


def count_findings(session: Session) -> Sequence[Row[Any]]:
    """Count the current findings by verdict."""
    return session.execute(_FINDINGS).all()


def count_patches(session: Session) -> Sequence[Row[Any]]:
    """Count the differences of the current comparisons by class and state."""
    return session.execute(_PATCHES).all()


def sum_idle(session: Session) -> Row[Any]:
    """Sum supplied and idle land by the current scan; ``as_of`` is None without one."""
    return session.execute(_IDLE, {"kinds": [kind.value for kind in IDLE_KINDS]}).one()


def count_land_findings(session: Session) -> Sequence[Row[Any]]:
    """Count the findings of the current scans after approval by topic and kind; a scan without any has one row."""
    return session.execute(_LAND_FINDINGS).all()


def list_layers(session: Session, versions: Sequence[int]) -> Sequence[Row[Any]]:
    """List every layer with its version in force, if it has one."""
    return session.execute(_LAYERS, {"versions": list(versions)}).all()


def list_runs(session: Session) -> RowMapping:
    """Tell when each kind of work was done last."""
    return session.execute(_RUNS).mappings().one()
