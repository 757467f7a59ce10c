"""Measure targets against one control layer. No database here: frames in the area plane in, findings out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.checks.findings import NOT_ASKED, CertaintyOf, Finding, FindingMaker, Relation, findable
from app.checks.thresholds import sliver_thresholds
from app.layers.staleness import is_stale
from app.progress import Progress, unheard
from gis.certainty import Certainty, judge_certainty
from gis.constraint_set import ConstraintSet
from gis.errors import GisError
from gis.moved_boundary import parts_within_reach
from gis.overlay import measure_overlaps
from gis.polygonal import polygonal_part
from gis.rules import Catalog, LayerStatus, ParameterSet, RequiredContainment, Rule, Verdict, judge_coverage, worst
from gis.sagitta import LayerSource
from gis.shapes import SliverThresholds
from gis.slivers import OverlapClass
from gis.threads import ThreadTeam
from gis.uncovered import measure_uncovered

#: A part of a parcel that is smaller than this may be no polygon any more once its coordinates are stored.
_LEAST_PART_M2: Final = 1e-3


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
    findings: list[Finding] = field(default_factory=list)
    audit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measurer:
    """Measures targets against control layers by the rules and numbers of one day.

    Parameters
    ----------
    targets : GeoDataFrame
        In the area plane; the index is the row id, columns ``feature_id`` and ``parcel_code``.
    target_source : LayerSource
        What the targets were drawn in.
    catalog, parameters, as_of
        The law to judge by.
    """

    targets: gpd.GeoDataFrame
    target_source: LayerSource
    catalog: Catalog
    parameters: ParameterSet
    as_of: date
    progress: Progress = unheard
    cancelled: Callable[[], bool] | None = None

    def measure(self, control: ControlLayer) -> LayerOutcome:
        """Measure and judge one control layer; a failure of the engine is an outcome of that layer, not of the run."""
        if control.data is None:
            return self._unknown(control, LayerStatus.NOT_COVERED, f"No version is in force on {self.as_of}.", 0.0)
        try:
            return self._with_data(control, control.data)
        except GisError as error:
            return self._unknown(control, LayerStatus.FAILED, f"{type(error).__name__}: {error}", None)

    def _unknown(self, control: ControlLayer, status: LayerStatus, reason: str, share: float | None) -> LayerOutcome:
        verdict = judge_coverage(status, covered_share=0.0, mandatory=control.layer.mandatory)
        return LayerOutcome(control, status, verdict, share, len(self.targets), [], {"error": reason})

    def _with_data(self, control: ControlLayer, data: ControlData) -> LayerOutcome:
        # Of every region: which of them holds for a parcel is decided parcel by parcel.
        rules = self.catalog.rules_for(control.kind, as_of=self.as_of, region=None)
        if not rules:
            reason = f"No rule about {control.kind} is in force on {self.as_of}."
            return self._unknown(control, LayerStatus.NOT_COVERED, reason, None)
        audit = _Audit()
        findings = self._judge(control, data, rules, audit)
        covered_share, uncovered = self._coverage(data, audit)
        maker = FindingMaker(self.targets, control, data, self.parameters, self.as_of)
        not_covered = list(maker.not_covered(uncovered))
        status = self._status(control, data, covered_share, audit, has_hits=bool(findings))
        findings += not_covered
        certainty = judge_coverage(status, covered_share=covered_share or 0.0, mandatory=control.layer.mandatory)
        verdict = worst([certainty, *{finding.verdict for finding in findings}])
        return LayerOutcome(
            control, status, verdict, covered_share, len(not_covered), findings, audit.as_json(rules=len(rules))
        )

    def _judge(
        self, control: ControlLayer, data: ControlData, rules: tuple[Rule, ...], audit: "_Audit"
    ) -> list[Finding]:
        maker = FindingMaker(self.targets, control, data, self.parameters, self.as_of)
        many = len(rules) > 1
        overlaps = self._overlaps(data)
        audit.add(overlaps)
        certainty = self._certainty(data, overlaps, control.layer.accuracy_m, audit)
        findings = [
            finding
            for rule in rules
            for finding in maker.judged(rule, overlaps, Relation.OVERLAP, with_rule_in_name=many, certainty=certainty)
        ]
        hard = [rule for rule in rules if rule.is_prohibition]
        if hard and certainty:
            near = self._near(data, overlaps, certainty, control.layer.accuracy_m or 0.0)
            findings += [finding for rule in hard for finding in maker.near(rule, near, with_rule_in_name=many)]
        containing = [rule for rule in rules if isinstance(rule, RequiredContainment)]
        if containing:
            outside = self._uncovered(self._inside_or_unknown(data), data)
            audit.add(outside)
            findings += [
                finding
                for rule in containing
                for finding in maker.judged(rule, outside, Relation.OUTSIDE, with_rule_in_name=many)
            ]
        return findings

    def _certainty(
        self, data: ControlData, overlaps: pd.DataFrame, accuracy_m: float | None, audit: "_Audit"
    ) -> CertaintyOf:
        """Say what the survey's accuracy leaves of the hits, and where it leaves open whether there is one."""
        if not accuracy_m or len(data.table.ids) == 0:
            return NOT_ASKED
        judged = judge_certainty(
            overlaps,
            self.targets,
            data.areas,
            accuracy_m=accuracy_m,
            area_limit_m2=0.0,
            group="control_zone",
            pieces=data.pieces,
            cancelled=self.cancelled,
        )
        audit.add_errors(judged)
        return {
            (row["target_id"], row["constraint_group"]): Certainty(row["certainty"])
            for row in judged.to_dict("records")
            if row["error"] is None
        }

    def _near(
        self, data: ControlData, overlaps: pd.DataFrame, certainty: CertaintyOf, accuracy_m: float
    ) -> list[dict[str, Any]]:
        """Return where nothing is met that the survey's accuracy does not leave open; an artefact is as near as a line can come."""
        met = {(row["target_id"], row["constraint_group"]) for row in findable(overlaps)}
        pairs = [pair for pair, found in certainty.items() if pair not in met and found is not Certainty.CERTAIN_CLEAR]
        if not pairs:
            return []
        targets = self.targets.geometry.to_numpy()[
            self.targets.index.get_indexer(pd.Index([target for target, _ in pairs]))
        ]
        constraints = ConstraintSet.of_frame(data.areas, group="control_zone", pieces=data.pieces)
        groups = pd.Index(constraints.group_values).get_indexer(pd.Index([zone for _, zone in pairs], dtype=object))
        with ThreadTeam() as team:
            parts = parts_within_reach(targets, groups.astype(np.int64), constraints, accuracy_m, team=team)
        # What is too thin to be stored as a polygon lies somewhere in the parcel; its review is not lost.
        parts = np.where(shapely.area(parts) < _LEAST_PART_M2, targets, parts)
        return [
            {"target_id": target, "constraint_group": zone, "target_area_m2": area, "geometry": part}
            for (target, zone), area, part in zip(pairs, shapely.area(targets).tolist(), parts, strict=True)
        ]

    def _inside_or_unknown(self, data: ControlData) -> gpd.GeoDataFrame:
        """Return the areas, and the ground of which the layer knows nothing: nothing is said to lie outside there."""
        areas = data.areas.geometry.to_numpy()
        if data.coverage is not None and len(self.targets):
            unknown = polygonal_part([shapely.difference(shapely.box(*self.targets.total_bounds), data.coverage)])
            areas = np.append(areas, unknown[shapely.area(unknown) > 0])
        return gpd.GeoDataFrame(geometry=areas, crs=data.areas.crs)

    def _overlaps(self, data: ControlData) -> pd.DataFrame:
        return measure_overlaps(
            self.targets,
            data.areas,
            group="control_zone",
            pieces=data.pieces,
            with_geometry=True,
            thresholds=self._thresholds(),
            target_source=self.target_source,
            constraint_source=layer_source(data.version),
            progress=self.progress,
            cancelled=self.cancelled,
        )

    def _uncovered(self, constraints: gpd.GeoDataFrame, data: ControlData) -> pd.DataFrame:
        return measure_uncovered(
            self.targets,
            constraints,
            with_geometry=True,
            thresholds=self._thresholds(),
            target_source=self.target_source,
            constraint_source=layer_source(data.version),
            cancelled=self.cancelled,
        )

    def _thresholds(self) -> SliverThresholds:
        return sliver_thresholds(self.parameters, self.as_of)

    def _coverage(self, data: ControlData, audit: "_Audit") -> tuple[float | None, pd.DataFrame]:
        """Return the share of all targets that the layer is known for, and the parts for which it is not."""
        if data.coverage is None:
            return None, pd.DataFrame(columns=["error", "overlap_class"])
        known = gpd.GeoDataFrame(geometry=[data.coverage], crs=self.targets.crs)
        uncovered = self._uncovered(known, data)
        audit.add_errors(uncovered)
        real = uncovered[uncovered["error"].isna() & (uncovered["overlap_class"] != OverlapClass.ARTEFACT)]
        total = float(self.targets.area.sum())
        share = 1.0 - float(real["overlap_area_m2"].sum()) / total if total > 0 else 0.0
        return min(max(share, 0.0), 1.0), real

    def _status(
        self, control: ControlLayer, data: ControlData, covered_share: float | None, audit: "_Audit", *, has_hits: bool
    ) -> LayerStatus:
        if audit.errors:
            return LayerStatus.FAILED
        if is_stale(data.version.valid_from, control.layer.stale_after_days, self.as_of):
            return LayerStatus.STALE
        if has_hits:
            return LayerStatus.HIT
        return LayerStatus.CLEAR if covered_share else LayerStatus.NOT_COVERED


@dataclass(slots=True)
class _Audit:
    """Sums of everything that was measured, findings or not."""

    pairs: int = 0
    area_m2: float = 0.0
    artefacts: int = 0
    artefact_area_m2: float = 0.0
    errors: list[str] = field(default_factory=list)

    def add(self, measured: pd.DataFrame) -> None:
        self.pairs += len(measured)
        self.area_m2 += float(measured["overlap_area_m2"].sum())
        artefacts = measured[measured["overlap_class"] == OverlapClass.ARTEFACT]
        self.artefacts += len(artefacts)
        self.artefact_area_m2 += float(artefacts["overlap_area_m2"].sum())
        self.add_errors(measured)

    def add_errors(self, measured: pd.DataFrame) -> None:
        # A pair that could not be measured has no certainty either; that is one failure.
        self.errors.extend(error for error in measured["error"].dropna() if error not in self.errors)

    def as_json(self, *, rules: int) -> dict[str, Any]:
        return {
            "rules": rules,
            "measured_pairs": self.pairs,
            "measured_area_m2": round(self.area_m2, 4),
            "artefacts": self.artefacts,
            "artefact_area_m2": round(self.artefact_area_m2, 6),
            "errors": self.errors,
        }
