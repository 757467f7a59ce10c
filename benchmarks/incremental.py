"""Bringing a partition up to date after one zone in a hundred was edited, against doing all of it again."""

import gc
from collections.abc import Callable
from typing import ClassVar, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from benchmarks.contestants import Contestant, geometries_of
from benchmarks.model import OF, Case, Goal, faster_than
from benchmarks.partitions import partition_answer
from gis.arrays import FloatArray, IntArray
from gis.incremental import PartitionEditor, PartitionUpdate
from gis.partition import Partition, partition_layers

__all__ = ["CASES", "break_topology", "move_vertices", "shift", "split"]

Edit = Callable[[gpd.GeoDataFrame, IntArray], gpd.GeoDataFrame]

_LAYERS: Final = ("plan_1", "plan_2", "red_line")
_EDITED: Final = "plan_1"
_SHARE: Final = 0.01
_MOVE_M: Final = 2.0


def split(plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
    """Cut the chosen zones in two through the middle; the second halves are new zones."""
    zones = geometries_of(plan, chosen)
    x_min, y_min, x_max, y_max = shapely.bounds(zones).T
    middle = (x_min + x_max) / 2
    west = shapely.intersection(zones, shapely.box(x_min, y_min, middle, y_max))
    east = shapely.intersection(zones, shapely.box(middle, y_min, x_max, y_max))
    ids = np.concatenate([chosen, plan.index.max() + 1 + np.arange(len(chosen))])
    halves = gpd.GeoDataFrame(geometry=np.concatenate([west, east]), index=ids, crs=plan.crs)
    return halves[halves.area > 0]


def move_vertices(plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
    """Move one vertex of each chosen zone, in all zones that share it, so that neighbours still fit."""
    picked = _picked_vertices(plan, chosen)
    return _moved(plan[plan.intersects(shapely.MultiPoint(picked.to_list()))], picked)


def break_topology(plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
    """Move the same vertices in the chosen zones alone: they overlap a neighbour, or leave a gap to it."""
    return _moved(plan[plan.index.isin(chosen)], _picked_vertices(plan, chosen))


def shift(plan: gpd.GeoDataFrame, chosen: IntArray) -> gpd.GeoDataFrame:
    """Shift the chosen zones as a whole: every edge of them becomes a strip of overlap or of gap."""
    zones = plan[plan.index.isin(chosen)]
    return zones.set_geometry(zones.translate(_MOVE_M, _MOVE_M))


def _picked_vertices(plan: gpd.GeoDataFrame, chosen: IntArray) -> pd.MultiIndex:
    points = shapely.get_point(shapely.get_exterior_ring(geometries_of(plan, chosen)), 5)
    return pd.MultiIndex.from_arrays([*shapely.get_coordinates(points).T]).unique()


def _moved(zones: gpd.GeoDataFrame, vertices: pd.MultiIndex) -> gpd.GeoDataFrame:
    def move(coordinates: FloatArray) -> FloatArray:
        at = vertices.get_indexer(pd.MultiIndex.from_arrays([*coordinates.T])) >= 0
        return coordinates + _MOVE_M * at[:, None]

    moved = zones.set_geometry(shapely.transform(zones.geometry.to_numpy(), move))
    return moved[moved.is_valid]


class _Edited(Contestant):
    edit: ClassVar[Edit]
    layers: dict[str, gpd.GeoDataFrame]
    edits: gpd.GeoDataFrame

    def prepare(self) -> None:
        self.layers = {layer: self.inputs.frame(layer) for layer in _LAYERS}
        ids = self.layers[_EDITED].index.to_numpy()
        chosen = np.sort(np.random.default_rng(11).choice(ids, max(1, round(_SHARE * len(ids))), replace=False))
        self.edits = type(self).edit(self.layers[_EDITED], chosen)

    def edited_layers(self) -> dict[str, gpd.GeoDataFrame]:
        """Return the layers with the edits made."""
        plan = self.layers[_EDITED]
        kept = plan[~plan.index.isin(self.edits.index)]
        return {**self.layers, _EDITED: gpd.GeoDataFrame(pd.concat([kept, self.edits]).sort_index(), crs=plan.crs)}

    def facts(self) -> dict[str, float]:
        return {"changed zones": float(len(self.edits))}


class _Update(_Edited):
    """Keeps a partition with its indexes, as a service does between edits, and changes it."""

    name = "duogui, update"
    editor: PartitionEditor

    def prepare(self) -> None:
        super().prepare()
        self.editor = PartitionEditor(partition_layers(self.layers))
        # One zone set to what it is: what the first update has to set up is not counted, nor what Python has to tidy up after all this.
        self.editor.update(_EDITED, changed=self.layers[_EDITED].iloc[:1])
        gc.collect()

    def run(self) -> PartitionUpdate:
        return self.editor.update(_EDITED, changed=self.edits)

    def answer(self, result: PartitionUpdate) -> pd.DataFrame:
        return partition_answer(result.partition)


class _FullRun(_Edited):
    name = "duogui, everything again"

    def prepare(self) -> None:
        super().prepare()
        self.layers = self.edited_layers()
        partition_layers({layer: self.layers[layer].iloc[:200] for layer in _LAYERS[:2]})

    def run(self) -> Partition:
        return partition_layers(self.layers)

    def answer(self, result: Partition) -> pd.DataFrame:
        return partition_answer(result)


class _Oracle(_FullRun):
    """The full run, whose answers are compared with a plain computation elsewhere."""

    name = "oracle"

    def answer(self, result: Partition) -> pd.DataFrame:
        table = super().answer(result)
        whole = np.full(len(table), np.nan)
        for layer in _LAYERS:
            area = self.layers[layer].area.reindex(table[layer]).to_numpy()
            whole = np.where(np.isnan(whole), area, whole)
        return table.assign(**{OF: whole})


def _with_edit(base: type[_Edited], edit: Edit) -> type[_Edited]:
    return type(base.__name__[1:], (base,), {"edit": staticmethod(edit)})


def _case(key: str, title: str, edit: Edit, goal: float | None) -> Case:
    update, full, oracle = (_with_edit(base, edit) for base in (_Update, _FullRun, _Oracle))
    goals: tuple[Goal, ...] = ()
    if goal is not None:
        told = f"update after 1 % of the zones was edited, {title}: against everything again"
        goals = (faster_than(told, update.name, (full.name,), goal),)
    return Case(
        key=key,
        title=f"Update of a partition after edits: {title}",
        note="One zone in a hundred of the first of two plans is edited; with the red lines there are three layers.",
        layers=_LAYERS,
        contestants=(update, full),
        oracle=oracle,
        absolute_tolerance_m2=1e-5,
        goals=goals,
    )


CASES = (
    _case("incremental-splits", "splits", split, 20),
    _case("incremental-moves", "moved shared vertices", move_vertices, 20),
    _case("incremental-breaks", "vertices moved in one zone alone, which breaks the topology", break_topology, 10),
    _case("incremental-shifts", "whole zones shifted, which breaks it along every edge", shift, None),
)
