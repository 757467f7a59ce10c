"""Faults between the features of one delivery: the same ground twice; gaps, overlaps, slivers, vertices, and what lies outside the scope."""

from dataclasses import dataclass, field
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.area_plane import AREA_PLANE, from_area_plane, to_area_plane
from gis.arrays import GeometryArray, IntArray
from gis.duplicates import find_duplicate_geometries
from gis.errors import GisError
from gis.layer_contracts.model import TopologyRule
from gis.shapes import mean_width, measure_shapes
from gis.topology import TopologyFaultKind, TopologyTolerances, find_topology_faults
from gis.validation.model import Fault, describe_fault
from gis.validation.report import CheckRecord, CheckStatus

__all__ = ["LayerTopology"]

#: Features whose geometries are kept for this; beyond, the report says that it was not examined.
MOST_FEATURES: Final = 500_000
_LETTERS: Final = slice(12, 14)
_LENGTH_SLACK: Final = 2.0


@dataclass(slots=True)
class LayerTopology:
    """Gathers the usable features of a delivery and examines them together.

    Parameters
    ----------
    rule : TopologyRule
    is_wanted : bool
    most_features : int
    scope : geometry, optional
        Where the features have to lie, in (lon, lat) degrees.
    """

    rule: TopologyRule
    is_wanted: bool = True
    most_features: int = MOST_FEATURES
    scope: shapely.Geometry | None = None
    _plane: list[GeometryArray] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _names: list[str | None] = field(default_factory=list)
    _is_full: bool = False

    def expect(self, count: int) -> None:
        """Keep nothing of a delivery that is known to have too many features."""
        self._is_full = count > self.most_features

    def add(self, plane: GeometryArray, first_row: int, names: list[str | None]) -> None:
        """Keep the features of a batch that have a geometry in the area plane."""
        usable = np.flatnonzero(~shapely.is_missing(plane))
        if not self.is_wanted or self._is_full:
            return
        if len(self._rows) + len(usable) > self.most_features:
            self._is_full = True
            self._plane.clear()
            return
        self._plane.append(_unwrapped(plane[usable]))
        self._rows += (usable + first_row).tolist()
        self._names += [names[position] for position in usable.tolist()]

    def examine(self) -> tuple[list[Fault], CheckRecord]:
        """Return the faults, and whether everything was examined."""
        if not self.is_wanted:
            return [], CheckRecord("topology", CheckStatus.NOT_DONE, "未要求检查。", "It was not asked for.")
        if self._is_full:
            most = f"{self.most_features:,}"
            return [], CheckRecord(
                "topology",
                CheckStatus.NOT_DONE,
                f"要素超过 {most} 个，未检查要素之间的关系。",
                f"There are more than {most} features; they were not compared with each other.",
            )
        plane = np.concatenate(self._plane) if self._plane else np.empty(0, dtype=object)
        repeated = find_duplicate_geometries(plane)
        faults = [*self._same_ground(plane, repeated), *self._slivers(plane)]
        try:
            between, unexamined = self._between(plane, np.flatnonzero(repeated < 0))
            record = _record(unexamined)
        except GisError as error:
            # What is wrong with single features is told all the same.
            between = []
            record = CheckRecord(
                "topology", CheckStatus.PARTLY, f"未能比较要素：{error}", f"Features were not compared: {error}"
            )
        return sorted([*faults, *between], key=lambda fault: fault.source_row or 0), record

    def _between(self, plane: GeometryArray, once: IntArray) -> tuple[list[Fault], int]:
        """Find faults between features that are not the same ground again, and count the places that could not be examined."""
        wanted = self._wanted()
        if not wanted:
            return [], 0
        frame = gpd.GeoDataFrame(index=once, geometry=plane[once], crs=AREA_PLANE)
        found = find_topology_faults(
            frame, tolerances=_tolerances(self.rule), scope=self._scope(), levels=self._levels()[once]
        )
        unexamined = int((found["kind"] == TopologyFaultKind.NOT_EXAMINED.value).sum())
        found = found[found["kind"].isin(wanted)]
        places = from_area_plane(found.geometry.to_numpy())
        rows = zip(found["kind"], found["ids"], found["area_m2"], found["width_m"], places, strict=True)
        return [self._describe(*row) for row in rows], unexamined

    def _wanted(self) -> set[str]:
        kinds = {
            TopologyFaultKind.OVERLAP: self.rule.overlaps,
            TopologyFaultKind.GAP: self.rule.gaps,
            TopologyFaultKind.MISSING_VERTEX: self.rule.vertices,
            TopologyFaultKind.NEAR_VERTEX: self.rule.vertices,
            TopologyFaultKind.OUTSIDE_SCOPE: self.scope is not None,
        }
        return {kind.value for kind, is_wanted in kinds.items() if is_wanted}

    def _scope(self) -> gpd.GeoDataFrame | None:
        if self.scope is None:
            return None
        return gpd.GeoDataFrame(geometry=shapely.get_parts(to_area_plane([self.scope])), crs=AREA_PLANE)

    def _describe(
        self, kind: str, members: tuple[int, ...], area_m2: float, width_m: float, place: shapely.Geometry
    ) -> Fault:
        # A vertex is missing on the first polygon; of the others the last one came to those that were there.
        at = 0 if kind == TopologyFaultKind.MISSING_VERTEX.value else -1
        own = members[at]
        others = [member for member in members if member != own]
        return describe_fault(
            kind,
            source_row=self._rows[own],
            feature_id=self._names[own],
            found=", ".join(self._name(member) for member in others) or self._name(own),
            geometry=place,
            width_m=width_m if np.isfinite(width_m) else None,
            area_m2=area_m2 if np.isfinite(area_m2) else None,
            values={"area": f"{area_m2:.2f}", "width": f"{width_m:.4f}" if np.isnan(area_m2) else f"{width_m:.3f}"},
        )

    def _name(self, position: int) -> str:
        return f"{self._names[position] or ''} (#{self._rows[position]})".strip()

    def _same_ground(self, plane: GeometryArray, repeated: IntArray) -> list[Fault]:
        levels = self._levels()
        again = np.flatnonzero(repeated >= 0)
        again = again[levels[again] == levels[repeated[again]]]
        places = from_area_plane(plane[again])
        return [
            describe_fault(
                "same_ground",
                source_row=self._rows[position],
                feature_id=self._names[position],
                found=self._names[repeated[position]],
                expected=self._rows[repeated[position]],
                geometry=place,
                area_m2=float(shapely.area(plane[position])),
            )
            for position, place in zip(again.tolist(), places, strict=True)
        ]

    def _slivers(self, plane: GeometryArray) -> list[Fault]:
        limit = float(self.rule.sliver_width_m)
        # Lengths of the area plane are true within a half anywhere in China, so that only thin features are measured on the ground.
        thin = np.flatnonzero(mean_width(shapely.area(plane), shapely.length(plane)) <= limit * _LENGTH_SLACK)
        shapes = measure_shapes(plane[thin])
        narrow = shapes.mean_width_m <= limit
        places = from_area_plane(plane[thin])
        return [
            describe_fault(
                "sliver",
                source_row=self._rows[thin[at]],
                feature_id=self._names[thin[at]],
                expected=f"> {self.rule.sliver_width_m} m",
                geometry=places[at],
                width_m=float(shapes.mean_width_m[at]),
                area_m2=float(shapes.area_m2[at]),
                values={"area": f"{shapes.area_m2[at]:.2f}", "width": f"{shapes.mean_width_m[at]:.3f}"},
            )
            for at in np.flatnonzero(narrow).tolist()
        ]

    def _levels(self) -> GeometryArray:
        """Tell for each feature whether it is a right above (S) or below ground (X), which may lie over others, or on it."""
        letters = [(name or "")[_LETTERS][1:] for name in self._names]
        levels = np.empty(len(letters), dtype=object)
        levels[:] = [letter if letter in self.rule.stacked_letters else "" for letter in letters]
        return levels


def _unwrapped(plane: GeometryArray) -> GeometryArray:
    """Take multipolygons of one part for their part, which is taken apart several times as fast."""
    single = shapely.get_num_geometries(plane) == 1
    return np.where(single, shapely.get_geometry(plane, 0), plane)


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
