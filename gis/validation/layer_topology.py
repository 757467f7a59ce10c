"""Faults between the features of one delivery: the same ground twice; gaps, overlaps, slivers, vertices, and what lies outside the scope."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.area_plane import AREA_PLANE, from_area_plane, to_area_plane
from gis.arrays import IntArray
from gis.chunks import Progress
from gis.errors import GisError
from gis.formats.workspace import Workspace
from gis.layer_contracts.model import TopologyRule
from gis.shapes import mean_width, measure_shapes
from gis.topology_model import FaultRows, TopologyFaultKind, TopologyTolerances
from gis.topology_tiles import find_topology_faults_by_tiles
from gis.validation.first_faults import FirstFaults
from gis.validation.model import Fault, describe_fault
from gis.validation.plane_shapes import PlaneShapes
from gis.validation.report import KEPT_PER_KIND, CheckRecord, CheckStatus
from gis.validation.spooled_repeats import WithoutRepeats, find_repeats
from gis.validation.topology_spool import SpooledFeatures, TopologySpool

__all__ = ["LayerTopology", "TopologyFindings", "TopologyTask"]

_LETTERS: Final = slice(12, 14)
_LENGTH_SLACK: Final = 2.0
_SAME_GROUND: Final = "same_ground"
_SLIVER: Final = "sliver"
_KINDS: Final = (_SAME_GROUND, _SLIVER, *(kind.value for kind in TopologyFaultKind))


@dataclass(frozen=True, slots=True)
class TopologyFindings:
    """What was found between the features of a delivery.

    Attributes
    ----------
    faults : list of Fault
        The first of each kind, by row.
    more : dict
        How many more there are, by kind.
    record : CheckRecord
        Whether everything was examined.
    """

    faults: list[Fault]
    more: dict[str, int]
    record: CheckRecord


class LayerTopology:
    """Gathers the usable features of a delivery, on disk, to examine them together.

    Parameters
    ----------
    rule : TopologyRule
    is_wanted : bool
    scope : geometry, optional
        Where the features have to lie, in (lon, lat) degrees.
    most_faults : int
        How many faults of each kind are described; the others are counted.
    """

    def __init__(
        self,
        rule: TopologyRule,
        is_wanted: bool = True,
        *,
        scope: shapely.Geometry | None = None,
        most_faults: int = KEPT_PER_KIND,
    ) -> None:
        self._rule, self._is_wanted, self._scope = rule, is_wanted, scope
        self._first = FirstFaults(most_faults, _KINDS)
        self._workspace: Workspace | None = None
        self._spool: TopologySpool | None = None
        self._folder: Path | None = None

    def add(self, plane: PlaneShapes, first_row: int, names: list[str | None]) -> None:
        """Keep the features of a batch that have a geometry in the area plane."""
        usable = np.flatnonzero(plane.present)
        if not self._is_wanted or len(usable) == 0:
            return
        if self._spool is None:
            self._workspace = Workspace()
            self._folder = self._workspace.new_folder()
            self._spool = TopologySpool(self._folder)
        shapes, rows = plane.chosen(usable), usable + first_row
        called = [names[position] for position in usable.tolist()]
        self._spool.add(shapes, rows, called, _levels(self._rule, called))
        self._add_slivers(shapes, rows, called)

    def task(self) -> "TopologyTask":
        """Return what is to be examined. It can be done in another process, when nothing more is added and until this is closed."""
        return TopologyTask(self._rule, self._is_wanted, self._scope, self._folder, self._first)

    def examine(self) -> TopologyFindings:
        """Find the faults, and forget the features."""
        try:
            return self.task().run()
        finally:
            self.close()

    def close(self) -> None:
        """Remove what was kept on disk; closing twice does nothing."""
        if self._workspace is not None:
            self._workspace.close()

    def _add_slivers(self, plane: PlaneShapes, rows: IntArray, names: list[str | None]) -> None:
        limit = float(self._rule.sliver_width_m)
        # Lengths of the area plane are true within a half anywhere in China, so that only thin features are measured on the ground.
        thin = np.flatnonzero(mean_width(plane.areas, plane.lengths) <= limit * _LENGTH_SLACK)
        polygons = plane.chosen(thin).geometries()
        shapes = measure_shapes(polygons)
        narrow = np.flatnonzero(shapes.mean_width_m <= limit)

        def describe(which: IntArray) -> Iterator[tuple[tuple[int, ...], Fault]]:
            for at in narrow[which].tolist():
                row, area, width = int(rows[thin[at]]), shapes.area_m2[at], shapes.mean_width_m[at]
                yield (
                    (row,),
                    describe_fault(
                        _SLIVER,
                        source_row=row,
                        feature_id=names[thin[at]],
                        expected=f"> {self._rule.sliver_width_m} m",
                        geometry=from_area_plane(polygons[[at]])[0],
                        width_m=float(width),
                        area_m2=float(area),
                        values={"area": f"{area:.2f}", "width": f"{width:.3f}"},
                    ),
                )

        self._first.add(_SLIVER, rows[thin[narrow]], describe)


@dataclass(slots=True)
class TopologyTask:
    """The features of a delivery, to be compared with each other in this or in another process: some 200 MB are needed, however many they are."""

    rule: TopologyRule
    is_wanted: bool
    scope: shapely.Geometry | None
    folder: Path | None
    first: FirstFaults

    def run(
        self,
        *,
        threads: int | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> TopologyFindings:
        """Find the faults.

        Raises
        ------
        OverlayCancelledError
            If ``cancelled`` said so.
        """
        if not self.is_wanted:
            return self._findings(
                CheckRecord("topology", CheckStatus.NOT_DONE, "未要求检查。", "It was not asked for.")
            )
        if self.folder is None:
            return self._findings(_record(0))
        features = SpooledFeatures(self.folder)
        repeats = find_repeats(features)
        self._add_same_ground(features, repeats)
        try:
            unexamined = self._add_between(features, np.flatnonzero(repeats < 0), threads, progress, cancelled)
        except GisError as error:
            # What is wrong with single features is told all the same.
            said = f"未能比较要素：{error}", f"Features were not compared: {error}"
            return self._findings(CheckRecord("topology", CheckStatus.PARTLY, *said))
        return self._findings(_record(unexamined))

    def _findings(self, record: CheckRecord) -> TopologyFindings:
        return TopologyFindings(self.first.faults(), self.first.uncounted(), record)

    def _add_same_ground(self, features: SpooledFeatures, repeats: IntArray) -> None:
        again = np.flatnonzero(repeats >= 0)
        again = again[features.levels[again] == features.levels[repeats[again]]]

        def describe(which: IntArray) -> Iterator[tuple[tuple[int, ...], Fault]]:
            plane = features.read(again[which])
            for position, polygon, place in zip(again[which].tolist(), plane, from_area_plane(plane), strict=True):
                row, earlier = int(features.rows[position]), int(repeats[position])
                yield (
                    (row,),
                    describe_fault(
                        _SAME_GROUND,
                        source_row=row,
                        feature_id=features.name(position),
                        found=features.name(earlier),
                        expected=int(features.rows[earlier]),
                        geometry=place,
                        area_m2=float(shapely.area(polygon)),
                    ),
                )

        self.first.add(_SAME_GROUND, features.rows[again], describe)

    def _add_between(
        self,
        features: SpooledFeatures,
        once: IntArray,
        threads: int | None,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
    ) -> int:
        """Add faults between features that are not the same ground again, and count the places that could not be examined."""
        wanted, unexamined = self._wanted(), 0
        if not wanted:
            return 0
        found = find_topology_faults_by_tiles(
            WithoutRepeats(features, once),
            tolerances=_tolerances(self.rule),
            scope=self._scope(),
            threads=threads,
            progress=progress,
            cancelled=cancelled,
        )
        for rows in found:
            unexamined += int((rows.kinds == TopologyFaultKind.NOT_EXAMINED.value).sum())
            placed = rows.renumbered(once)
            for kind in wanted:
                self._add_faults(features, kind, placed.chosen(placed.kinds == kind))
        return unexamined

    def _add_faults(self, features: SpooledFeatures, kind: str, found: FaultRows) -> None:
        # A vertex is missing on the first polygon; of the others the last one came to those that were there.
        at = 0 if kind == TopologyFaultKind.MISSING_VERTEX.value else -1
        own = np.array([members[at] for members in found.members], dtype=np.int64)

        def describe(which: IntArray) -> Iterator[tuple[tuple[object, ...], Fault]]:
            chosen = found.chosen(which)
            inside = shapely.get_coordinates(shapely.point_on_surface(chosen.geometries)).tolist()
            places = from_area_plane(chosen.geometries)
            for number, position in enumerate(own[which].tolist()):
                key = (int(features.rows[position]), chosen.members[number], *inside[number])
                measures = float(chosen.area_m2[number]), float(chosen.width_m[number])
                others = [member for member in chosen.members[number] if member != position] or [position]
                yield key, _fault(features, kind, position, others, measures, places[number])

        self.first.add(kind, features.rows[own], describe)

    def _wanted(self) -> list[str]:
        kinds = {
            TopologyFaultKind.OVERLAP: self.rule.overlaps,
            TopologyFaultKind.GAP: self.rule.gaps,
            TopologyFaultKind.MISSING_VERTEX: self.rule.vertices,
            TopologyFaultKind.NEAR_VERTEX: self.rule.vertices,
            TopologyFaultKind.OUTSIDE_SCOPE: self.scope is not None,
        }
        return [kind.value for kind, is_wanted in kinds.items() if is_wanted]

    def _scope(self) -> gpd.GeoDataFrame | None:
        if self.scope is None:
            return None
        return gpd.GeoDataFrame(geometry=shapely.get_parts(to_area_plane([self.scope])), crs=AREA_PLANE)


def _fault(
    features: SpooledFeatures,
    kind: str,
    own: int,
    others: list[int],
    measures: tuple[float, float],
    place: shapely.Geometry,
) -> Fault:
    area_m2, width_m = measures
    return describe_fault(
        kind,
        source_row=int(features.rows[own]),
        feature_id=features.name(own),
        found=", ".join(f"{features.name(other) or ''} (#{features.rows[other]})".strip() for other in others),
        geometry=place,
        width_m=width_m if np.isfinite(width_m) else None,
        area_m2=area_m2 if np.isfinite(area_m2) else None,
        values={"area": f"{area_m2:.2f}", "width": f"{width_m:.4f}" if np.isnan(area_m2) else f"{width_m:.3f}"},
    )


def _levels(rule: TopologyRule, names: list[str | None]) -> IntArray:
    """Tell for each feature whether it is a right above (S) or below ground (X), which may lie over others, or on it (0)."""
    letters = [(name or "")[_LETTERS][1:] for name in names]
    return np.array([ord(letter) if letter in rule.stacked_letters else 0 for letter in letters], dtype=np.int64)


def _tolerances(rule: TopologyRule) -> TopologyTolerances:
    return TopologyTolerances(
        gap_width_m=float(rule.gap_width_m) if rule.gaps else 0.0,
        gap_area_m2=float(rule.gap_area_m2) if rule.gaps else 0.0,
        vertex_m=float(rule.vertex_m),
        inlet_angle_deg=float(rule.inlet_angle_deg),
        least_width_m=float(rule.least_width_m),
        least_area_m2=float(rule.least_area_m2),
    )


def _record(unexamined: int) -> CheckRecord:
    if not unexamined:
        return CheckRecord("topology", CheckStatus.DONE)
    return CheckRecord(
        "topology",
        CheckStatus.PARTLY,
        f"{unexamined} 处未能检查。",
        f"{unexamined} places could not be examined.",
    )
