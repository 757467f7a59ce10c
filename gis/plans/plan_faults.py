"""What is wrong between plans and lines themselves: hard lines that cross, and a plan beyond the plan of the level above."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from gis.arrays import IntArray
from gis.landuse.control_kinds import ControlKind
from gis.overlay import measure_overlaps
from gis.plans.statuses import PlanStatus
from gis.rules.sentences import Phrase
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.uncovered import measure_uncovered

__all__ = ["CROSSING_KINDS", "FAULT_NAMES", "PlanFault", "PlanFaultKind", "find_level_faults", "find_line_crossings"]

#: The control lines that must not cross or overlap each other (三条控制线不交叉、不重叠).
CROSSING_KINDS: Final = (
    ControlKind.ECOLOGICAL_REDLINE,
    ControlKind.PERMANENT_BASIC_FARMLAND,
    ControlKind.URBAN_DEVELOPMENT_BOUNDARY,
)


class PlanFaultKind(StrEnum):
    """The kinds of fault of plans and lines, beside those of the topology of one layer."""

    LINES_CROSS = "lines_cross"
    BEYOND_UPPER_PLAN = "beyond_upper_plan"
    UPPER_PLAN_SILENT = "upper_plan_silent"
    INDUSTRY_BESIDE_HOUSING = "industry_beside_housing"


FAULT_NAMES: Final[Mapping[str, Phrase]] = {
    "gap": Phrase("缝隙", "gap"),
    "overlap": Phrase("重叠", "overlap"),
    "missing_vertex": Phrase("邻边缺少公共顶点", "vertex missing on a shared edge"),
    "near_vertex": Phrase("顶点相近而不重合", "vertices near each other, but not the same"),
    "outside_scope": Phrase("超出规划范围", "outside of the scope"),
    "not_examined": Phrase("未能检查", "not examined"),
    PlanFaultKind.LINES_CROSS: Phrase("控制线交叉重叠", "control lines that cross"),
    PlanFaultKind.BEYOND_UPPER_PLAN: Phrase(
        "突破上级规划的建设用地", "construction land that the plan of the level above does not have"
    ),
    PlanFaultKind.UPPER_PLAN_SILENT: Phrase(
        "上级规划无数据处的建设用地", "construction land where the plan of the level above says nothing"
    ),
    PlanFaultKind.INDUSTRY_BESIDE_HOUSING: Phrase("三类工业用地毗邻居住用地", "class 3 industry beside housing"),
}


@dataclass(frozen=True, slots=True)
class PlanFault:
    """One fault: what, of which features of which layers, where and how large.

    ``overlap_class`` is a :class:`~gis.slivers.OverlapClass` value or None; ``error`` says what could not be computed, and then
    there are no measures. ``apart_m`` is how far from each other features lie that should lie further apart.
    """

    kind: PlanFaultKind
    layers: tuple[str, ...]
    ids: tuple[tuple[object, ...], ...]
    area_m2: float
    width_m: float
    overlap_class: str | None
    geometry: shapely.Geometry | None
    error: str | None
    apart_m: float | None = None


def find_line_crossings(
    lines: Mapping[str, gpd.GeoDataFrame],
    *,
    sources: Mapping[str, LayerSource] | None = None,
    thresholds: SliverThresholds | None = None,
) -> list[PlanFault]:
    """Find where the areas of different hard lines overlap.

    Parameters
    ----------
    lines : mapping of str to GeoDataFrame
        Layers of different kinds in the area plane, with an index of different ids.
    sources : mapping of str to LayerSource, optional
    thresholds : SliverThresholds, optional

    Returns
    -------
    list of PlanFault
        One for each two areas that overlap. Touching is no fault; what reference systems or rounding made is an ``artefact``.

    References
    ----------
    .. [1] 中共中央办公厅、国务院办公厅《关于在国土空间规划中统筹划定落实三条控制线的指导意见》: 三条控制线不交叉、不重叠、不冲突.
    """
    faults: list[PlanFault] = []
    for first, second in combinations(lines, 2):
        if lines[first].empty or lines[second].empty:
            continue
        found = measure_overlaps(
            lines[first],
            lines[second],
            with_geometry=True,
            target_source=(sources or {}).get(first),
            constraint_source=(sources or {}).get(second),
            thresholds=thresholds,
        )
        faults += _read_rows(PlanFaultKind.LINES_CROSS, (first, second), found)
    return faults


def find_level_faults(
    lower: tuple[str, gpd.GeoDataFrame, IntArray],
    upper: tuple[str, gpd.GeoDataFrame, IntArray],
    *,
    sources: tuple[LayerSource, LayerSource] | None = None,
    thresholds: SliverThresholds | None = None,
) -> list[PlanFault]:
    """Find the construction land of a plan that the plan of the level above does not have.

    Parameters
    ----------
    lower, upper : tuple of str, GeoDataFrame and ndarray of int64
        Name, zones in the area plane with an index of different ids, and the status of each zone.
    sources : tuple of LayerSource, optional
    thresholds : SliverThresholds, optional

    Returns
    -------
    list of PlanFault
        ``beyond_upper_plan`` for a zone of construction land and each zone above that is none, ``upper_plan_silent`` for its part
        where the upper plan has no zone. Where the upper plan's zones contradict each other, its no counts.
    """
    name, zones, statuses = lower
    upper_name, upper_zones, upper_statuses = upper
    building = zones[statuses == PlanStatus.CONSTRUCTION]
    against = upper_zones[upper_statuses == PlanStatus.NON_CONSTRUCTION]
    silent = upper_zones[np.isin(upper_statuses, [PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION])]
    first, second = sources or (None, None)
    faults: list[PlanFault] = []
    if len(building) and len(against):
        found = measure_overlaps(
            building,
            against,
            with_geometry=True,
            target_source=first,
            constraint_source=second,
            thresholds=thresholds,
        )
        faults += _read_rows(PlanFaultKind.BEYOND_UPPER_PLAN, (name, upper_name), found)
    if len(building):
        found = measure_uncovered(
            building, silent, with_geometry=True, target_source=first, constraint_source=second, thresholds=thresholds
        )
        faults += _read_rows(PlanFaultKind.UPPER_PLAN_SILENT, (name, upper_name), found, names_both=False)
    return faults


def _read_rows(
    kind: PlanFaultKind, layers: tuple[str, str], found: pd.DataFrame, *, names_both: bool = True
) -> list[PlanFault]:
    """Read the rows of an overlap table."""
    rows: list[dict[str, Any]] = found.to_dict("records")  # type: ignore[assignment]
    return [
        PlanFault(
            kind=kind,
            layers=layers,
            ids=((row["target_id"],), tuple(row["constraint_ids"]) if names_both else ()),
            area_m2=float(row["overlap_area_m2"]),
            width_m=float(row["mean_width_m"]),
            overlap_class=row["overlap_class"],
            geometry=row["geometry"],
            error=row["error"],
        )
        for row in rows
    ]
