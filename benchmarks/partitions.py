"""The union partition of plans, and of plans with red lines."""

from functools import reduce
from itertools import pairwise
from typing import ClassVar, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.contestants import AREA, Contestant, answer_of
from benchmarks.model import OF, Case, Goal, faster_than
from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.partition import Partition, partition_layers

__all__ = ["CASES", "NOTHING", "partition_answer"]

#: The id where a layer says nothing.
NOTHING: Final = -1
_WARM_UP_ZONES = 200


def partition_answer(partition: Partition) -> pd.DataFrame:
    """Return the area of every combination of zones; a cell that several zones of a layer cover counts for each of them."""
    table = pd.DataFrame({"cell": np.arange(len(partition.cells)), AREA: partition.areas_m2})
    for number, layer in enumerate(partition.layers):
        piece, member = layer.flat.memberships.T
        ids = layer.ids[member].astype(np.int64)
        zones = pd.DataFrame({"piece": np.r_[NOTHING, piece], layer.name: np.r_[NOTHING, ids]})
        table["piece"] = partition.vectors[table["cell"], number]
        table = table.merge(zones, on="piece").drop(columns="piece")
    return answer_of({layer.name: table[layer.name] for layer in partition.layers}, table[AREA])


class _Partition(Contestant):
    layers: ClassVar[tuple[str, ...]]
    frames: dict[str, gpd.GeoDataFrame]

    def prepare(self) -> None:
        self.frames = {layer: self.inputs.frame(layer) for layer in self.layers}
        self._warm_up()

    def _warm_up(self) -> None:
        """Work on a few zones, so that what Python and GEOS set up once is not counted."""
        whole = self.frames
        self.frames = {layer: frame.iloc[:_WARM_UP_ZONES] for layer, frame in whole.items() if layer != "red_line"}
        self.run()
        self.frames = whole


class _Ours(_Partition):
    name = "duogui"

    def run(self) -> Partition:
        return partition_layers(self.frames)

    def answer(self, result: Partition) -> pd.DataFrame:
        return partition_answer(result)


class _Geopandas(_Partition):
    """Overlays one layer after the other, as its users do."""

    name = "geopandas.overlay, union"

    def run(self) -> gpd.GeoDataFrame:
        layers = [frame.rename_axis(layer).reset_index() for layer, frame in self.frames.items()]
        return reduce(lambda left, right: gpd.overlay(left, right, how="union"), layers)

    def answer(self, result: gpd.GeoDataFrame) -> pd.DataFrame:
        ids = {layer: result[layer].fillna(NOTHING).astype(np.int64) for layer in self.layers}
        return answer_of(ids, result.area)


class _Oracle(_Partition):
    """Cuts every pair of neighbours by itself, layer after layer, and takes away from each polygon the union of all it meets."""

    name = "oracle"

    def _warm_up(self) -> None:
        """Nobody looks at the clock."""

    def run(self) -> pd.DataFrame:
        first, *others = self.layers
        cells = self.frames[first].geometry.to_numpy()
        ids = self.frames[first].index.to_numpy()[:, None]
        for layer in others:
            zones = self.frames[layer].geometry.to_numpy()
            cells, ids = _overlay(cells, ids, zones, self.frames[layer].index.to_numpy())
        table = answer_of({layer: ids[:, column] for column, layer in enumerate(self.layers)}, shapely.area(cells))
        return table.assign(**{OF: self._areas_of(table)})

    def _areas_of(self, table: pd.DataFrame) -> FloatArray:
        """Return the area of the first zone of each combination."""
        whole = np.full(len(table), np.nan)
        for layer in self.layers:
            area = self.frames[layer].area.reindex(table[layer]).to_numpy()
            whole = np.where(np.isnan(whole), area, whole)
        return whole

    def answer(self, result: pd.DataFrame) -> pd.DataFrame:
        return result


def _overlay(
    cells: GeometryArray, ids: IntArray, zones: GeometryArray, zone_ids: IntArray
) -> tuple[GeometryArray, IntArray]:
    zone, cell = shapely.STRtree(cells).query(zones, predicate="intersects")
    common = shapely.intersection(cells[cell], zones[zone])
    areal = shapely.area(common) > 0
    common, cell, zone = common[areal], cell[areal], zone[areal]
    parts = [common, _without(cells, cell, zones[zone]), _without(zones, zone, cells[cell])]
    of_cell = np.c_[ids, np.full(len(ids), NOTHING)]
    of_zone = np.c_[np.full((len(zones), ids.shape[1]), NOTHING), zone_ids]
    vectors = np.concatenate([np.c_[ids[cell], zone_ids[zone]], of_cell, of_zone])
    geometries = np.concatenate(parts)
    left = shapely.area(geometries) > 0
    return geometries[left], vectors[left]


def _without(polygons: GeometryArray, row: IntArray, others: GeometryArray) -> GeometryArray:
    order = np.argsort(row, kind="stable")
    ends = np.searchsorted(row[order], np.arange(len(polygons) + 1))
    taken = [shapely.union_all(others[order[start:end]]) for start, end in pairwise(ends)]
    rest: GeometryArray = shapely.difference(polygons, np.array(taken, dtype=object))
    return rest


def _of_layers(base: type[_Partition], layers: tuple[str, ...]) -> type[_Partition]:
    return type(base.__name__[1:], (base,), {"layers": layers})


def _case(key: str, title: str, layers: tuple[str, ...], goal: float | None) -> Case:
    ours, geopandas, oracle = (_of_layers(base, layers) for base in (_Ours, _Geopandas, _Oracle))
    goals: tuple[Goal, ...] = ()
    if goal is not None:
        goals = (
            faster_than(
                f"{title[0].lower()}{title[1:]}: against geopandas.overlay(how='union')",
                ours.name,
                (geopandas.name,),
                goal,
            ),
        )
    return Case(
        key=key,
        title=title,
        note="The plans overlap themselves here and there, as real ones do; compared is the area of every combination of zones.",
        layers=layers,
        contestants=(ours, geopandas),
        oracle=oracle,
        absolute_tolerance_m2=1e-5,
        goals=goals,
    )


CASES = (
    _case("partition", "Union partition of two plans", ("plan_1", "plan_2"), 7),
    _case("partition-red", "Union partition of two plans and red lines", ("plan_1", "plan_2", "red_line"), 40),
    _case(
        "partition-four",
        "Union partition of three plans and red lines",
        ("plan_1", "plan_2", "plan_3", "red_line"),
        None,
    ),
)
