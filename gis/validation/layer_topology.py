"""Faults between the features of one delivery: the same ground twice; gaps, overlaps and slivers."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from gis.area_plane import from_area_plane
from gis.arrays import BoolArray, GeometryArray
from gis.duplicates import find_duplicate_geometries
from gis.layer_contracts.model import TopologyRule
from gis.shapes import mean_width, measure_shapes
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
    """

    rule: TopologyRule
    is_wanted: bool = True
    most_features: int = MOST_FEATURES
    _plane: list[GeometryArray] = field(default_factory=list)
    _rows: list[int] = field(default_factory=list)
    _names: list[str | None] = field(default_factory=list)
    _is_full: bool = False

    def add(self, plane: GeometryArray, first_row: int, names: list[str | None]) -> None:
        """Keep the features of a batch that have a geometry in the area plane."""
        usable = np.flatnonzero(~shapely.is_missing(plane))
        if not self.is_wanted or self._is_full:
            return
        if len(self._rows) + len(usable) > self.most_features:
            self._is_full = True
            self._plane.clear()
            return
        self._plane.append(plane[usable])
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
        return sorted(faults, key=lambda fault: fault.source_row or 0), _record(self.rule)

    def _same_ground(self, plane: GeometryArray, repeated: np.ndarray[tuple[int], np.dtype[np.int64]]) -> list[Fault]:
        stacked = self._stacked()
        again = np.flatnonzero(repeated >= 0)
        again = again[~stacked[again] & ~stacked[repeated[again]]]
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

    def _stacked(self) -> BoolArray:
        """Tell which features are rights above or below ground, which may lie over others."""
        letters = [(name or "")[_LETTERS] for name in self._names]
        return np.array([len(pair) == 2 and pair[1] in self.rule.stacked_letters for pair in letters], dtype=bool)


def _record(rule: TopologyRule) -> CheckRecord:
    """Say what of the rule was not examined."""
    left = [
        words
        for words, is_wanted in ((("重叠", "overlaps"), rule.overlaps), (("缝隙", "gaps"), rule.gaps))
        if is_wanted
    ]
    if not left:
        return CheckRecord("topology", CheckStatus.DONE)
    zh, en = "、".join(word for word, _ in left), " and ".join(word for _, word in left)
    return CheckRecord("topology", CheckStatus.PARTLY, f"未检查{zh}。", f"It was not looked for {en}.")
