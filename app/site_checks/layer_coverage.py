"""What a control layer knows of a site, and what it does not: that is said as a finding of its own."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.checks.findings import findable
from app.site_checks.asking import Asked, Relation, SiteFinding
from gis.polygonal import polygonal_part
from gis.rules import Judgement, Verdict
from gis.uncovered import measure_uncovered


def covered_shares(asked: Asked, data: ControlData) -> tuple[dict[int, float] | None, pd.DataFrame]:
    """Return the share of each site where a layer is known, and the parts where it is not; None where it does not say."""
    if data.coverage is None:
        return None, pd.DataFrame({"target_id": [], "error": [], "overlap_class": [], "overlap_area_m2": []})
    known = gpd.GeoDataFrame(geometry=[data.coverage], crs=asked.sites.crs)
    uncovered = measure_outside(asked, known, data)
    shares = dict.fromkeys(asked.sites.index, 1.0)
    for row in findable(uncovered):
        shares[row["target_id"]] = min(max(1.0 - row["target_share"], 0.0), 1.0)
    return shares, uncovered


def measure_outside(asked: Asked, known: gpd.GeoDataFrame, data: ControlData) -> pd.DataFrame:
    """Measure the parts of sites outside some polygons, which are of a layer or where it is known."""
    return measure_uncovered(
        asked.sites,
        known,
        with_geometry=True,
        thresholds=asked.thresholds,
        target_source=asked.source,
        constraint_source=layer_source(data.version),
    )


def inside_or_unknown(asked: Asked, data: ControlData) -> gpd.GeoDataFrame:
    """Return the areas, and the ground of which the layer knows nothing: nothing is said to lie outside there."""
    areas = data.areas.geometry.to_numpy()
    if data.coverage is not None:
        unknown_part = polygonal_part([shapely.difference(shapely.box(*asked.sites.total_bounds), data.coverage)])
        areas = np.append(areas, unknown_part[shapely.area(unknown_part) > 0])
    return gpd.GeoDataFrame(geometry=areas, crs=data.areas.crs)


def coverage_finding(
    control: ControlLayer,
    verdict: Verdict,
    covered_share: float,
    part: shapely.Geometry | None,
    *,
    is_stated: bool,
) -> SiteFinding:
    """Say that a layer does not know all of a site."""
    title_zh, title_en = control.layer.title_zh, control.layer.title_en
    share = f"{1.0 - covered_share:.2%}"
    if is_stated:
        zh = f"本地块{share}的面积在“{title_zh}”数据范围之外，该处情况未知，不等于没有限制。"
        en = f"{share} of the site lies beyond the reach of “{title_en}”: what holds there is not known, which is not the same as free."
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
