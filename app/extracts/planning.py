"""What the plans in force say of a place: the zones it lies in with their control values, and where no plan speaks."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import geopandas as gpd
import pandas as pd
from sqlalchemy.orm import Session

from app.checks.controls import layer_source
from app.checks.findings import findable
from app.checks.repository import read_coverage
from app.db.models import Layer, LayerVersion
from app.extracts.codes import find_code
from app.extracts.controls import NO_LAYER, name_layer
from app.extracts.repository import ParcelRow, read_zones_near
from app.figures import area, share
from gis.overlay import measure_overlaps
from gis.rules import LayerStatus, Verdict, judge_coverage
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass
from gis.uncovered import measure_uncovered

CONTROL_VALUES = ("floor_area_ratio_max", "building_height_max_m", "building_density_max", "green_ratio_min")
# What a statement says where there is no plan at all.
NO_PLAN: Final[Mapping[str, Any]] = {
    "layer": None,
    "control_kind": None,
    "title_zh": "各类规划",
    "title_en": "Plans of any kind",
    "status": NO_LAYER,
    "covered_share": 0.0,
    "mandatory": True,
}


@dataclass(slots=True)
class PlanAnswer:
    """The plans of a statement, what they leave open, and the verdicts of that."""

    plans: list[dict[str, Any]] = field(default_factory=list)
    no_data: list[dict[str, Any]] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)

    def add_unknown(self, layer: Layer, status: LayerStatus, covered: float | None) -> None:
        """Say that a plan does not speak about all of the place, or is not to be relied on."""
        self.no_data.append(
            name_layer(layer) | {"status": status.value, "covered_share": covered, "mandatory": layer.mandatory}
        )
        self.verdicts.append(judge_coverage(status, covered_share=covered or 0.0, mandatory=layer.mandatory))


def read_plans(
    session: Session,
    parcel: ParcelRow,
    versions: list[tuple[Layer, LayerVersion | None]],
    thresholds: SliverThresholds,
) -> PlanAnswer:
    """Overlay a place with every plan in force."""
    answer = PlanAnswer()
    for layer, version in versions:
        if version is None:
            answer.add_unknown(layer, LayerStatus.NOT_COVERED, 0.0)
            continue
        zones = _zones(session, parcel, version, thresholds)
        covered = _covered_share(session, parcel, version, thresholds)
        answer.plans.append(
            name_layer(layer)
            | {
                "version": version.number,
                "approval_no": version.approval_no,
                "valid_from": version.valid_from.isoformat(),
                "valid_to": None if version.valid_to is None else version.valid_to.isoformat(),
                "covered_share": covered,
                "zones": zones,
            }
        )
        if covered is None or covered < 1:
            answer.add_unknown(layer, LayerStatus.CLEAR if covered else LayerStatus.NOT_COVERED, covered)
    if not versions:
        answer.no_data.append(dict(NO_PLAN))
        answer.verdicts.append(Verdict.NO_DATA)
    return answer


def _zones(
    session: Session, parcel: ParcelRow, version: LayerVersion, thresholds: SliverThresholds
) -> list[dict[str, Any]]:
    zones = read_zones_near(session, version, parcel.bounds)
    measured = measure_overlaps(
        parcel.as_target(),
        zones,
        thresholds=thresholds,
        target_source=layer_source(parcel.version),
        constraint_source=layer_source(version),
    )
    rows = sorted(findable(measured), key=lambda row: (-row["overlap_area_m2"], row["constraint_ids"][0]))
    return [_describe(zones.loc[row["constraint_ids"][0]], row) for row in rows]


def _describe(zone: pd.Series, row: Any) -> dict[str, Any]:  # noqa: ANN401  a row of the overlay
    known = find_code(zone["zone_code"], zone["code_version"])
    return {
        "feature_id": zone["feature_id"],
        "zone_code": zone["zone_code"],
        "code_version": zone["code_version"],
        "zone_name": zone["zone_name"],
        "use_zh": zone["zone_name"] if known is None else known.name_zh,
        "use_en": zone["zone_name"] if known is None else known.name_en,
        **{name: zone[name] for name in CONTROL_VALUES},
        **area(row["overlap_area_m2"]),
        "share": share(row["target_share"]),
        "overlap_class": str(row["overlap_class"]),
    }


def _covered_share(
    session: Session, parcel: ParcelRow, version: LayerVersion, thresholds: SliverThresholds
) -> float | None:
    coverage = read_coverage(session, version)
    if coverage is None:
        return None
    target = parcel.as_target()
    uncovered = measure_uncovered(
        target,
        gpd.GeoDataFrame(geometry=[coverage], crs=target.crs),
        thresholds=thresholds,
        target_source=layer_source(parcel.version),
        constraint_source=layer_source(version),
    )
    real = uncovered[uncovered["error"].isna() & (uncovered["overlap_class"] != OverlapClass.ARTEFACT)]
    return share(1.0 - float(real["target_share"].sum()))
