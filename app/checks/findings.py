"""Measured overlaps become findings: judged by a rule, named, with their sentences. No database, no measuring."""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

import geopandas as gpd
import pandas as pd
import shapely

from app.checks.controls import ControlData, ControlLayer
from gis.certainty import Certainty
from gis.rules import (
    NATIONAL,
    Judgement,
    LayerStatus,
    MeasuredOverlap,
    ParameterRow,
    ParameterSet,
    Rule,
    Verdict,
    describe_part,
    display_rows,
    judge_coverage,
    judge_overlap,
    region_of_parcel,
)
from gis.slivers import OverlapClass


class Relation(StrEnum):
    """How a parcel and a control layer stand to each other in a finding."""

    OVERLAP = "overlap"
    OUTSIDE = "outside"
    NOT_COVERED = "not_covered"
    NEAR = "near"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding, ready to be stored or shown; the geometry is in the area plane.

    Attributes
    ----------
    certainty : Certainty or None
        What the survey's accuracy leaves of it, where the layer states its accuracy.
    geometry
        What was measured; of a line that only comes near the part of the parcel in which it may lie.
    """

    feature_id: str
    target_row_id: int
    target_id: str
    parcel_code: str | None
    control_zone: str | None
    constraint_ids: tuple[str, ...]
    rule_id: str | None
    relation: Relation
    verdict: Verdict
    overlap_class: OverlapClass
    overlap_area_m2: float
    target_area_m2: float
    target_share: float
    mean_width_m: float | None
    text_zh: str
    text_en: str
    article: str
    remedy_zh: str
    remedy_en: str
    is_assumed: bool
    parameter_rows: tuple[ParameterRow, ...]
    geometry: shapely.Geometry
    certainty: Certainty | None = None


#: What the survey's accuracy leaves of the overlap of a target and a group of areas.
CertaintyOf = Mapping[tuple[int, str], Certainty]
NOT_ASKED: Final[CertaintyOf] = {}
_NO_OVERLAP: Final[Mapping[str, Any]] = {
    "overlap_class": OverlapClass.REAL,
    "overlap_area_m2": 0.0,
    "target_share": 0.0,
    "mean_width_m": math.nan,
}


class FindingMaker:
    """Judges what was measured between the targets and one control layer.

    Parameters
    ----------
    targets : GeoDataFrame
        The index is the row id; columns ``feature_id`` and ``parcel_code``.
    """

    def __init__(
        self,
        targets: gpd.GeoDataFrame,
        control: ControlLayer,
        data: ControlData,
        parameters: ParameterSet,
        as_of: date,
    ) -> None:
        self._targets: dict[int, tuple[str, str | None]] = dict(
            zip(targets.index, zip(targets["feature_id"], targets["parcel_code"], strict=True), strict=True)
        )
        self._areas: dict[int, tuple[str, str]] = dict(
            zip(data.areas.index, zip(data.areas["feature_id"], data.areas["name"], strict=True), strict=True)
        )
        self._control = control
        self._parameters = parameters
        self._as_of = as_of

    def judged(
        self,
        rule: Rule,
        measured: pd.DataFrame,
        relation: Relation,
        *,
        with_rule_in_name: bool,
        certainty: CertaintyOf = NOT_ASKED,
    ) -> Iterator[Finding]:
        """Judge the rows of an overlay by one rule, where it holds; artefacts and what the rule lets pass give nothing."""
        for row in findable(measured):
            region = region_of_parcel(self._targets[row["target_id"]][1])
            if not rule.source.applies_in(region):
                continue
            zone = row["constraint_group"] or None if relation is Relation.OVERLAP else None
            hit = [self._areas[row_id] for row_id in row["constraint_ids"]] if relation is Relation.OVERLAP else []
            overlap = MeasuredOverlap(
                overlap_area_m2=row["overlap_area_m2"],
                target_area_m2=row["target_area_m2"],
                overlap_class=OverlapClass(row["overlap_class"]),
                control_zone=zone,
                mean_width_m=_known(row["mean_width_m"]),
                names=tuple(dict.fromkeys(name for _, name in hit)),
                is_outside=relation is Relation.OUTSIDE,
                certainty=certainty.get((row["target_id"], row["constraint_group"])),
            )
            judgement = judge_overlap(rule, overlap, self._parameters, as_of=self._as_of, region=region)
            if judgement is not None:
                suffix = f".{rule.rule_id}" if with_rule_in_name else ""
                ids = tuple(feature_id for feature_id, _ in hit)
                found = self._finding(row, relation, zone, ids, judgement, suffix)
                yield replace(found, certainty=overlap.certainty)

    def near(self, rule: Rule, rows: Iterable[Mapping[str, Any]], *, with_rule_in_name: bool) -> Iterator[Finding]:
        """Say where a hard line comes so near that the survey's accuracy leaves it open whether it is touched.

        Parameters
        ----------
        rows : iterable of mapping
            ``target_id``, ``constraint_group``, ``target_area_m2`` and ``geometry`` of what is a possible hit.
        """
        for row in rows:
            region = region_of_parcel(self._targets[row["target_id"]][1])
            if not rule.source.applies_in(region):
                continue
            zone = row["constraint_group"] or None
            overlap = MeasuredOverlap(
                overlap_area_m2=0.0,
                target_area_m2=row["target_area_m2"],
                overlap_class=OverlapClass.REAL,
                control_zone=zone,
                certainty=Certainty.POSSIBLE_HIT,
            )
            judgement = judge_overlap(rule, overlap, self._parameters, as_of=self._as_of, region=region)
            if judgement is not None:
                suffix = f".{rule.rule_id}" if with_rule_in_name else ""
                found = self._finding({**_NO_OVERLAP, **row}, Relation.NEAR, zone, (), judgement, suffix)
                yield replace(found, certainty=overlap.certainty)

    def not_covered(self, uncovered: pd.DataFrame) -> Iterator[Finding]:
        """Say for each parcel which part of it the layer knows nothing about."""
        layer = self._control.layer
        verdict = judge_coverage(LayerStatus.NOT_COVERED, covered_share=0.0, mandatory=layer.mandatory)
        places = display_rows(self._parameters, as_of=self._as_of, region=NATIONAL)
        for row in findable(uncovered):
            share = describe_part(min(row["target_share"], 1.0), places)
            judgement = Judgement(
                rule_id="coverage",
                verdict=verdict,
                text_zh=f"本宗地{share.zh}的面积在“{layer.title_zh}”数据范围之外，该处情况未知，不等于没有限制。",
                text_en=f"{share.en} of the parcel lies beyond the reach of “{layer.title_en}”: what holds there is not "
                "known, which is not the same as free.",
                article="",
                remedy_zh=f"补充“{layer.title_zh}”在该处的数据后重新检查。",
                remedy_en=f"Obtain “{layer.title_en}” for this place and check again.",
                is_assumed=False,
                parameter_rows=(),
            )
            yield self._finding(row, Relation.NOT_COVERED, None, (), judgement, "")

    def _finding(
        self,
        row: Mapping[Any, Any],
        relation: Relation,
        zone: str | None,
        constraint_ids: tuple[str, ...],
        judgement: Judgement,
        suffix: str,
    ) -> Finding:
        target_id, parcel_code = self._targets[row["target_id"]]
        return Finding(
            feature_id=f"{target_id}.{self._control.layer.slug}.{zone or relation.value}{suffix}",
            target_row_id=int(row["target_id"]),
            target_id=target_id,
            parcel_code=parcel_code,
            control_zone=zone,
            constraint_ids=constraint_ids,
            rule_id=judgement.rule_id,
            relation=relation,
            verdict=judgement.verdict,
            overlap_class=OverlapClass(row["overlap_class"]),
            overlap_area_m2=row["overlap_area_m2"],
            target_area_m2=row["target_area_m2"],
            target_share=min(row["target_share"], 1.0),
            mean_width_m=_known(row["mean_width_m"]),
            text_zh=judgement.text_zh,
            text_en=judgement.text_en,
            article=judgement.article,
            remedy_zh=judgement.remedy_zh,
            remedy_en=judgement.remedy_en,
            is_assumed=judgement.is_assumed,
            parameter_rows=judgement.parameter_rows,
            geometry=row["geometry"],
        )


def findable(measured: pd.DataFrame) -> Iterator[Mapping[Any, Any]]:
    """Yield the rows that can be findings: measured, and no artefact."""
    rows = measured[measured["error"].isna() & (measured["overlap_class"] != OverlapClass.ARTEFACT)]
    yield from rows.to_dict("records")


def _known(width_m: float) -> float | None:
    """Return a width that was measured; that of a whole parcel is not."""
    return None if math.isnan(width_m) else width_m
