"""What a control layer knows of a site, and what it does not: that is said as a finding of its own."""

import numpy as np
import shapely

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.site_checks.asking import Asked, Relation, SiteFinding
from app.site_checks.overlaying import Row, measure_outside, usable
from gis.arrays import GeometryArray
from gis.polygonal import polygonal_part
from gis.rules import Judgement, Verdict, describe_part


def covered_shares(asked: Asked, data: ControlData) -> tuple[dict[int, float] | None, list[Row]]:
    """Return the share of each site where a layer is known, and the parts where it is not; None where it does not say."""
    if data.coverage is None:
        return None, []
    # By identity, which is that of the coverage as long as it is kept; layers of one delivery share theirs.
    key = id(data.coverage), data.version.source_crs
    if key not in asked.coverages:
        asked.coverages[key] = data.coverage, *_measure_coverage(asked, data, data.coverage)
    _, shares, uncovered = asked.coverages[key]
    return dict(shares), list(uncovered)


def _measure_coverage(
    asked: Asked, data: ControlData, coverage: shapely.Geometry
) -> tuple[dict[int, float], list[Row]]:
    shares = dict.fromkeys(asked.places.numbers, 1.0)
    # A copy: that of the layer is shared, and GEOS indexes a prepared geometry at its first use, without a lock.
    own = shapely.force_2d(coverage)
    shapely.prepare(own)
    if shapely.covers(own, asked.places.shapes).all():
        return shares, []
    uncovered = measure_outside(asked, np.array([coverage], dtype=object), layer_source(data.version))
    for row in usable(uncovered):
        shares[row["target_id"]] = min(max(1.0 - row["target_share"], 0.0), 1.0)
    return shares, uncovered


def inside_or_unknown(asked: Asked, data: ControlData) -> GeometryArray:
    """Return the areas, and the ground of which the layer knows nothing: nothing is said to lie outside there."""
    return np.append(data.table.shapes, unknown_ground(asked, data))


def unknown_ground(asked: Asked, data: ControlData) -> GeometryArray:
    """Return the ground around the sites of which a layer knows nothing; none where it does not say what it knows."""
    if data.coverage is None:
        return np.empty(0, dtype=object)
    beyond = polygonal_part(
        [shapely.difference(shapely.box(*shapely.total_bounds(asked.places.shapes)), data.coverage)]
    )
    ground: GeometryArray = beyond[shapely.area(beyond) > 0]
    return ground


def coverage_finding(
    asked: Asked,
    control: ControlLayer,
    verdict: Verdict,
    covered_share: float,
    part: shapely.Geometry | None,
    *,
    is_stated: bool,
) -> SiteFinding:
    """Say that a layer does not know all of a site."""
    title_zh, title_en = control.layer.title_zh, control.layer.title_en
    if is_stated:
        share = describe_part(1.0 - covered_share, asked.law.display())
        zh = f"本地块{share.zh}的面积在“{title_zh}”数据范围之外，该处情况未知，不等于没有限制。"
        en = f"{share.en} of the site lies beyond the reach of “{title_en}”: what holds there is not known, which is not the same as free."
    else:
        zh = f"“{title_zh}”未说明其数据范围，没有发现冲突不等于没有限制。"
        en = f"“{title_en}” does not say where it is known: that nothing was found is not the same as free."
    return SiteFinding(
        judgement=_unjudged(
            verdict,
            (zh, en),
            (
                f"补充“{title_zh}”在该处的数据或者数据范围后重新检查。",
                f"Obtain “{title_en}” for this place, or where it is known, and check again.",
            ),
        ),
        relation=Relation.NOT_COVERED,
        numbers={"target_share": 1.0 - covered_share},
        geometry=part,
    )


def _unjudged(verdict: Verdict, text: tuple[str, str], remedy: tuple[str, str]) -> Judgement:
    return Judgement(
        rule_id="coverage",
        verdict=verdict,
        text_zh=text[0],
        text_en=text[1],
        article="",
        remedy_zh=remedy[0],
        remedy_en=remedy[1],
        is_assumed=False,
        parameter_rows=(),
    )
