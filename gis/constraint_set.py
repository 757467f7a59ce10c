"""Constraints made ready to be met by many targets: an index of small pieces, and the uncut polygons prepared for predicates."""

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray
from gis.crossings import Side
from gis.crs import require_area_plane
from gis.errors import GeometryRefusedError
from gis.subdivide import subdivide
from gis.threads import ThreadTeam

__all__ = [
    "MAX_PIECE_VERTICES",
    "CandidatePairs",
    "CheckedLayer",
    "ConstraintSet",
    "Pieces",
    "check_layer",
    "check_polygons",
]

#: With fewer vertices there are more pieces to look up, with more each intersection costs more.
MAX_PIECE_VERTICES = 256
_SMALL_PIECE_VERTICES = 64
_PLANE = 2
_POLYGON, _MULTIPOLYGON = shapely.GeometryType.POLYGON.value, shapely.GeometryType.MULTIPOLYGON.value


@dataclass(frozen=True, slots=True)
class CheckedLayer:
    """The polygons of a layer that passed :func:`check_layer`.

    Attributes
    ----------
    ids : ndarray of object, shape (n,)
        The index, without repetition.
    geometries : ndarray of Polygon or MultiPolygon, shape (n,)
        Two-dimensional, in the area plane; not necessarily valid.
    area_m2 : ndarray of float64, shape (n,)
        Finite and positive.
    """

    ids: GeometryArray
    geometries: GeometryArray
    area_m2: FloatArray


@dataclass(frozen=True, slots=True)
class CandidatePairs:
    """Pairs of targets and constraints whose boxes meet.

    Attributes
    ----------
    target, constraint : ndarray of int64, shape (p,)
        Each pair once, ordered by constraint, then by target.
    piece_pair, piece : ndarray of int64, shape (q,)
        The pieces of the constraint of each pair whose boxes meet the target's.
    """

    target: IntArray
    constraint: IntArray
    piece_pair: IntArray
    piece: IntArray


@dataclass(frozen=True, slots=True)
class Pieces:
    """What :func:`gis.subdivide.subdivide` made of constraints.

    Attributes
    ----------
    constraint_ids : ndarray, shape (q,)
        The id of the constraint that each is a piece of.
    geometries : ndarray of Polygon, shape (q,)
        In the area plane.
    """

    constraint_ids: npt.NDArray[Any]
    geometries: GeometryArray

    @classmethod
    def of_frame(cls, frame: gpd.GeoDataFrame) -> Self:
        """Take pieces out of a frame with a column ``constraint_id``.

        Raises
        ------
        CRSMismatchError
            If the frame is not in the area plane.
        """
        require_area_plane(frame)
        return cls(frame["constraint_id"].to_numpy(), frame.geometry.to_numpy())


class ConstraintSet:
    """The constraints of one run.

    Parameters
    ----------
    layer : CheckedLayer
        m constraints.
    group : array_like, shape (m,), optional
        Constraints with the same value count as one. Default: each by itself.
    pieces : Pieces, optional
        Default: the constraints are cut here.
    known_valid : bool
        Whether the caller knows that all are valid, as pieces are and what is joined of them. Default: they are examined.

    Attributes
    ----------
    ids : ndarray of object, shape (m,)
    geometries : ndarray of Polygon or MultiPolygon, shape (m,)
        The caller's own: predicates prepare copies of them.
    group : ndarray of int64, shape (m,)
        Number of the group.
    group_values : ndarray of object
        Value of each group.
    pieces : ndarray of Polygon
    invalid : dict
        Position of each invalid constraint, with the reason.
    """

    def __init__(
        self,
        layer: CheckedLayer,
        *,
        group: pd.Series | npt.NDArray[Any] | None = None,
        pieces: Pieces | None = None,
        known_valid: bool = False,
    ) -> None:
        self.ids = layer.ids
        self.geometries = layer.geometries
        self.invalid = {} if known_valid else _invalid_reasons(self.geometries)
        self.group, self.group_values = _groups(self.ids, group)
        self.pieces, self.piece_constraint = self._cut() if pieces is None else self._given(pieces)
        self._tree = shapely.STRtree(self.pieces)
        self._of_thread = threading.local()

    @classmethod
    def of_frame(cls, frame: gpd.GeoDataFrame, *, group: str | None, pieces: gpd.GeoDataFrame | None) -> Self:
        """Take constraints out of a frame whose index is their id, ``group`` is a column of it, and ``pieces`` have a column ``constraint_id``.

        Raises
        ------
        CRSMismatchError, GeometryRefusedError
            See :func:`check_layer`; also if the pieces are not those of the constraints.
        """
        layer = check_layer(frame, "constraint")
        return cls(
            layer,
            group=None if group is None else frame[group],
            pieces=None if pieces is None else Pieces.of_frame(pieces),
        )

    def _cut(self) -> tuple[GeometryArray, IntArray]:
        valid = np.array([row for row in range(len(self.ids)) if row not in self.invalid], dtype=np.int64)
        pieces, source = subdivide(self.geometries[valid], MAX_PIECE_VERTICES)
        # An invalid constraint is not cut; whole, it still finds the targets that cannot be judged.
        broken = np.array(list(self.invalid), dtype=np.int64)
        return np.concatenate([pieces, self.geometries[broken]]), np.concatenate([valid[source], broken])

    def _given(self, pieces: Pieces) -> tuple[GeometryArray, IntArray]:
        place = {identifier: position for position, identifier in enumerate(self.ids.tolist())}
        named = pieces.constraint_ids.tolist()
        if set(named) != place.keys():
            message = "The pieces and the constraints do not name the same ids."
            raise GeometryRefusedError(message)
        return pieces.geometries, np.array([place[identifier] for identifier in named], dtype=np.int64)

    @cached_property
    def _bounds(self) -> FloatArray:
        bounds: FloatArray = shapely.bounds(self.geometries)
        return bounds

    @cached_property
    def is_small_piece(self) -> BoolArray:
        """Whether each piece has few vertices."""
        small: BoolArray = shapely.get_num_coordinates(self.pieces) <= _SMALL_PIECE_VERTICES
        return small

    @cached_property
    def borders(self) -> Side:
        """The boundaries of the valid constraints, but for those of a single small piece."""
        sound = self.geometries.copy()
        sound[list(self.invalid)] = None
        small = np.bincount(self.piece_constraint, minlength=len(sound)) == 1
        small[self.piece_constraint] &= self.is_small_piece
        sound[small] = None
        return Side.of(sound)

    def candidates(self, targets: GeometryArray) -> CandidatePairs:
        """Find the constraints, and of them the pieces, whose boxes meet the targets' boxes."""
        target, piece = self._tree.query(targets)
        key = self.piece_constraint[piece] * len(targets) + target
        pairs, piece_pair = np.unique(key, return_inverse=True)
        constraint, of = np.divmod(pairs, max(len(targets), 1))
        return CandidatePairs(of, constraint, piece_pair.astype(np.int64), piece.astype(np.int64))

    def settle(
        self, targets: GeometryArray, pairs: CandidatePairs, team: ThreadTeam
    ) -> tuple[BoolArray, BoolArray, BoolArray]:
        """Tell which targets lie wholly inside their constraint, off its boundary, which hold all of it, off theirs, and which at least touch it.

        Returns
        -------
        inside, holds, meets : ndarray of bool, shape (p,)
            ``inside`` and ``holds`` imply ``meets``.
        """
        inside, holds = np.zeros(len(pairs.target), dtype=bool), np.zeros(len(pairs.target), dtype=bool)
        meets = np.ones(len(pairs.target), dtype=bool)
        boxes, around = shapely.bounds(targets)[pairs.target], self._bounds[pairs.constraint]
        # What lies inside of something has a box inside of its box: of many small constraints few are asked.
        may_lie_inside, may_hold = _is_box_inside(boxes, around), _is_box_inside(around, boxes)
        by_target = len(targets) < len(np.unique(pairs.constraint))

        def settle_slice(rows: slice) -> None:
            try:
                asked = rows.start + np.flatnonzero(may_lie_inside[rows])
                inside[asked] = shapely.contains_properly(
                    self._prepared_for(pairs.constraint[asked]), targets[pairs.target[asked]]
                )
                rest = rows.start + np.flatnonzero(~inside[rows])
                target, constraint = pairs.target[rest], self.geometries[pairs.constraint[rest]]
                # The side of which there are fewer is prepared: each of them is asked more often.
                own = may_hold[rest]
                holding = _prepared(targets, target if by_target else target[own])
                holds[rest[own]] = shapely.contains_properly(holding[own] if by_target else holding, constraint[own])
                meets[rest] = (
                    shapely.intersects(holding, constraint)
                    if by_target
                    else shapely.intersects(self._prepared_for(pairs.constraint[rest]), targets[target])
                )
            except shapely.errors.GEOSException:
                # The intersections that follow go pair by pair and name the one at fault.
                inside[rows], holds[rows], meets[rows] = False, False, True

        team.map_slices(settle_slice, len(pairs.target))
        return inside, holds, meets

    def pieces_in(self, windows: FloatArray) -> tuple[IntArray, IntArray]:
        """Return the pairs (window, piece) of windows of shape (n, 4) and the pieces whose boxes meet them."""
        window, piece = self._tree.query(shapely.box(*windows.T))
        return window.astype(np.int64), piece.astype(np.int64)

    def within_distance(
        self, targets: GeometryArray, target: IntArray, constraint: IntArray, distance: FloatArray, team: ThreadTeam
    ) -> BoolArray:
        """Tell which pairs, ordered by constraint, lie within a distance of each other in the plane."""
        near = np.ones(len(target), dtype=bool)

        def measure(rows: slice) -> None:
            prepared = self._prepared_for(constraint[rows])
            limit: Any = distance[rows]  # One for each pair, which the type stubs do not know.
            near[rows] = shapely.dwithin(prepared, targets[target[rows]], limit)

        team.map_slices(measure, len(target))
        return near

    def _prepared_for(self, constraint: IntArray) -> GeometryArray:
        """Return the prepared geometries of constraints, copies that belong to the running thread.

        GEOS builds the index of a prepared geometry at its first use, without a lock.
        """
        if not hasattr(self._of_thread, "geometries"):
            self._of_thread.geometries = np.full(len(self.ids), None, dtype=object)
        own: GeometryArray = self._of_thread.geometries
        new = np.unique(constraint)
        new = new[shapely.is_missing(own[new])]
        own[new] = shapely.force_2d(self.geometries[new])
        shapely.prepare(own[new])
        prepared: GeometryArray = own[constraint]
        return prepared


def check_layer(frame: gpd.GeoDataFrame, role: str) -> CheckedLayer:
    """Take the polygons out of a frame, which must all have an area, be in the area plane, and have different ids.

    Raises
    ------
    CRSMismatchError
        If the frame is not in the area plane.
    GeometryRefusedError
        If an id occurs twice, or a geometry is missing, empty, not a polygon, not finite or without area: it would find nothing, which reads as "no
        conflict".
    """
    require_area_plane(frame)
    return check_polygons(frame.index.to_numpy(dtype=object), frame.geometry.to_numpy(), role)


def check_polygons(ids: GeometryArray, geometries: GeometryArray, role: str) -> CheckedLayer:
    """Take polygons that are known to be in the area plane, which must all have an area and different ids.

    Raises
    ------
    GeometryRefusedError
        As :func:`check_layer`.
    """
    if len(set(ids.tolist())) < len(ids):
        index = pd.Index(ids, dtype=object)
        message = f"The {role} id {index[index.duplicated()][0]!r} occurs more than once."
        raise GeometryRefusedError(message)
    with np.errstate(invalid="ignore"):
        area = shapely.area(geometries)
    kind = shapely.get_type_id(geometries)
    polygonal = (kind == _POLYGON) | (kind == _MULTIPOLYGON)
    refused = np.flatnonzero(~(polygonal & np.isfinite(area) & (area > 0)))
    if len(refused):
        message = (
            f"{len(refused)} {role}(s), the first of them {ids[refused[0]]!r}, are not polygons with an area: "
            "repair or reject them first (see repair_geometries)."
        )
        raise GeometryRefusedError(message)
    if (shapely.get_coordinate_dimension(geometries) > _PLANE).any():
        geometries = shapely.force_2d(geometries)
    return CheckedLayer(ids, geometries, area)


def _groups(ids: GeometryArray, group: pd.Series | npt.NDArray[Any] | None) -> tuple[IntArray, GeometryArray]:
    """Return the number of the group of each constraint, and the value of each group."""
    if group is None:
        return np.arange(len(ids)), ids
    codes, uniques = pd.factorize(group, use_na_sentinel=False)
    return codes.astype(np.int64), np.asarray(uniques, dtype=object)


def _is_box_inside(inner: FloatArray, outer: FloatArray) -> BoolArray:
    """Tell which boxes, shape (n, 4), lie inside of others, off their border."""
    apart = (outer[:, :2] < inner[:, :2]) & (inner[:, 2:] < outer[:, 2:])
    within: BoolArray = apart[:, 0] & apart[:, 1]
    return within


def _prepared(geometries: GeometryArray, at: IntArray) -> GeometryArray:
    """Return prepared copies of geometries, one of each, for every position: the caller's own are not prepared."""
    used, of = np.unique(at, return_inverse=True)
    own = shapely.force_2d(geometries[used])
    shapely.prepare(own)
    prepared: GeometryArray = own[of]
    return prepared


def _invalid_reasons(geometries: GeometryArray) -> dict[int, str]:
    """Return the position of each invalid polygon, with the reason."""
    return {
        int(at): str(shapely.is_valid_reason(geometries[at])) for at in np.flatnonzero(~shapely.is_valid(geometries))
    }
