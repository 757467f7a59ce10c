"""Whether a layer lies as a whole beside a reference of the same ground, and whether the shifts of web maps explain it."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from shapely import STRtree

from gis.arrays import FloatArray, GeometryInput, IntArray, as_geometry_array
from gis.crs_firewall.map_shifts import bd09_of, gcj02_of, without_shift

__all__ = ["Shift", "estimate_shift"]

_METRES_PER_DEGREE: Final = 111_320.0
# A surveyed corner is known to centimetres, a digitised one to a metre; the published formula follows the maps to about a metre.
_SAME_CORNER_M: Final = 1.0
_SAME_SHIFTED_CORNER_M: Final = 3.0
# Of two drawings of the same ground many corners agree. Chance alone, at 3 m around each of 5,000 corners per km², gives a seventh.
_AGREEING_SHARE: Final = 0.4
_SAMPLE: Final = 400
_REFERENCE_SAMPLE: Final = 20_000
# BD-09 lies up to 1.5 km from the place.
_REACH_M: Final = 2_000.0
_BIN_M: Final = 4.0
_CLEAR_LEAD: Final = 2.0


@dataclass(frozen=True, slots=True)
class Shift:
    """Layer minus reference in metres, and what explains it: ``gcj02``, ``bd09`` or None."""

    east_m: float
    north_m: float
    explained_by: str | None
    agreeing_share: float

    @property
    def length_m(self) -> float:
        """How far it is."""
        return float(np.hypot(self.east_m, self.north_m))


def estimate_shift(layer: GeometryInput, reference: GeometryInput) -> Shift | None:
    """Estimate how far a layer lies beside a reference that draws the same ground.

    Corners near the middle of the layer are compared with those of the reference: as they are, then with the shifts of GCJ-02 and BD-09 taken off
    by the published formulas, then by the displacement that most pairs of corners share.

    Parameters
    ----------
    layer, reference : array_like of geometry or None
        (lon, lat) in degrees. They need not have the same features, but must share some lines, as two versions of a layer do.

    Returns
    -------
    Shift or None
        None where they agree, where they share no lines, and where several displacements fit equally well, as on a regular grid of blocks.

    Examples
    --------
    >>> import shapely
    >>> from gis.crs_firewall.map_shifts import gcj02_of
    >>> ground = [shapely.Point(113 + i / 997, 28 + (i * i % 89) / 991).buffer(0.0003, quad_segs=1) for i in range(40)]
    >>> shift = estimate_shift(shapely.transform(ground, gcj02_of), ground)
    >>> shift.explained_by, round(shift.length_m) > 300
    ('gcj02', True)
    >>> estimate_shift(ground, ground) is None
    True
    """
    corners, known = _corners(layer), _corners(reference)
    if len(corners) == 0 or len(known) == 0:
        return None
    middle = np.median(corners, axis=0)
    scale = np.array([_METRES_PER_DEGREE * np.cos(np.radians(middle[1])), _METRES_PER_DEGREE])
    corners = _nearest(corners, middle, scale, _SAMPLE)
    near = (np.abs((known - middle) * scale) <= _REACH_M + np.ptp((corners - middle) * scale, axis=0)).all(axis=1)
    known = known[near]
    if len(known) == 0:
        return None
    known = (known - middle) * scale
    tree = STRtree(shapely.points(known))
    if _agreeing(tree, (corners - middle) * scale, _SAME_CORNER_M) >= _AGREEING_SHARE:
        return None
    mapped = _mapped_shift(tree, corners, middle, scale)
    return mapped or _common_displacement(known, (corners - middle) * scale)


def _corners(geoms: GeometryInput) -> FloatArray:
    coordinates: FloatArray = shapely.get_coordinates(as_geometry_array(geoms))
    return np.unique(coordinates[np.isfinite(coordinates).all(axis=1)], axis=0)


def _nearest(corners: FloatArray, middle: FloatArray, scale: FloatArray, count: int) -> FloatArray:
    distance = np.hypot(*((corners - middle) * scale).T)
    return corners[np.argsort(distance, kind="stable")[:count]]


def _agreeing(tree: STRtree, corners: FloatArray, within_m: float) -> float:
    found = tree.query_nearest(shapely.points(corners), max_distance=within_m, all_matches=False)
    return len(np.unique(found[0])) / len(corners)


def _mapped_shift(tree: STRtree, corners: FloatArray, middle: FloatArray, scale: FloatArray) -> Shift | None:
    found = []
    for name, forward in (("gcj02", gcj02_of), ("bd09", bd09_of)):
        places = without_shift(corners, bd09=name == "bd09")
        share = _agreeing(tree, (places - middle) * scale, _SAME_SHIFTED_CORNER_M)
        if share >= _AGREEING_SHARE:
            east, north = np.median((forward(places) - places) * scale, axis=0)
            found.append(Shift(float(east), float(north), name, share))
    return max(found, key=lambda shift: shift.agreeing_share, default=None)


def _common_displacement(known: FloatArray, corners: FloatArray) -> Shift | None:
    """Let every pair of a corner and a reference corner within reach vote for its displacement; a true one has a vote of most corners."""
    part = min(1.0, _REFERENCE_SAMPLE / len(known))
    if len(known) > _REFERENCE_SAMPLE:
        known = known[np.random.default_rng(0).choice(len(known), _REFERENCE_SAMPLE, replace=False)]
    displacements = (corners[:, None, :] - known[None, :, :]).reshape(-1, 2)
    displacements = displacements[np.abs(displacements).max(axis=1) <= _REACH_M]
    bins = np.floor(displacements / _BIN_M).astype(np.int64)
    places, counts = np.unique(bins[:, 0] * 1_000_003 + bins[:, 1], return_counts=True)
    best = _around(displacements, bins, places[np.argmax(counts)])
    votes = _votes(displacements, best)
    away = displacements[np.hypot(*(displacements - best).T) > 2 * _BIN_M]
    rival = _best_rival(away)
    share = votes / (len(corners) * part)
    if share < _AGREEING_SHARE or votes < _CLEAR_LEAD * rival:
        return None
    return Shift(float(best[0]), float(best[1]), None, min(share, 1.0))


def _around(displacements: FloatArray, bins: IntArray, place: int) -> FloatArray:
    inside = displacements[bins[:, 0] * 1_000_003 + bins[:, 1] == place]
    centre = inside.mean(axis=0)
    near = displacements[np.hypot(*(displacements - centre).T) <= _BIN_M]
    return np.asarray(np.median(near, axis=0), dtype=np.float64)


def _votes(displacements: FloatArray, around: FloatArray) -> int:
    return int((np.hypot(*(displacements - around).T) <= _BIN_M / 2).sum())


def _best_rival(displacements: FloatArray) -> int:
    if len(displacements) == 0:
        return 0
    _, counts = np.unique(np.floor(displacements / _BIN_M).astype(np.int64), axis=0, return_counts=True)
    return int(counts.max())
