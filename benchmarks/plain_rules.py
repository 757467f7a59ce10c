"""The rules about control layers as plain SQL: one prepared statement a rule, written from the same rule data."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

import psycopg
import shapely

from gis.area_plane import true_scale
from gis.rules import (
    ActivityLimitedOverlap,
    Catalog,
    ForbiddenOverlap,
    LimitedOverlap,
    ParameterSet,
    SiteRule,
    Verdict,
    sliver_thresholds,
)
from gis.sagitta import NUMERICAL_NOISE_M, LayerSource
from gis.shapes import SliverThresholds

__all__ = ["PlainRule", "plain_rules"]

#: What a zone that the data do not name is written as.
_UNKNOWN: Final = "else"
_SEVERITIES: Final = {verdict.value: verdict.severity for verdict in Verdict}

#: One rule about the zones of its layers. The boundary that the survey may have misplaced is that of all areas of a zone together. What comes near
#: without meeting is known from its distance, so that no boundary has to be moved outwards. Shapes are measured on the ground: the plane in which
#: areas are equal is stretched.
_STATEMENT: Final = """
with site as materialized (
  select ST_GeomFromWKB(%(site)s) as geom
), zone as materialized (
  select a.layer_id, coalesce(a.zone, '') as zone, ST_Union({geom}) as geom
    from site s join plain_area a on ST_DWithin(a.geom, s.geom, {accuracy})
   where a.layer_id = any('{{{layers}}}'::int[])
   group by 1, 2
), met as materialized (
  select z.layer_id, z.zone, z.geom, ST_CollectionExtract(ST_Intersection(z.geom, s.geom), 3) as part from zone z, site s
), polygon as (
  select layer_id, zone, ST_Area(ground.geom) as area, ST_Perimeter(ground.geom) as perimeter,
         least(box.side, box.other) as width, greatest(box.side, box.other) as length
    from met, ST_Dump(part) as d,
         lateral (select ST_Scale(d.geom, %(stretch)s, 1 / %(stretch)s) as geom) as ground,
         lateral (select ST_ExteriorRing(ST_OrientedEnvelope(ground.geom)) as ring) as envelope,
         lateral (select ST_Distance(ST_PointN(ring, 1), ST_PointN(ring, 2)) as side,
                         ST_Distance(ST_PointN(ring, 2), ST_PointN(ring, 3)) as other) as box
), classed as (
  select layer_id, zone, max(case when 2 * area / perimeter <= {rounding} then 0 when {sliver} then 1 else 2 end) as class
    from polygon group by 1, 2
), found as materialized (
  select m.layer_id, m.zone, m.part, ST_Area(m.part) as area, coalesce(c.class, 0) as class,
         2 * ST_Area(m.part) / nullif(ST_Perimeter(ST_Scale(m.part, %(stretch)s, 1 / %(stretch)s)), 0) as mean_width,
         case when coalesce(c.class, 0) = 0 then 'possible_hit'
              when ST_Area(ST_Intersection(ST_Buffer(m.geom, -{accuracy}), s.geom)) > 0 then 'certain_hit'
              else 'doubtful_hit' end as certainty,
         ({outcome})::int as outcome
    from met m cross join site s left join classed c using (layer_id, zone)
)
select layer_id, zone,
       case when class = 2 and certainty = 'certain_hit' then outcome else least(outcome, {open}) end as severity,
       case when class = 0 then 0 else area end as area, area / ST_Area(s.geom) as share, mean_width, class, certainty, ST_AsGeoJSON(part) as part
  from found cross join site s
 where outcome is not null and {is_said}
"""

_SLIVER: Final = """
((area <= {limits.area_max_m2})::int + (width <= {limits.bounding_width_max_m})::int + (2 * area / perimeter <= {limits.mean_width_max_m})::int
   >= {limits.smallness_signs_min}
 and (length >= {limits.elongation_min} * width)::int + (4 * pi() * area <= {limits.compactness_max} * perimeter ^ 2)::int
   + (perimeter >= {limits.shape_index_min} * 2 * sqrt(pi() * area))::int + (perimeter ^ 2 >= {limits.boundary_ratio_min} * area)::int
   >= {limits.thinness_signs_min})
"""


class PlainRule:
    """One rule about the zones of some layers.

    Parameters
    ----------
    layers : sequence of int
        Ids of the layers in ``plain_area``.
    accuracy_m : float
        Of their survey.
    clips : bool
        Whether only what lies around the site is taken of an area, before anything is measured.
    """

    def __init__(
        self,
        rule: ForbiddenOverlap | LimitedOverlap | ActivityLimitedOverlap,
        layers: Sequence[int],
        accuracy_m: float,
        limits: SliverThresholds,
        activity: str,
        *,
        clips: bool,
    ) -> None:
        self.rule_id = rule.rule_id
        outcomes = _outcomes(rule, activity)
        written = " ".join(
            f"when '{zone}' then {_severity(verdict)}" for zone, verdict in outcomes.items() if zone != _UNKNOWN
        )
        unknown = _severity(outcomes[_UNKNOWN])
        open_of_outcome = f"case when outcome = {Verdict.DENY.severity} then {Verdict.REVIEW.severity} else {Verdict.WARN.severity} end"
        self.statement = _STATEMENT.format(
            geom=f"ST_Intersection(a.geom, ST_Expand(s.geom, {4 * accuracy_m}))" if clips else "a.geom",
            accuracy=accuracy_m,
            layers=",".join(map(str, layers)),
            rounding=2 * LayerSource().rounding_m + NUMERICAL_NOISE_M,
            sliver=_SLIVER.format(limits=limits),
            outcome=f"case m.zone {written} else {unknown} end" if written else unknown,
            open=Verdict.REVIEW.severity if rule.is_prohibition else open_of_outcome,
            is_said="true" if rule.is_prohibition else "class > 0",
        )

    def ask(self, connection: psycopg.Connection[Any], site: shapely.Geometry) -> list[tuple[Any, ...]]:
        """Return layer, zone, verdict, area, share, mean width, class, certainty and part of every finding."""
        verdicts = {rank: name for name, rank in _SEVERITIES.items()}
        stretch = float(true_scale(shapely.bounds(site)[[1, 3]].mean()))
        asked = {"site": shapely.to_wkb(site), "stretch": stretch}
        rows = connection.execute(self.statement.encode(), asked, prepare=True).fetchall()
        return [(layer, zone, verdicts[severity], *rest) for layer, zone, severity, *rest in rows]


def plain_rules(
    catalog: Catalog,
    parameters: ParameterSet,
    layers: Mapping[str, Sequence[int]],
    *,
    as_of: date,
    region: str,
    activity: str,
    accuracy_m: float,
    clips: bool,
) -> list[PlainRule]:
    """Write the rules that hold in a region on a day about the kinds of some layers.

    Parameters
    ----------
    layers : mapping of str to sequence of int
        Ids of layers by their kind.

    Raises
    ------
    NotImplementedError
        For a rule of another type than those that speak of the kinds on the ground.
    """
    limits = sliver_thresholds(parameters, as_of=as_of, region=region)
    written = []
    for rule in catalog.site_rules(as_of=as_of, region=region):
        concerned = [one for kind in getattr(rule, "control_kinds", ()) for one in layers.get(kind.value, ())]
        if concerned:
            written.append(PlainRule(_require_zones(rule), concerned, accuracy_m, limits, activity, clips=clips))
    return written


def _require_zones(rule: SiteRule) -> ForbiddenOverlap | LimitedOverlap | ActivityLimitedOverlap:
    if isinstance(rule, ForbiddenOverlap | LimitedOverlap | ActivityLimitedOverlap):
        return rule
    message = f"{rule.rule_id} is a rule of type {rule.type}, which nobody has written as SQL"
    raise NotImplementedError(message)


def _outcomes(
    rule: ForbiddenOverlap | LimitedOverlap | ActivityLimitedOverlap, activity: str
) -> dict[str, Verdict | None]:
    """Return the verdict by zone; None where the rule says nothing."""
    if isinstance(rule, ForbiddenOverlap):
        return {_UNKNOWN: rule.outcome.verdict}
    named = {zone: None if one.outcome is None else one.outcome.verdict for zone, one in rule.zones.items()}
    if isinstance(rule, ActivityLimitedOverlap):
        if activity != "none":
            message = f"only projects that are none of the listed activities are asked about, not {activity!r}"
            raise NotImplementedError(message)
        named |= dict.fromkeys(rule.activity_zones, rule.not_listed.verdict)
    return {**named, _UNKNOWN: rule.unknown_zone.verdict}


def _severity(verdict: Verdict | None) -> str:
    return "null" if verdict is None else str(verdict.severity)
