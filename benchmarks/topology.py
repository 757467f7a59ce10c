"""Topology faults of a layer, and merging the cells of two plans."""

from typing import ClassVar

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.contestants import Contestant, answer_of
from benchmarks.model import OF, Case
from gis.arrays import GeometryArray, IntArray
from gis.merging import MergedCells, merge_cells
from gis.partition import partition_layers
from gis.topology import TopologyTolerances, find_topology_faults

__all__ = ["CASES"]

_WARM_UP_PARCELS = 200
_LAND_CLASSES = 4
#: Sizes of a layer whose coordinates have millimetres; gaps are looked for by duogui alone.
_LIMITS = TopologyTolerances(gap_width_m=0.005, gap_area_m2=0.01, vertex_m=0.001, inlet_angle_deg=10)
#: Smaller overlaps are rounding for some and faults for others.
_LEAST_M2 = 1e-4


def _pairs(first: IntArray, second: IntArray, area_m2: np.ndarray) -> pd.DataFrame:
    """Return the pairs that overlap, lower id first."""
    table = answer_of({"id": np.minimum(first, second), "other": np.maximum(first, second)}, area_m2)
    return table[table["area_m2"] > _LEAST_M2].reset_index(drop=True)


class _Faults(Contestant):
    parcels: gpd.GeoDataFrame

    def prepare(self) -> None:
        self.parcels = self.inputs.frame("parcel")
        whole = self.parcels
        self.parcels = whole.iloc[:_WARM_UP_PARCELS]
        self.run()
        self.parcels = whole


class _OurFaults(_Faults):
    """Finds gaps, unshared vertices and overlaps; the overlaps are compared."""

    name = "duogui"

    def run(self) -> gpd.GeoDataFrame:
        return find_topology_faults(self.parcels, tolerances=_LIMITS)

    def answer(self, result: gpd.GeoDataFrame) -> pd.DataFrame:
        found = result[result["kind"] == "overlap"]
        ids = np.array(found["ids"].tolist(), dtype=np.int64).reshape(-1, 2)
        return _pairs(ids[:, 0], ids[:, 1], found["area_m2"].to_numpy())


class _Overlay(_Faults):
    """Joins the layer with itself and measures what every two neighbours share; finds no gaps and no vertices."""

    name = "geopandas.sjoin and intersection"

    def run(self) -> pd.DataFrame:
        joined = gpd.sjoin(self.parcels[["geometry"]], self.parcels[["geometry"]], predicate="intersects")
        once = joined[joined.index < joined["id_right"]]
        left = once.geometry.to_numpy()
        right = self.parcels.geometry.loc[once["id_right"]].to_numpy()
        return pd.DataFrame(
            {"id": once.index, "other": once["id_right"], "area_m2": shapely.area(shapely.intersection(left, right))}
        )

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        return _pairs(result["id"].to_numpy(), result["other"].to_numpy(), result["area_m2"].to_numpy())


class _FaultOracle(_Overlay):
    """Shifts every pair to an origin nearby before it is intersected, row by row."""

    name = "oracle"

    def prepare(self) -> None:
        self.parcels = self.inputs.frame("parcel")

    def run(self) -> pd.DataFrame:
        polygons = self.parcels.geometry.to_numpy()
        first, second = shapely.STRtree(polygons).query(polygons, predicate="intersects")
        once = first < second
        first, second = first[once], second[once]
        area = np.empty(len(first))
        for row, (one, other) in enumerate(zip(polygons[first], polygons[second], strict=True)):
            origin = np.floor(one.bounds[:2])
            near = shapely.transform([one, other], lambda xy, origin=origin: xy - origin)
            area[row] = near[0].intersection(near[1]).area
        ids = self.parcels.index.to_numpy()
        return pd.DataFrame({"id": ids[first], "other": ids[second], "area_m2": area})

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        table = super().answer(result)
        return table.assign(**{OF: self.parcels.geometry.area.loc[table["id"]].to_numpy()})


class _Merging(Contestant):
    cells: GeometryArray
    labels: IntArray

    def prepare(self) -> None:
        layers = {layer: self.inputs.frame(layer) for layer in ("plan_1", "plan_2")}
        partition = partition_layers(layers)
        self.cells = partition.cells
        # Land classes as plans have them: a class for each zone, and one for where a plan says nothing.
        self.labels = np.where(partition.vectors >= 0, partition.vectors * 7919 % 97 % _LAND_CLASSES, -1)


class _OurMerging(_Merging):
    name = "duogui"

    def run(self) -> MergedCells:
        return merge_cells(self.cells, self.labels)

    def answer(self, result: MergedCells) -> pd.DataFrame:
        first = result.part_cells[np.unique(result.part_patches, return_index=True)[1]]
        return _patches(self.labels[first], result.geometries)


class _UnaryUnion(_Merging):
    """Unites all cells of a label and takes the result apart. What touches at a point only is apart in it as well."""

    name = "geopandas.dissolve and explode"
    method: ClassVar[str] = "unary"

    def run(self) -> gpd.GeoDataFrame:
        frame = gpd.GeoDataFrame({"one": self.labels[:, 0], "two": self.labels[:, 1]}, geometry=self.cells)
        return frame.dissolve(["one", "two"], method=self.method).explode().reset_index()

    def answer(self, result: gpd.GeoDataFrame) -> pd.DataFrame:
        return _patches(result[["one", "two"]].to_numpy(), result.geometry.to_numpy())


class _CoverageUnion(_UnaryUnion):
    """Unites them as a coverage, which the cells are."""

    name = "geopandas.dissolve(method='coverage')"
    method = "coverage"


class _MergingOracle(_UnaryUnion):
    """Does so once more without the clock."""

    name = "oracle"

    def answer(self, result: gpd.GeoDataFrame) -> pd.DataFrame:
        table = super().answer(result)
        return table.assign(**{OF: table["area_m2"]})


def _patches(labels: IntArray, patches: GeometryArray) -> pd.DataFrame:
    """Return the area of the patches of each label by size, the largest hundred each by itself and the others together."""
    area = shapely.area(patches)
    order = np.lexsort((-area, labels[:, 1], labels[:, 0]))
    labels, area = labels[order], area[order]
    of_label = np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)
    rank = np.arange(len(area)) - np.searchsorted(of_label, of_label)
    return answer_of({"one": labels[:, 0], "two": labels[:, 1], "rank": np.minimum(rank, 100)}, area)


CASES = (
    Case(
        key="topology",
        title="Topology faults of the parcels",
        note="Compared is the area that each pair of parcels shares. duogui finds gaps and unshared vertices in the same time, the peer does not look for them.",
        layers=("parcel",),
        contestants=(_OurFaults, _Overlay),
        oracle=_FaultOracle,
        absolute_tolerance_m2=1e-5,
        goals=(),
    ),
    Case(
        key="merging",
        title="Merging the cells of two plans by their land classes",
        note="Cells of one pair of classes become one patch where they share an edge. The partition that makes the cells is not timed.",
        layers=("plan_1", "plan_2"),
        contestants=(_OurMerging, _UnaryUnion, _CoverageUnion),
        oracle=_MergingOracle,
        absolute_tolerance_m2=1e-3,
        goals=(),
    ),
)
