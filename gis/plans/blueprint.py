"""One blueprint (一张蓝图) of compared plans: every place has one code, and says which plan or decision it is from.

The zones of the blueprint are cells of the comparison, merged where they have the same source. They neither overlap nor leave a gap within the
compared area, and add up to it: this is checked, not hoped for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.closure import closure_tolerance_m2
from gis.errors import ClosureError
from gis.merging import merge_cells
from gis.partition_model import Partition
from gis.plans.comparison import ConflictClass, PlanCodes, PlanComparison
from gis.plans.deciding import deciding_mask
from gis.plans.statuses import PlanStatus

__all__ = ["BlueprintZones", "CellDecision", "Resolution", "draw_blueprint"]

# Plans of these statuses say what holds, and plans of these at least have a code.
_CLEAR = (PlanStatus.CONSTRUCTION, PlanStatus.NON_CONSTRUCTION)
_CODED = (*_CLEAR, PlanStatus.CONTRADICTION)


class CellDecision(StrEnum):
    """How a place of the blueprint got its code."""

    AGREED = (
        "agreed"  # 各规一致: all plans say construction land, outside of the lines that go before them, or none does
    )
    SINGLE_PLAN = "single_plan"  # 仅部分规划有数据: those that say something agree, and build in no such line
    ARTEFACT = "artefact"  # a difference that reference systems or rounding made, which is none
    RESOLVED = "resolved"  # 已协调: an applied resolution
    UNDECIDED = "undecided"  # 待协调: no code


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was decided for a patch: the code of one of the plans, or another code where ``plan`` is None."""

    plan: str | None
    code: str
    code_version: str | None


@dataclass(frozen=True, slots=True)
class BlueprintZones:
    """The zones of a blueprint.

    Attributes
    ----------
    geometries : ndarray of Polygon, shape (n,)
        In the area plane; a coverage.
    areas_m2 : ndarray of float64, shape (n,)
    decisions : ndarray of str, shape (n,)
        :class:`CellDecision`.
    plans, zones : ndarray of object, shape (n,)
        The plan and the id of its zone that the code is from; None where no plan says it.
    codes, code_versions : ndarray of object, shape (n,)
        None where nothing is decided.
    patches : ndarray of int64, shape (n,)
        The patch that was resolved or is open, -1 for none.
    cells : ndarray of int64, shape (n,)
        A cell of each zone, as a position in the comparison.
    """

    geometries: GeometryArray
    areas_m2: FloatArray
    decisions: npt.NDArray[np.object_]
    plans: npt.NDArray[np.object_]
    zones: npt.NDArray[np.object_]
    codes: npt.NDArray[np.object_]
    code_versions: npt.NDArray[np.object_]
    patches: IntArray
    cells: IntArray


def draw_blueprint(
    partition: Partition,
    comparison: PlanComparison,
    plans: Mapping[str, PlanCodes],
    parts: GeometryArray,
    part_cells: IntArray,
    part_patches: IntArray,
    *,
    resolutions: Mapping[int, Resolution],
    artefacts: Sequence[int] = (),
) -> BlueprintZones:
    """Give every place of the compared area its code.

    Parameters
    ----------
    partition : Partition
        Its cells may be None.
    comparison : PlanComparison
        Of the partition. Where plans agree, the first of them in its order is the source.
    plans : mapping of str to PlanCodes
    parts : ndarray of Polygon, shape (q,)
        All parts of all cells of the comparison, in the area plane.
    part_cells : ndarray of int64, shape (q,)
        The cell of each part, as a position in the comparison.
    part_patches : ndarray of int64, shape (q,)
        The number of the patch that each part lies in, -1 where the plans agree.
    resolutions : mapping of int to Resolution
        By the number of a patch. Patches without one are undecided, apart from gaps in which the plans that say something agree, and do not build in a
        line that goes before them.
    artefacts : sequence of int
        Numbers of patches that are no difference.

    Returns
    -------
    BlueprintZones

    Raises
    ------
    ClosureError
        If the zones overlap, or do not add up to the compared area.
    ValueError
        If a resolution names a plan that says nothing there.
    """
    decisions = _decisions(comparison, part_cells, part_patches, resolutions, artefacts)
    column = _source_columns(comparison, decisions, part_cells, part_patches, resolutions)
    zones = _source_zones(partition, comparison, plans, part_cells, column, part_patches, resolutions)
    told = np.isin(decisions, [CellDecision.RESOLVED, CellDecision.UNDECIDED])
    labels = _numbered([column, zones, pd.factorize(decisions)[0], np.where(told, part_patches, -1)])
    merged = merge_cells(parts, labels)
    first = np.unique(merged.part_patches, return_index=True)[1]
    first_part = merged.part_cells[first]
    _require_closed(merged.geometries, merged.areas_m2, comparison)
    at, zone = column[first_part], zones[first_part]
    number = np.where(told, part_patches, -1)[first_part]
    chosen = decisions[first_part]
    names = np.array([*comparison.plans, None], dtype=object)
    said = [
        _said(partition, plans, resolutions, names[k], z, d, p)
        for k, z, d, p in zip(at, zone, chosen, number, strict=True)
    ]
    ids, codes, versions = (np.array([each[k] for each in said], dtype=object) for k in range(3))
    return BlueprintZones(
        merged.geometries, merged.areas_m2, chosen, names[at], ids, codes, versions, number, part_cells[first_part]
    )


def _source_columns(
    comparison: PlanComparison,
    decisions: npt.NDArray[np.object_],
    part_cells: IntArray,
    part_patches: IntArray,
    resolutions: Mapping[int, Resolution],
) -> IntArray:
    """Return the column of the plan that each part takes its code from, -1 where nobody has decided."""
    clear, any_code = _first_saying(comparison.statuses, _CLEAR), _first_saying(comparison.statuses, _CODED)
    # What is no difference takes the first code that there is, if only that of two zones that overlap by a hair.
    column = np.where(clear >= 0, clear, any_code)[part_cells]
    column[decisions == CellDecision.UNDECIDED] = -1
    by_patch = {number: _column_of(comparison, said) for number, said in resolutions.items()}
    resolved = np.flatnonzero(decisions == CellDecision.RESOLVED)
    column[resolved] = [by_patch[number] for number in part_patches[resolved].tolist()]
    return column


def _decisions(
    comparison: PlanComparison,
    part_cells: IntArray,
    part_patches: IntArray,
    resolutions: Mapping[int, Resolution],
    artefacts: Sequence[int],
) -> npt.NDArray[np.object_]:
    classes = comparison.classes[part_cells]
    spoken, coded = ((_first_saying(comparison.statuses, said) >= 0)[part_cells] for said in (_CLEAR, _CODED))
    decisions = np.full(len(part_cells), CellDecision.AGREED, dtype=object)
    differ = part_patches >= 0
    decisions[differ] = CellDecision.UNDECIDED
    # That no plan says otherwise makes no construction land lawful in a line that goes before plans: a person decides there.
    decisions[differ & spoken & (classes == ConflictClass.GAP) & ~_built_in_lines(comparison)[part_cells]] = (
        CellDecision.SINGLE_PLAN
    )
    decisions[differ & coded & np.isin(part_patches, list(artefacts))] = CellDecision.ARTEFACT
    decisions[differ & np.isin(part_patches, list(resolutions))] = CellDecision.RESOLVED
    return decisions


def _built_in_lines(comparison: PlanComparison) -> BoolArray:
    """Tell where a plan has construction land inside a line that goes before plans."""
    builds: BoolArray = (comparison.statuses == PlanStatus.CONSTRUCTION).any(axis=1)
    inside: BoolArray = comparison.masks & deciding_mask(comparison.lines) != 0
    return builds & inside


def _first_saying(statuses: IntArray, wanted: Sequence[PlanStatus]) -> IntArray:
    """Return the first plan of some statuses in each cell, -1 where none is."""
    speaks: BoolArray = np.isin(statuses, list(wanted))
    return np.where(speaks.any(axis=1), np.argmax(speaks, axis=1), -1)


def _column_of(comparison: PlanComparison, resolution: Resolution) -> int:
    return -1 if resolution.plan is None else comparison.plans.index(resolution.plan)


def _source_zones(
    partition: Partition,
    comparison: PlanComparison,
    plans: Mapping[str, PlanCodes],
    part_cells: IntArray,
    column: IntArray,
    part_patches: IntArray,
    resolutions: Mapping[int, Resolution],
) -> IntArray:
    """Return the position of the zone of the chosen plan that each part lies in, -1 where no plan is chosen.

    Where zones of one plan overlap it is the one with the decided code, else the first.
    """
    zones = np.full(len(part_cells), -1)
    names = [layer.name for layer in partition.layers]
    vectors = partition.vectors[comparison.cells]
    for at, plan in enumerate(comparison.plans):
        rows = np.flatnonzero(column == at)
        number = names.index(plan)
        pieces = vectors[part_cells[rows], number]
        if (pieces < 0).any():
            patch = part_patches[rows[int(np.argmax(pieces < 0))]]
            message = f"Patch {patch} is resolved by {plan}, which says nothing there."
            raise ValueError(message)
        flat = partition.layers[number].flat
        first = np.searchsorted(flat.memberships[:, 0], pieces)
        zones[rows] = flat.memberships[first, 1]
        for row, place in zip(rows.tolist(), first.tolist(), strict=True):
            said = resolutions.get(int(part_patches[row]))
            if said is not None and plans[plan].codes[flat.memberships[place, 1]] != said.code:
                zones[row] = _with_code(flat.memberships, place, plans[plan], said.code)
    return zones


def _with_code(memberships: IntArray, place: int, said: PlanCodes, code: str) -> int:
    piece = memberships[place, 0]
    zones = memberships[memberships[:, 0] == piece, 1].tolist()
    return next((zone for zone in zones if said.codes[zone] == code), int(memberships[place, 1]))


def _numbered(columns: Sequence[npt.NDArray[np.generic]]) -> IntArray:
    keys = pd.MultiIndex.from_arrays([pd.Index(column) for column in columns])
    return keys.factorize()[0].astype(np.int64)


def _said(
    partition: Partition,
    plans: Mapping[str, PlanCodes],
    resolutions: Mapping[int, Resolution],
    plan: str | None,
    zone: int,
    decision: CellDecision,
    patch: int,
) -> tuple[str | None, str | None, str | None]:
    """Return the id of the source zone, the code and its table."""
    resolution = resolutions[patch] if decision is CellDecision.RESOLVED else None
    if plan is None:
        return (None, None, None) if resolution is None else (None, resolution.code, resolution.code_version)
    layer = next(each for each in partition.layers if each.name == plan)
    code, version = plans[plan].codes[zone], plans[plan].code_versions[zone]
    if resolution is not None:
        code, version = resolution.code, resolution.code_version or version
    return str(layer.ids[zone]), code, version


def _require_closed(zones: GeometryArray, areas_m2: FloatArray, comparison: PlanComparison) -> None:
    total, compared = float(areas_m2.sum()), float(comparison.areas_m2.sum())
    if abs(total - compared) > closure_tolerance_m2(np.array([compared]))[0]:
        message = f"The zones of the blueprint cover {total:.6f} m², the compared area is {compared:.6f} m²."
        raise ClosureError(message)
    if shapely.coverage_is_valid(zones):
        return
    beside = zones[~shapely.is_empty(shapely.coverage_invalid_edges(zones))]
    overlap = float(shapely.area(beside).sum() - shapely.area(shapely.union_all(beside)))
    if overlap > closure_tolerance_m2(np.array([compared]))[0]:
        message = f"{len(beside)} zones of the blueprint overlap others, by {overlap:.6f} m² in all."
        raise ClosureError(message)
