"""Measure and judge targets against one control layer. No database here: frames in the area plane in, findings out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pyproj
import shapely

from app.db.models import Layer, LayerVersion
from gis.errors import GisError
from gis.overlay import measure_overlaps
from gis.uncovered import measure_uncovered
from gis.rules import (
    Catalog,
    Judgement,
    LayerStatus,
    MeasuredOverlap,
    ParameterSet,
    RequiredContainment,
    Rule,
    Verdict,
    judge_coverage,
    judge_overlap,
    worst,
)
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass

Progress = Callable[[int, int], None]

# How a finding came about.
OVERLAP = "overlap"
OUTSIDE = "outside"
NOT_COVERED = "not_covered"

THRESHOLD_KEYS = {
    "area_max_m2": "sliver.max_area_m2",
    "bounding_width_max_m": "sliver.max_width_m",
    "mean_width_max_m": "sliver.max_mean_width_m",
    "elongation_min": "sliver.min_elongation",
    "compactness_max": "sliver.max_compactness",
    "shape_index_min": "sliver.min_perimeter_ratio",
    "boundary_ratio_min": "sliver.min_perimeter_area_ratio",
    "smallness_signs_min": "sliver.min_scale_hits",
    "thinness_signs_min": "sliver.min_shape_hits",
}


@dataclass(frozen=True, slots=True)
class ControlLayer:
    """A control layer as of a day; everything but the layer itself is None where it has no version then.

    ``areas`` has the columns ``feature_id``, ``name`` and ``control_zone`` ("" where the source names none).
    """

    layer: Layer
    version: LayerVersion | None
    areas: gpd.GeoDataFrame | None
    pieces: gpd.GeoDataFrame | None
    coverage: shapely.Geometry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOverlap:
    """One finding, ready to be stored or shown; the geometry is in the area plane."""

    feature_id: str
    target_row_id: int
    target_id: str
    parcel_code: str | None
    control_zone: str | None
    constraint_ids: tuple[str, ...]
    rule_id: str | None
    relation: str
    verdict: Verdict
    overlap_class: str
    overlap_area_m2: float
    target_area_m2: float
    target_share: float
    mean_width_m: float
    text_zh: str
    text_en: str
    article: str
    remedy_zh: str
    remedy_en: str
    geometry: shapely.Geometry


@dataclass(slots=True)
class LayerOutcome:
    """What one control layer says of all targets.

    ``covered_share`` is the part of the targets' area that lies where the layer is known; None when the layer does not
    state where it is known. ``audit`` holds what is no finding but belongs to the sum: artefacts and failed pairs.
    """

    control: ControlLayer
    status: LayerStatus
    verdict: Verdict
    covered_share: float | None
    uncovered_target_count: int
    findings: list[FoundOverlap] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)


def layer_source(version: LayerVersion | None) -> LayerSource:
    """Say what a layer was drawn in, which is what tells an artefact of the way coordinates are stored."""
    return LayerSource() if version is None else LayerSource(crs=pyproj.CRS.from_user_input(version.source_crs))


@dataclass(frozen=True, slots=True)
class Measurer:
    """Measures targets against control layers by the rules and numbers of one day.

    Parameters
    ----------
    targets : GeoDataFrame
        In the area plane; columns ``feature_id`` and ``parcel_code``.
    catalog, parameters, as_of
        The law to judge by.
    """

    targets: gpd.GeoDataFrame
    target_source: LayerSource
    catalog: Catalog
    parameters: ParameterSet
    as_of: date
    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None

    def measure(self, control: ControlLayer) -> LayerOutcome:
        """Measure and judge one control layer; a failure of the engine is an outcome of that layer, not of the run."""
        if control.version is None or control.areas is None:
            return self._without_data(control)
        try:
            return self._with_data(control)
        except GisError as error:
            verdict = judge_coverage(LayerStatus.FAILED, covered_share=0.0, mandatory=control.layer.mandatory)
            audit = {"error": f"{type(error).__name__}: {error}"}
            return LayerOutcome(control, LayerStatus.FAILED, verdict, None, len(self.targets), [], audit)

    def _without_data(self, control: ControlLayer) -> LayerOutcome:
        verdict = judge_coverage(LayerStatus.NOT_COVERED, covered_share=0.0, mandatory=control.layer.mandatory)
        audit = {"error": f"The layer has no version in force on {self.as_of}."}
        return LayerOutcome(control, LayerStatus.NOT_COVERED, verdict, 0.0, len(self.targets), [], audit)

    def _with_data(self, control: ControlLayer) -> LayerOutcome:
        rules = self.catalog.rules_for(control.layer.control_kind, as_of=self.as_of)
        findings: list[FoundOverlap] = []
        audit = _Audit()
        overlaps = self._overlaps(control)
        audit.add(overlaps)
        outside: gpd.GeoDataFrame | None = None
        for rule in rules:
            findings.extend(self._judged(control, rule, overlaps, OVERLAP, many_rules=len(rules) > 1))
            if isinstance(rule, RequiredContainment):
                if outside is None:
                    outside = self._uncovered(control.areas, control)
                    audit.add(outside)
                findings.extend(self._judged(control, rule, outside, OUTSIDE, many_rules=len(rules) > 1))
        covered_share, not_covered = self._coverage(control, audit)
        findings.extend(self._uncovered_findings(control, not_covered))
        status = self._status(control, findings, covered_share, audit)
        coverage_verdict = judge_coverage(status, covered_share=covered_share or 0.0, mandatory=control.layer.mandatory)
        verdict = worst([coverage_verdict, *{finding.verdict for finding in findings}])
        return LayerOutcome(
            control, status, verdict, covered_share, len(not_covered), findings, audit.as_json(rules=len(rules))
        )

    def _overlaps(self, control: ControlLayer) -> gpd.GeoDataFrame:
        assert control.areas is not None  # noqa: S101 - measure() sees to it
        return measure_overlaps(
            self.targets,
            control.areas,
            group="control_zone",
            pieces=control.pieces,
            with_geometry=True,
            thresholds=self._thresholds(),
            target_source=self.target_source,
            constraint_source=layer_source(control.version),
            progress=self.progress,
            cancelled=self.cancelled,
        )

    def _uncovered(self, constraints: gpd.GeoDataFrame, control: ControlLayer) -> gpd.GeoDataFrame:
        return measure_uncovered(
            self.targets,
            constraints,
            with_geometry=True,
            thresholds=self._thresholds(),
            target_source=self.target_source,
            constraint_source=layer_source(control.version),
            cancelled=self.cancelled,
        )

    def _thresholds(self) -> SliverThresholds:
        rows = {name: self.parameters.row(key, as_of=self.as_of) for name, key in THRESHOLD_KEYS.items()}
        numbers = {name: float(row.value) for name, row in rows.items() if not name.endswith("signs_min")}
        counts = {name: row.integer for name, row in rows.items() if name.endswith("signs_min")}
        return SliverThresholds(**numbers, **counts)

    def _judged(
        self, control: ControlLayer, rule: Rule, measured: gpd.GeoDataFrame, relation: str, *, many_rules: bool
    ) -> Iterator[FoundOverlap]:
        assert control.areas is not None  # noqa: S101 - measure() sees to it
        for row in measured.itertuples(index=False):
            if row.error is not None or row.overlap_class == OverlapClass.ARTEFACT:
                continue
            zone = None if relation == OUTSIDE else row.constraint_group or None
            hit = control.areas.loc[list(row.constraint_ids)] if relation == OVERLAP else control.areas.iloc[:0]
            overlap = MeasuredOverlap(
                overlap_area_m2=row.overlap_area_m2,
                target_area_m2=row.target_area_m2,
                overlap_class=OverlapClass(row.overlap_class),
                control_zone=zone,
                mean_width_m=row.mean_width_m,
                names=tuple(dict.fromkeys(hit["name"])),
                is_outside=relation == OUTSIDE,
            )
            judgement = judge_overlap(rule, overlap, self.parameters, as_of=self.as_of)
            if judgement is not None:
                yield self._finding(
                    control, row, relation, zone, tuple(hit["feature_id"]), judgement, many_rules=many_rules
                )

    def _finding(
        self,
        control: ControlLayer,
        row: Any,  # noqa: ANN401  a row of gis.overlay's result
        relation: str,
        zone: str | None,
        constraint_ids: tuple[str, ...],
        judgement: Judgement,
        *,
        many_rules: bool,
    ) -> FoundOverlap:
        target = self.targets.loc[row.target_id]
        name = [target.feature_id, control.layer.slug, zone or relation]
        return FoundOverlap(
            feature_id=".".join([*name, judgement.rule_id] if many_rules else name),
            target_row_id=int(row.target_id),
            target_id=target.feature_id,
            parcel_code=target.parcel_code,
            control_zone=zone,
            constraint_ids=constraint_ids,
            rule_id=judgement.rule_id,
            relation=relation,
            verdict=judgement.verdict,
            overlap_class=str(row.overlap_class),
            overlap_area_m2=row.overlap_area_m2,
            target_area_m2=row.target_area_m2,
            target_share=min(row.target_share, 1.0),
            mean_width_m=row.mean_width_m,
            text_zh=judgement.text_zh,
            text_en=judgement.text_en,
            article=judgement.article,
            remedy_zh=judgement.remedy_zh,
            remedy_en=judgement.remedy_en,
            geometry=row.geometry,
        )

    def _coverage(self, control: ControlLayer, audit: "_Audit") -> tuple[float | None, gpd.GeoDataFrame]:
        """Return the share of all targets that the layer is known for, and the parts for which it is not."""
        if control.coverage is None:
            return None, self.targets.iloc[:0]
        known = gpd.GeoDataFrame(geometry=[control.coverage], crs=self.targets.crs)
        uncovered = self._uncovered(known, control)
        audit.add_errors(uncovered)
        real = uncovered[uncovered["error"].isna() & (uncovered["overlap_class"] != OverlapClass.ARTEFACT)]
        total = float(self.targets.area.sum())
        share = 1.0 - float(real["overlap_area_m2"].sum()) / total if total > 0 else 0.0
        return min(max(share, 0.0), 1.0), real

    def _uncovered_findings(self, control: ControlLayer, uncovered: gpd.GeoDataFrame) -> Iterator[FoundOverlap]:
        verdict = judge_coverage(LayerStatus.NOT_COVERED, covered_share=0.0, mandatory=control.layer.mandatory)
        title_zh, title_en = control.layer.title_zh, control.layer.title_en
        for row in uncovered.itertuples(index=False):
            share = f"{min(row.target_share, 1.0):.2%}"
            judgement = Judgement(
                rule_id="coverage",
                verdict=verdict,
                text_zh=f"本宗地{share}的面积在“{title_zh}”数据范围之外，该处情况未知，不等于没有限制。",
                text_en=f"{share} of the parcel lies beyond the reach of “{title_en}”: what holds there is not known, "
                "which is not the same as free.",
                article="",
                remedy_zh=f"补充“{title_zh}”在该处的数据后重新检查。",
                remedy_en=f"Obtain “{title_en}” for this place and check again.",
                is_assumed=False,
                parameter_rows=(),
            )
            yield self._finding(control, row, NOT_COVERED, None, (), judgement, many_rules=False)

    def _status(
        self, control: ControlLayer, findings: list[FoundOverlap], covered_share: float | None, audit: "_Audit"
    ) -> LayerStatus:
        if audit.errors:
            return LayerStatus.FAILED
        if self._is_stale(control):
            return LayerStatus.STALE
        if any(finding.relation != NOT_COVERED for finding in findings):
            return LayerStatus.HIT
        if covered_share is None or covered_share == 0.0:
            return LayerStatus.NOT_COVERED
        return LayerStatus.CLEAR

    def _is_stale(self, control: ControlLayer) -> bool:
        limit, version = control.layer.stale_after_days, control.version
        return limit is not None and version is not None and (self.as_of - version.valid_from).days > limit


@dataclass(slots=True)
class _Audit:
    """Sums of everything that was measured, findings or not."""

    pairs: int = 0
    area_m2: float = 0.0
    artefacts: int = 0
    artefact_area_m2: float = 0.0
    errors: list[str] = field(default_factory=list)

    def add(self, measured: gpd.GeoDataFrame) -> None:
        self.pairs += len(measured)
        self.area_m2 += float(measured["overlap_area_m2"].sum())
        artefacts = measured[measured["overlap_class"] == OverlapClass.ARTEFACT]
        self.artefacts += len(artefacts)
        self.artefact_area_m2 += float(artefacts["overlap_area_m2"].sum())
        self.add_errors(measured)

    def add_errors(self, measured: gpd.GeoDataFrame) -> None:
        self.errors.extend(measured["error"].dropna().tolist())

    def as_json(self, *, rules: int) -> dict[str, Any]:
        return {
            "rules": rules,
            "measured_pairs": self.pairs,
            "measured_area_m2": round(self.area_m2, 4),
            "artefacts": self.artefacts,
            "artefact_area_m2": round(self.artefact_area_m2, 6),
            "errors": self.errors,
        }
