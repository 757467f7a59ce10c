"""Making polygons valid, with a report of what was changed."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.faults import REFUSED_KINDS, FaultKind, inspect_geometries
from gis.polygonal import polygonal_part

__all__ = ["RepairOutcome", "RepairReport", "repair_geometries"]


class RepairOutcome(StrEnum):
    """What became of a geometry; nothing has a fourth fate."""

    ACCEPTED = "accepted"
    REPAIRED = "repaired"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class RepairReport:
    """The result of :func:`repair_geometries`, arrays of length n in the order of the input.

    Attributes
    ----------
    geometries : ndarray of MultiPolygon or None
        Valid and two-dimensional; None where the input was rejected.
    outcome : ndarray of str
        The values of :class:`RepairOutcome`.
    reason : ndarray of str
        The kinds of fault that were repaired or that led to the rejection, joined by ", "; empty for an accepted geometry.
    area_before_m2, area_after_m2 : ndarray of float64
        Plain areas in the plane of the input (m² if that is in metres). Before: as the rings stand, holes subtracted, which for rings that cross
        themselves is a number without meaning; NaN where the input cannot be measured. After: 0 where it was rejected.
    notes : ndarray of str
        What was left away without touching the area ("z_dropped"); may stand on an accepted geometry.
    """

    geometries: GeometryArray
    outcome: GeometryArray
    reason: GeometryArray
    area_before_m2: FloatArray
    area_after_m2: FloatArray
    notes: GeometryArray

    def positions(self, outcome: RepairOutcome) -> IntArray:
        """Return the positions of the geometries with an outcome."""
        return np.flatnonzero(self.outcome == outcome.value).astype(np.int64)


def repair_geometries(geoms: GeometryInput) -> RepairReport:
    """Make polygons valid, or say why that is impossible.

    The rings are first made valid each by itself, then shells are united and holes taken away (``make_valid`` with ``structure``): a parcel whose
    parts overlap keeps the land once, a nested shell is part of the outer one, crossing rings keep both their loops, edges that go back on
    themselves vanish, a hole that lies wholly outside its shell is another piece of land, which is how exchange files with unmarked rings
    mean it. Points and lines beside polygons are left away. Z and M are dropped with a note.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        In any plane.

    Returns
    -------
    RepairReport
        Rejected are missing, empty and non-polygonal geometries, coordinates that are not finite, and polygons without area.

    Examples
    --------
    >>> import shapely
    >>> bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> report = repair_geometries([shapely.box(0, 0, 1, 1), bowtie, None])
    >>> report.outcome.tolist()
    ['accepted', 'repaired', 'rejected']
    >>> report.reason.tolist(), report.area_after_m2.tolist()
    (['', 'self_intersection', 'missing'], [1.0, 2.0, 0.0])
    """
    array = as_geometry_array(geoms)
    faults = inspect_geometries(array)
    refused = np.zeros(len(array), dtype=bool)
    refused[faults["row"][faults["kind"].isin(REFUSED_KINDS)].to_numpy()] = True
    flat = np.full(len(array), None, dtype=object)
    flat[~refused] = polygonal_part(shapely.force_2d(array[~refused]))
    # A sharp angle is only a fault where it made the polygon invalid.
    valid = shapely.is_valid(flat)
    faults = faults[~((faults["kind"] == FaultKind.SPIKE.value) & valid[faults["row"].to_numpy()])]
    noted = faults["kind"] == FaultKind.Z_DROPPED.value
    reason = _joined_kinds(len(array), faults["row"][~noted].to_numpy(), faults["kind"][~noted].to_numpy())
    notes = _joined_kinds(len(array), faults["row"][noted].to_numpy(), faults["kind"][noted].to_numpy())

    faulty = reason != ""
    geometries = flat.copy()
    geometries[faulty & ~refused] = _made_valid(flat[faulty & ~refused])

    collapsed = ~refused & ~(shapely.area(geometries) > 0)
    geometries[collapsed] = None
    reason[collapsed] = FaultKind.ZERO_AREA.value
    rejected = refused | collapsed
    outcome = np.where(rejected, RepairOutcome.REJECTED.value, RepairOutcome.ACCEPTED.value).astype(object)
    outcome[faulty & ~rejected] = RepairOutcome.REPAIRED.value
    with np.errstate(invalid="ignore"):
        before = shapely.area(array)
    return RepairReport(geometries, outcome, reason, before, np.nan_to_num(shapely.area(geometries)), notes)


def _joined_kinds(count: int, rows: IntArray, kinds: GeometryArray) -> GeometryArray:
    """Join the kinds of each row, each once, in the order they were found."""
    joined = np.full(count, "", dtype=object)
    for row, kind in dict.fromkeys(zip(rows.tolist(), kinds.tolist(), strict=True)):
        joined[row] = f"{joined[row]}, {kind}" if joined[row] else kind
    return joined


def _made_valid(polygons: GeometryArray) -> GeometryArray:
    """Repair two-dimensional multipolygons; None where nothing areal is left."""
    valid = shapely.is_valid(polygons)
    repaired = polygons.copy()
    # Only valid rings have enough different points to lose the repeated ones.
    repaired[valid] = shapely.remove_repeated_points(polygons[valid], tolerance=0.0)
    repaired[~valid] = shapely.make_valid(polygons[~valid], method="structure", keep_collapsed=False)
    return polygonal_part(repaired)
