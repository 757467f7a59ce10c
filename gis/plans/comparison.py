"""Plans compared cell by cell: where they agree, where they conflict, and where one of them says nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from gis.arrays import BoolArray, FloatArray, IntArray
from gis.landuse.local_codes import LocalCodes
from gis.partition_model import Partition, PartitionLayer
from gis.plans.statuses import PlanStatus, piece_codes, piece_statuses, plan_statuses

__all__ = [
    "ConflictClass",
    "HardLine",
    "PlanCodes",
    "PlanComparison",
    "classify_conflicts",
    "compare_plans",
    "conflict_numbers",
]

# A mask is kept in 64 bits, of which one is the sign.
MOST_LINES = 62


class ConflictClass(StrEnum):
    """What k plans say together of one place (差异类型)."""

    AGREED_CONSTRUCTION = "agreed_construction"  # 各规均为建设用地
    AGREED_NON_CONSTRUCTION = "agreed_non_construction"  # 各规均为非建设用地
    CONFLICT = "conflict"  # 有规建设、有规非建设
    GAP = "gap"  # 有规无数据，其余无矛盾
    CONTRADICTION = "contradiction"  # 某规自相矛盾


@dataclass(frozen=True)
class PlanCodes:
    """The codes of the zones of one plan, in the order of its polygons in the partition; ``local`` has code tables beside the standards."""

    codes: Sequence[str | None]
    code_versions: Sequence[str | None]
    local: LocalCodes = field(default_factory=dict)

    @cached_property
    def statuses(self) -> IntArray:
        """The status of each zone, found once however often parts of the plan are compared."""
        return plan_statuses(self.codes, self.code_versions, self.local)

    @cached_property
    def written(self) -> npt.NDArray[np.object_]:
        """The code of each zone, empty where it has none."""
        return np.array([code if isinstance(code, str) else "" for code in self.codes], dtype=object)


@dataclass(frozen=True, slots=True)
class HardLine:
    """One bit of the mask: ground inside, or outside, of some areas of one layer. Lines of one name share a bit, which any of them sets.

    Attributes
    ----------
    name : str
        For example ``ecological_redline.core``.
    layer : str
        Name of the layer in the partition.
    areas : ndarray of bool, shape (n,), or None
        Which polygons of the layer; None for all.
    outside : bool
        The bit is set where none of the areas is: outside of the urban development boundary.
    """

    name: str
    layer: str
    areas: BoolArray | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class PlanComparison:
    """What k plans say of m cells.

    Attributes
    ----------
    plans : tuple of k str
    lines : tuple of str
        Names of the bits of the mask, the lowest first.
    cells : ndarray of int64, shape (m,)
        Positions of the cells in the partition: those of the compared area.
    statuses : ndarray of int64, shape (m, k)
        :class:`~gis.plans.statuses.PlanStatus`.
    codes : ndarray of object, shape (m, k)
        As the plans wrote them; empty where a plan says nothing.
    classes : ndarray of object, shape (m,)
        :class:`ConflictClass`.
    masks : ndarray of int64, shape (m,)
    areas_m2 : ndarray of float64, shape (m,)
    """

    plans: tuple[str, ...]
    lines: tuple[str, ...]
    cells: IntArray
    statuses: IntArray
    codes: npt.NDArray[np.object_]
    classes: npt.NDArray[np.object_]
    masks: IntArray
    areas_m2: FloatArray

    def touches(self, line: str) -> BoolArray:
        """Tell which cells a line touches, shape (m,).

        Raises
        ------
        ValueError
            When there is no such line.
        """
        touched: BoolArray = (self.masks >> self.lines.index(line)) & 1 == 1
        return touched


def compare_plans(
    partition: Partition,
    plans: Mapping[str, PlanCodes],
    *,
    lines: Sequence[HardLine] = (),
    scope: str | None = None,
) -> PlanComparison:
    """Compare plans in the cells of their union partition.

    Parameters
    ----------
    partition : Partition
        Of the plans, the layers of the lines, and the scope.
    plans : mapping of str to PlanCodes
        Names of layers of the partition; at least one.
    lines : sequence of HardLine, optional
    scope : str, optional
        The layer that bounds the compared area. Left out, the area is where at least one plan has a zone.

    Returns
    -------
    PlanComparison
        Its areas sum to the compared area.

    Raises
    ------
    ValueError
        For a name that the partition does not have, codes that are not as many as the zones, or too many lines.
    """
    if not plans or len(_line_names(lines)) > MOST_LINES:
        message = f"A comparison needs a plan and at most {MOST_LINES} lines; it got {len(plans)} and {len(lines)}."
        raise ValueError(message)
    columns = {name: _layer(partition, name) for name in plans}
    reach = [_layer(partition, scope)[0]] if scope is not None else [position for position, _ in columns.values()]
    cells = np.flatnonzero((partition.vectors[:, reach] >= 0).any(axis=1))
    vectors = partition.vectors[cells]
    statuses = np.empty((len(cells), len(plans)), dtype=np.int64)
    codes = np.empty((len(cells), len(plans)), dtype=object)
    for column, (name, said) in enumerate(plans.items()):
        position, layer = columns[name]
        _require_as_many(layer, said)
        statuses[:, column] = _of_cells(
            vectors[:, position], piece_statuses(layer.flat, said.statuses), PlanStatus.NO_DATA
        )
        codes[:, column] = _of_cells(vectors[:, position], piece_codes(layer.flat, said.written), "")
    return PlanComparison(
        plans=tuple(plans),
        lines=_line_names(lines),
        cells=cells,
        statuses=statuses,
        codes=codes,
        classes=classify_conflicts(statuses),
        masks=_masks(partition, vectors, lines),
        areas_m2=partition.areas_m2[cells],
    )


def classify_conflicts(statuses: IntArray) -> npt.NDArray[np.object_]:
    """Tell what k plans say together.

    That one plan has no data never makes a conflict, and never hides one between the others.

    Parameters
    ----------
    statuses : ndarray of int64, shape (m, k)
        :class:`~gis.plans.statuses.PlanStatus`.

    Returns
    -------
    ndarray of object, shape (m,)
        :class:`ConflictClass`.

    References
    ----------
    .. [1] The four classes of two plans (两规差异图斑), generalised to k plans, with missing data as a class of its own.

    Examples
    --------
    >>> import numpy as np
    >>> [str(found) for found in classify_conflicts(np.array([[2, 2], [2, 1], [1, 1], [2, 0], [3, 1]]))]
    ['agreed_construction', 'conflict', 'agreed_non_construction', 'gap', 'contradiction']
    """
    return np.array([*ConflictClass], dtype=object)[conflict_numbers(statuses)]


def conflict_numbers(statuses: IntArray) -> IntArray:
    """Tell what k plans say together as :func:`classify_conflicts` does, by the place of each class in :class:`ConflictClass`: quicker to count.

    Parameters
    ----------
    statuses : ndarray of int64, shape (m, k)

    Returns
    -------
    ndarray of int64, shape (m,)

    Examples
    --------
    >>> import numpy as np
    >>> conflict_numbers(np.array([[2, 2], [2, 1]])).tolist()
    [0, 2]
    """
    # A bit for each status that a plan says: column by column, as an axis of two is slow to sum along.
    said = np.zeros(len(statuses), dtype=np.uint8)
    for column in statuses.T:
        said |= np.left_shift(1, column, dtype=np.uint8, casting="unsafe")
    return _CLASS_OF_SAID[said]


def _class_of_said(said: int) -> ConflictClass:
    """Tell what plans say together of which a bit says that one has that status."""
    has = {status: bool(said >> status & 1) for status in PlanStatus}
    if has[PlanStatus.CONTRADICTION]:
        return ConflictClass.CONTRADICTION
    if has[PlanStatus.NON_CONSTRUCTION] and has[PlanStatus.CONSTRUCTION]:
        return ConflictClass.CONFLICT
    if has[PlanStatus.NO_DATA]:
        return ConflictClass.GAP
    if has[PlanStatus.NON_CONSTRUCTION]:
        return ConflictClass.AGREED_NON_CONSTRUCTION
    return ConflictClass.AGREED_CONSTRUCTION


#: The place of the class in :class:`ConflictClass` for each set of statuses.
_CLASS_OF_SAID: Final[IntArray] = np.array(
    [[*ConflictClass].index(_class_of_said(said)) for said in range(1 << len(PlanStatus))], dtype=np.int64
)


def _layer(partition: Partition, name: str) -> tuple[int, PartitionLayer]:
    for position, layer in enumerate(partition.layers):
        if layer.name == name:
            return position, layer
    message = f"The partition has no layer {name!r}; it has {', '.join(layer.name for layer in partition.layers)}."
    raise ValueError(message)


def _require_as_many(layer: PartitionLayer, said: PlanCodes) -> None:
    for what, values in (("codes", said.codes), ("code versions", said.code_versions)):
        if len(values) != len(layer.polygons):
            message = f"Plan {layer.name!r} has {len(layer.polygons)} zones and {len(values)} {what}."
            raise ValueError(message)


def _of_cells(pieces: IntArray, values: npt.NDArray[np.generic], missing: object) -> npt.NDArray[np.generic]:
    """Give each cell the value of its piece."""
    result = np.full(len(pieces), missing, dtype=values.dtype)
    result[pieces >= 0] = values[pieces[pieces >= 0]]
    return result


def _line_names(lines: Sequence[HardLine]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.name for line in lines))


def _masks(partition: Partition, vectors: IntArray, lines: Sequence[HardLine]) -> IntArray:
    masks = np.zeros(len(vectors), dtype=np.int64)
    names = _line_names(lines)
    for line in lines:
        position, layer = _layer(partition, line.layer)
        piece, polygon = layer.flat.memberships.T
        chosen = np.ones(len(layer.polygons), dtype=bool) if line.areas is None else line.areas
        inside = np.zeros(len(layer.flat.pieces), dtype=bool)
        inside[piece[chosen[polygon]]] = True
        masks |= (_of_cells(vectors[:, position], inside, False) != line.outside).astype(np.int64) << names.index(
            line.name
        )
    return masks
