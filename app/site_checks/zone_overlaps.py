"""What sites have in common with the zones of all control layers, measured for all layers at once.

An overlay of one site costs about as much with thirty layers as with one, so they are measured together and told apart
by a group for each zone of each layer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.site_checks.asking import Asked
from gis.certainty import Certainty, judge_certainty
from gis.crs import AREA_PLANE
from gis.errors import GisError
from gis.overlay import measure_overlaps
from gis.rules import OverlapClass

Row = Mapping[str, Any]
_FEW = 16
COLUMNS = (
    "target_id",
    "constraint_group",
    "constraint_ids",
    "overlap_area_m2",
    "target_area_m2",
    "target_share",
    "mean_width_m",
    "overlap_class",
    "error",
    "geometry",
)


@dataclass(slots=True)
class ZoneOverlaps:
    """What sites have in common with the zones of one layer.

    Attributes
    ----------
    rows : list of mapping
        Rows of the overlay, artefacts and failures too; ``constraint_group`` is the zone.
    certainty : dict
        By site and zone, where the layer states the accuracy of its survey.
    """

    rows: list[Row] = field(default_factory=list)
    certainty: dict[tuple[int, str], Certainty] = field(default_factory=dict)


def rows_of(measured: pd.DataFrame) -> list[Row]:
    """Return the rows of an overlay."""
    names = [name for name in COLUMNS if name in measured.columns]
    columns = [np.asarray(measured[name], dtype=object).tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def usable(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that can be findings: measured, and no artefact."""
    return [row for row in rows if row["error"] is None and row["overlap_class"] != OverlapClass.ARTEFACT]


def threads_for(asked: Asked) -> int | None:
    """Say how many threads measure: for a few sites to start a thread takes longer than it saves."""
    return 1 if len(asked.sites) <= _FEW else None


def measure_zone_overlaps(asked: Asked, controls: Sequence[ControlLayer]) -> dict[int, ZoneOverlaps]:
    """Measure sites against the zones of several layers.

    Returns
    -------
    dict of layer id to ZoneOverlaps
        Of every layer that has data; where the engine fails nothing is returned of the layers that were measured together,
        so that each of them is measured by itself and the failure is that of one layer.
    """
    found: dict[int, ZoneOverlaps] = {}
    together: defaultdict[str, list[tuple[ControlLayer, ControlData]]] = defaultdict(list)
    for control in controls:
        if control.data is None:
            continue
        if len(control.data.table.ids) == 0:
            found[control.layer.id] = ZoneOverlaps()
        else:
            # What an artefact is depends on what a layer was drawn in.
            together[control.data.version.source_crs].append((control, control.data))
    for some in together.values():
        try:
            found |= measure_together(asked, some)
        except GisError:
            continue
    return found


def measure_together(asked: Asked, some: Sequence[tuple[ControlLayer, ControlData]]) -> dict[int, ZoneOverlaps]:
    """Measure sites against layers that were drawn in the same system.

    Raises
    ------
    GisError
    """
    tables = [(control.layer.id, data.table) for control, data in some]
    zones = [(layer_id, zone) for layer_id, table in tables for zone in table.columns["control_zone"]]
    groups = list(dict.fromkeys(zones))
    number = {group: position for position, group in enumerate(groups)}
    areas = gpd.GeoDataFrame(
        {"group": np.array([number[each] for each in zones], dtype=np.int64)},
        geometry=np.concatenate([table.shapes for _, table in tables]),
        index=np.concatenate([table.ids for _, table in tables]),
        crs=AREA_PLANE,
    )
    pieces = gpd.GeoDataFrame(
        {"constraint_id": np.concatenate([table.piece_owners for _, table in tables])},
        geometry=np.concatenate([table.piece_shapes for _, table in tables]),
        crs=AREA_PLANE,
    )
    measured = measure_overlaps(
        asked.sites,
        areas,
        group="group",
        pieces=pieces,
        with_geometry=True,
        thresholds=asked.thresholds,
        target_source=asked.source,
        constraint_source=layer_source(some[0][1].version),
        threads=threads_for(asked),
    )
    found = {control.layer.id: ZoneOverlaps() for control, _ in some}
    for row in rows_of(measured):
        layer_id, zone = groups[row["constraint_group"]]
        found[layer_id].rows.append({**row, "constraint_group": zone})
    for (site, group), certainty in _certainty(asked, some, number, measured, areas, pieces).items():
        layer_id, zone = groups[group]
        found[layer_id].certainty[site, zone] = certainty
    return found


def _certainty(
    asked: Asked,
    some: Sequence[tuple[ControlLayer, ControlData]],
    number: Mapping[tuple[int, str], int],
    measured: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    pieces: gpd.GeoDataFrame,
) -> dict[tuple[int, int], Certainty]:
    """Judge how certain overlaps are, layers of the same accuracy together."""
    by_accuracy: defaultdict[float, set[int]] = defaultdict(set)
    accuracy = {control.layer.id: control.layer.accuracy_m for control, _ in some}
    for (layer_id, _), group in number.items():
        if accuracy_m := accuracy[layer_id]:
            by_accuracy[accuracy_m].add(group)
    found: dict[tuple[int, int], Certainty] = {}
    for accuracy_m, groups in by_accuracy.items():
        is_all = len(groups) == len(number)
        of_groups = areas if is_all else areas[areas["group"].isin(groups)]
        judged = judge_certainty(
            measured if is_all else measured[measured["constraint_group"].isin(groups)],
            asked.sites,
            of_groups,
            accuracy_m=accuracy_m,
            area_limit_m2=0.0,
            group="group",
            pieces=pieces if is_all else pieces[pieces["constraint_id"].isin(of_groups.index)],
            threads=threads_for(asked),
        )
        found |= {
            (row["target_id"], row["constraint_group"]): Certainty(row["certainty"])
            for row in judged.to_dict("records")
            if row["error"] is None
        }
    return found
