"""What sites have in common with the zones of all control layers, measured for all layers at once.

An overlay of one site costs about as much with thirty layers as with one, so they are measured together and told apart
by a group for each zone of each layer.
"""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import shapely

from app.checks.controls import ControlData, ControlLayer, layer_source
from app.site_checks.asking import Asked
from app.site_checks.overlaying import Row, meet, rows_of, threads_for
from gis.area_plane import true_scale
from gis.arrays import BoolArray, FloatArray, is_none
from gis.certainty import Certainty, MeasuredRows, certainty_rows
from gis.constraint_set import ConstraintSet, Pieces, check_polygons
from gis.errors import GisError
from gis.overlap_table import OverlapRows

#: The fewest vertices of a ring, the closing one among them.
_RING_VERTICES: Final = 4


@dataclass(slots=True)
class ZoneOverlaps:
    """What sites have in common with the zones of one layer.

    Attributes
    ----------
    rows : list of mapping
        Rows of the overlay, artefacts and failures too, and failures to tell the certainty; ``constraint_group`` is the zone.
    certainty : dict
        By site and zone, where the layer states the accuracy of its survey.
    """

    rows: list[Row] = field(default_factory=list)
    certainty: dict[tuple[int, str], Certainty] = field(default_factory=dict)


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
    areas = ConstraintSet(
        check_polygons(
            np.concatenate([table.ids for _, table in tables]).astype(object),
            np.concatenate([table.shapes for _, table in tables]),
            "constraint",
        ),
        # In the order in which they come, so that the number of a group is its position.
        group=np.array([number[each] for each in zones], dtype=np.int64),
        pieces=Pieces(
            np.concatenate([table.piece_owners for _, table in tables]),
            np.concatenate([table.piece_shapes for _, table in tables]),
        ),
        known_valid=True,
    )
    measured = meet(asked, areas, layer_source(some[0][1].version))
    found = {control.layer.id: ZoneOverlaps() for control, _ in some}
    for row in rows_of(asked, measured, areas.group_values):
        layer_id, zone = groups[row["constraint_group"]]
        found[layer_id].rows.append({**row, "constraint_group": zone})
    accuracy = {control.layer.id: control.layer.accuracy_m for control, _ in some}
    of_groups = [accuracy[layer_id] or 0.0 for layer_id, _ in groups]
    for (site, group), told in _certainty(asked, areas, measured, np.array(of_groups)).items():
        layer_id, zone = groups[group]
        if isinstance(told, Certainty):
            found[layer_id].certainty[site, zone] = told
        else:
            # A line of which nobody can tell how near it comes is not a line that is far away.
            failure = {"target_id": site, "constraint_group": zone, "overlap_area_m2": math.nan, "error": told}
            found[layer_id].rows.append(failure)
    return found


def _certainty(
    asked: Asked, areas: ConstraintSet, measured: OverlapRows, accuracy_m: FloatArray
) -> dict[tuple[int, int], Certainty | str]:
    """Judge how certain overlaps are, groups of the same accuracy together; of 0 it is not known. A text says why it could not be told."""
    rows = MeasuredRows(measured.target, measured.group, measured.area_m2, measured.error)
    numbers = asked.places.numbers
    certain = _surely_certain(measured, accuracy_m)
    failed = ~is_none(rows.error)
    without_overlap = set(zip(rows.target[failed].tolist(), rows.group[failed].tolist(), strict=True))
    found: dict[tuple[int, int], Certainty | str] = {
        (numbers[target], group): Certainty.CERTAIN_HIT
        for target, group in zip(rows.target[certain].tolist(), rows.group[certain].tolist(), strict=True)
    }
    # A group is done with where that is so of every site.
    done = np.bincount(rows.group[certain], minlength=len(accuracy_m)) == len(numbers)
    for accuracy in np.unique(accuracy_m[(accuracy_m > 0) & ~done]).tolist():
        judged = certainty_rows(
            rows,
            asked.places.checked,
            areas,
            accuracy_m=accuracy,
            area_limit_m2=0.0,
            groups=(accuracy_m == accuracy) & ~done,
            threads=threads_for(asked),
        )
        columns = (judged.target, judged.group, judged.certainty, judged.error)
        found |= {
            (numbers[target], group): Certainty(certainty) if error is None else str(error)
            for target, group, certainty, error in zip(*(one.tolist() for one in columns), strict=True)
            if (target, group) not in without_overlap
        }
    return found


def _surely_certain(measured: OverlapRows, accuracy_m: FloatArray) -> BoolArray:
    """Tell which overlaps are larger than everything that lies within the accuracy of their own boundary.

    That is a bound without any search, by which nearly all overlaps of a single site are settled. What a boundary that is moved inwards takes from an
    overlap lies near the overlap's own boundary: the way from there to the boundary that was moved stays in the area, and leaves the overlap, if at
    all, over its boundary.
    """
    # What lies within a distance of a ring is at most a strip of twice that width and a disc; no length on the ground is that of the plane by more
    # than one over the scale. There are at most as many rings as their vertices allow.
    shapes = measured.geometry
    rings = shapely.get_num_coordinates(shapes) // _RING_VERTICES
    scale = true_scale(np.abs(shapely.bounds(shapes)[:, [1, 3]]).max(axis=1))
    width = accuracy_m[measured.group]
    band = 2 * width * shapely.length(shapes) / scale + rings * np.pi * width**2
    certain: BoolArray = is_none(measured.error) & (width > 0) & (measured.area_m2 > band)
    return certain
