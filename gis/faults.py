"""What is wrong with polygons: the kind of every fault and its place."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final

import numpy as np
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, GeometryInput, IntArray, as_geometry_array
from gis.polygonal import polygonal_part, simple_parts

__all__ = ["FAULT_COLUMNS", "REFUSED_KINDS", "FaultKind", "inspect_geometries"]


class FaultKind(StrEnum):
    """The kinds of fault; the names follow the messages of GEOS where it has one."""

    MISSING = "missing"
    EMPTY = "empty"
    NOT_POLYGONAL = "not_polygonal"
    NON_FINITE = "non_finite"
    ZERO_AREA = "zero_area"
    MIXED_DIMENSIONS = "mixed_dimensions"
    Z_DROPPED = "z_dropped"
    REPEATED_POINT = "repeated_point"
    SPIKE = "spike"
    SELF_INTERSECTION = "self_intersection"
    RING_SELF_INTERSECTION = "ring_self_intersection"
    HOLE_OUTSIDE_SHELL = "hole_outside_shell"
    NESTED_HOLES = "nested_holes"
    NESTED_SHELLS = "nested_shells"
    INTERIOR_DISCONNECTED = "interior_disconnected"
    DUPLICATE_RINGS = "duplicate_rings"
    TOO_FEW_POINTS = "too_few_points"
    RING_NOT_CLOSED = "ring_not_closed"
    OTHER = "other"


FAULT_COLUMNS: Final = ("row", "id", "kind", "x", "y", "detail")

#: No polygon can be made of a geometry with one of these.
REFUSED_KINDS: Final = frozenset(
    {FaultKind.MISSING, FaultKind.EMPTY, FaultKind.NOT_POLYGONAL, FaultKind.NON_FINITE, FaultKind.ZERO_AREA}
)

_KIND_OF_REASON: Final = {
    "Self-intersection": FaultKind.SELF_INTERSECTION,
    "Ring Self-intersection": FaultKind.RING_SELF_INTERSECTION,
    "Hole lies outside shell": FaultKind.HOLE_OUTSIDE_SHELL,
    "Holes are nested": FaultKind.NESTED_HOLES,
    "Nested shells": FaultKind.NESTED_SHELLS,
    "Interior is disconnected": FaultKind.INTERIOR_DISCONNECTED,
    "Duplicate Rings": FaultKind.DUPLICATE_RINGS,
    "Too few points in geometry component": FaultKind.TOO_FEW_POINTS,
    "Ring is not closed": FaultKind.RING_NOT_CLOSED,
    "Invalid Coordinate": FaultKind.NON_FINITE,
}
_POLYGON: Final = shapely.GeometryType.POLYGON.value
_Fault = tuple[int, FaultKind, float, float, str]


def inspect_geometries(
    geoms: GeometryInput, ids: Sequence[object] | None = None, *, spike_angle_deg: float = 0.01
) -> pd.DataFrame:
    """List the faults of polygons, one row for each kind and place.

    GEOS names the first fault of a geometry and stops; here the geometry, each of its polygons and each of their rings are asked, so that a
    multipart parcel with a fault in two parts has two rows. The input is not changed.

    Parameters
    ----------
    geoms : array_like of geometry or None, shape (n,)
        In any plane; coordinates, areas and angles are those of this plane.
    ids : sequence, length n, optional
        How the caller names the geometries. Default: their positions.
    spike_angle_deg : float
        A vertex whose two edges enclose at most this angle is a spike. The default finds edges that go back on themselves; quality control
        asks for sharp angles (尖锐角) with a larger one.

    Returns
    -------
    DataFrame
        ``row`` (int64, position), ``id``, ``kind`` (a :class:`FaultKind` value), ``x`` and ``y`` (float64, NaN where the fault has no place),
        ``detail`` (text). Ordered by row. Of repeated points and spikes the first place is given and the number stands in the detail.

    Examples
    --------
    >>> import shapely
    >>> bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    >>> inspect_geometries([bowtie], ["parcel 7"])[["id", "kind", "x", "y"]].values.tolist()
    [['parcel 7', 'self_intersection', 1.0, 1.0]]
    """
    array = as_geometry_array(geoms)
    # NaN coordinates make GEOS raise the floating point flag, which numpy would warn of; they are reported as a fault.
    with np.errstate(invalid="ignore"):
        faults = list(_unusable(array))
        refused = {fault[0] for fault in faults}
        usable = np.array([row for row in range(len(array)) if row not in refused], dtype=np.int64)
        faults += _dimension_notes(array, usable)
        faults += _invalid(array, usable)
        faults += _ring_faults(array, usable, spike_angle_deg)
    faults.sort(key=lambda fault: fault[0])
    names = range(len(array)) if ids is None else ids
    rows = [(row, names[row], str(kind), x, y, detail) for row, kind, x, y, detail in faults]
    frame = pd.DataFrame(rows, columns=list(FAULT_COLUMNS))
    return frame.astype(
        {"row": "int64", "id": "object", "kind": "object", "x": "float64", "y": "float64", "detail": "object"}
    )


def _unusable(array: GeometryArray) -> Iterator[_Fault]:
    """Find what no polygon can be made of; such a geometry is not looked at further."""
    missing, empty = shapely.is_missing(array), shapely.is_empty(array)
    parts, owner = simple_parts(array)
    areal = np.zeros(len(array), dtype=bool)
    areal[owner[shapely.get_type_id(parts) == _POLYGON]] = True
    coordinates, of = shapely.get_coordinates(array, return_index=True)
    non_finite = np.zeros(len(array), dtype=bool)
    non_finite[of[~np.isfinite(coordinates).all(axis=1)]] = True
    for row in np.flatnonzero(missing | empty | ~areal | non_finite).tolist():
        if missing[row]:
            yield row, FaultKind.MISSING, np.nan, np.nan, "There is no geometry."
        elif empty[row]:
            yield row, FaultKind.EMPTY, np.nan, np.nan, "The geometry is empty."
        elif not areal[row]:
            yield row, FaultKind.NOT_POLYGONAL, np.nan, np.nan, f"A {array[row].geom_type} has no area."
        else:
            yield row, FaultKind.NON_FINITE, np.nan, np.nan, "A coordinate is NaN or infinite."


def _dimension_notes(array: GeometryArray, usable: IntArray) -> Iterator[_Fault]:
    for row in usable[shapely.has_z(array[usable]) | shapely.has_m(array[usable])].tolist():
        yield row, FaultKind.Z_DROPPED, np.nan, np.nan, "Z or M values are not kept."
    parts, owner = simple_parts(array[usable])
    for row in np.unique(usable[owner[shapely.get_type_id(parts) != _POLYGON]]).tolist():
        yield row, FaultKind.MIXED_DIMENSIONS, np.nan, np.nan, "Points or lines lie beside the polygons."


def _invalid(array: GeometryArray, usable: IntArray) -> Iterator[_Fault]:
    # A collection may be valid although its polygons overlap: what is asked is whether the polygons together are a valid multipolygon.
    whole = polygonal_part(array[usable])
    for at in np.flatnonzero(~shapely.is_valid(whole)).tolist():
        row = int(usable[at])
        polygons = shapely.get_parts(whole[at])
        rings = shapely.polygons(shapely.get_rings(polygons))
        reasons = shapely.is_valid_reason(np.concatenate([[whole[at]], polygons, rings]))
        for reason in dict.fromkeys(reasons[reasons != "Valid Geometry"]):
            yield row, *_read_reason(reason)


def _read_reason(reason: str) -> tuple[FaultKind, float, float, str]:
    """Read a message of GEOS such as ``Self-intersection[1 1]``."""
    text, _, place = reason.rstrip("]").partition("[")
    kind = _KIND_OF_REASON.get(text, FaultKind.OTHER)
    values = place.split()
    x, y = (float(values[0]), float(values[1])) if len(values) >= 2 else (np.nan, np.nan)
    return kind, x, y, text


def _ring_faults(array: GeometryArray, usable: IntArray, spike_angle_deg: float) -> Iterator[_Fault]:
    parts, part_owner = simple_parts(array[usable])
    areal = shapely.get_type_id(parts) == _POLYGON
    rings, polygon = shapely.get_rings(parts[areal], return_index=True)
    ring_owner = usable[part_owner[areal][polygon]]
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    repeated = (ring[1:] == ring[:-1]) & (coordinates[1:] == coordinates[:-1]).all(axis=1)
    yield from _counted(
        FaultKind.REPEATED_POINT, "repeated", np.flatnonzero(repeated) + 1, ring_owner[ring], coordinates
    )
    keep = np.r_[True, ~repeated] if len(ring) else np.zeros(0, dtype=bool)
    coordinates, ring = coordinates[keep], ring[keep]
    sharp = _enclosed_angle(coordinates, ring) <= np.radians(spike_angle_deg)
    yield from _counted(FaultKind.SPIKE, "turning back", np.flatnonzero(sharp), ring_owner[ring], coordinates)


def _counted(
    kind: FaultKind, word: str, places: IntArray, owner: IntArray, coordinates: FloatArray
) -> Iterator[_Fault]:
    rows, first, counts = np.unique(owner[places], return_index=True, return_counts=True)
    for row, at, count in zip(rows.tolist(), places[first], counts.tolist(), strict=True):
        yield (
            row,
            kind,
            float(coordinates[at, 0]),
            float(coordinates[at, 1]),
            f"{count} point{'s' * (count > 1)} {word}",
        )


def _enclosed_angle(coordinates: FloatArray, ring: IntArray) -> FloatArray:
    """Return the angle between the two edges at each vertex of closed rings, in radians; at the closing vertex infinity, to count it once."""
    angles: FloatArray = np.full(len(ring), np.inf)
    if len(ring) == 0:
        return angles
    is_last: BoolArray = np.r_[ring[1:] != ring[:-1], True]
    is_first: BoolArray = np.r_[True, is_last[:-1]]
    vertex = np.flatnonzero(~is_last)
    before = np.where(is_first, np.r_[is_last.nonzero()[0], 0][np.cumsum(is_first) - 1] - 1, np.arange(len(ring)) - 1)[
        vertex
    ]
    back, ahead = coordinates[before] - coordinates[vertex], coordinates[vertex + 1] - coordinates[vertex]
    cross = back[:, 0] * ahead[:, 1] - back[:, 1] * ahead[:, 0]
    angles[vertex] = np.arctan2(np.abs(cross), (back * ahead).sum(axis=1))
    return angles
