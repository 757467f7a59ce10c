"""Deciding for every feature of a delivery whether it is accepted, repaired or rejected: the one place where that is decided."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
import pyproj
import shapely

from gis.area_plane import lie_on_the_globe, project_coordinates
from gis.arrays import BoolArray, FloatArray, GeometryArray, IntArray, all_but
from gis.crs import geographic_coordinates, lie_near_their_zone, to_area_plane, to_geographic
from gis.crs_firewall.grids import grid_of
from gis.crs_firewall.proposal import CRSProposal, apply_proposal
from gis.errors import GeometryRefusedError
from gis.formats.reading import FeatureBatch, unreadable_reason
from gis.gauss_kruger import gauss_kruger_zones
from gis.layer_contracts.columns import as_text, as_texts
from gis.measurement import planar_area_m2
from gis.validation.model import Outcome
from gis.validation.plane_shapes import PlaneShapes
from gis.validity import FaultKind, repair_geometries

__all__ = ["SettledBatch", "Settler", "repeated_names"]

_DIGEST_BYTES: Final = 16
_POLYGONAL: Final = (shapely.GeometryType.POLYGON.value, shapely.GeometryType.MULTIPOLYGON.value)
OUT_OF_PLACE: Final = "out_of_place"
DUPLICATE: Final = "duplicate"


@dataclass(frozen=True)
class SettledBatch:
    """What became of the features of a batch; arrays of length n.

    Attributes
    ----------
    make_geographic, make_geometries : callable
        Return ``geographic`` and ``geometries``: of most features nobody asks for either.
    wkb : ndarray of bytes or None, optional
        ``geometries`` as well-known binary, little-endian. None as a whole where nobody made it.
    plane : PlaneShapes, optional
        The same in the area plane. None as a whole where features are not to be compared with each other.
    outcome : ndarray of str
        The values of :class:`Outcome`.
    reason : ndarray of str
        Kinds of fault joined by ", " that were repaired or led to the rejection; ``duplicate of row 12``; ``out_of_place: …``; empty for an
        accepted feature.
    notes : ndarray of str
        What was left away without touching the area: ``z_dropped`` or empty.
    area_ellipsoid_m2, area_planar_m2 : ndarray of float64
        Of ``geometries``; NaN where rejected.
    area_before_m2 : ndarray of float64
        Ellipsoidal, as the rings were drawn, of repaired features; of rings that cross themselves the signed sum. NaN for all others.
    """

    make_geographic: Callable[[], GeometryArray]
    make_geometries: Callable[[], GeometryArray]
    wkb: GeometryArray | None
    plane: PlaneShapes | None
    outcome: GeometryArray
    reason: GeometryArray
    notes: GeometryArray
    area_ellipsoid_m2: FloatArray
    area_planar_m2: FloatArray
    area_before_m2: FloatArray

    @cached_property
    def geographic(self) -> GeometryArray:
        """As delivered, in (lon, lat), where a polygon may be a multipolygon of one; None where there is none or it cannot be placed."""
        return self.make_geographic()

    @cached_property
    def geometries(self) -> GeometryArray:
        """Valid multipolygons in (lon, lat); None where rejected."""
        return self.make_geometries()

    def count(self, outcome: Outcome) -> int:
        """Return how many features have an outcome."""
        return int((self.outcome == outcome.value).sum())


@dataclass(frozen=True, slots=True)
class _Part:
    """What became of some features of a batch; see :class:`SettledBatch`.

    Attributes
    ----------
    positions : ndarray of int64
        In the batch.
    geographic, geometries : ndarray of geometry or None
        None as well for those whose well-known binary says both.
    bounds : ndarray of float64, shape (m, 4)
        Of ``geometries``.
    drawn_areas : ndarray of float64
        As delivered, in the unit of their reference system.
    """

    positions: IntArray
    geographic: GeometryArray
    geometries: GeometryArray
    wkb: GeometryArray
    plane: PlaneShapes
    bounds: FloatArray
    drawn_areas: FloatArray
    outcome: GeometryArray
    reason: GeometryArray
    notes: GeometryArray
    area_before_m2: FloatArray


@dataclass(slots=True)
class Settler:
    """Settles the batches of one delivery, and remembers what was delivered before.

    Parameters
    ----------
    crs : CRS
        What the features are read in.
    proposal : CRSProposal, optional
        One that was accepted; its axes are applied.
    identity_field : str, optional
        The source field that names a feature. A feature with the same ground and the same name as an earlier one is a repetition and is rejected;
        without a name all attributes have to be the same.
    repeated : set of str, optional
        The names that occur more than once in the delivery, where that is known before: a feature with another one repeats nothing.
    seen : dict
        From the digest of ground and identity to the first row that has it; may be restored to go on after an interruption.
    """

    crs: pyproj.CRS
    proposal: CRSProposal | None = None
    identity_field: str | None = None
    repeated: frozenset[str] | None = None
    seen: dict[bytes, int] = field(default_factory=dict)

    def settle(self, batch: FeatureBatch) -> SettledBatch:
        """Settle one batch.

        Raises
        ------
        CRSRefusedError
        """
        plain = self._settle_plain(batch)
        rest = all_but(plain.positions, len(batch))
        settled = _join(len(batch), plain, self._settle_others(batch, rest)) if len(rest) else plain
        delivered = settled.wkb.copy()
        self._reject_repeats(batch, settled)
        rejected = settled.outcome == Outcome.REJECTED.value
        settled.geometries[rejected] = settled.wkb[rejected] = None
        plane = settled.plane.without(rejected)

        def with_plain(made: GeometryArray, wkb: GeometryArray) -> GeometryArray:
            result = made.copy()
            result[plain.positions] = shapely.from_wkb(wkb[plain.positions])
            return result

        return SettledBatch(
            make_geographic=lambda: with_plain(settled.geographic, delivered),
            make_geometries=lambda: with_plain(settled.geometries, settled.wkb),
            wkb=settled.wkb,
            plane=plane,
            outcome=settled.outcome,
            reason=settled.reason,
            notes=settled.notes,
            area_ellipsoid_m2=plane.areas,
            area_planar_m2=_planar_areas(settled, self.crs),
            area_before_m2=settled.area_before_m2,
        )

    def _settle_plain(self, batch: FeatureBatch) -> _Part:
        """Settle the polygons of one ring that are right, as nearly all are; GEOS is only asked whether those are valid of which that is not plain."""
        positions, drawn = batch.plain_polygons()
        if self.proposal is not None and self.proposal.swap_axes:
            drawn = drawn.moved(drawn.coordinates[:, ::-1])
        placed = drawn.moved(geographic_coordinates(drawn.coordinates, self.crs))
        found = placed.are_finite() & placed.are_closed()
        positions, drawn, placed = positions[found], drawn.chosen(found), placed.chosen(found)
        bounds = placed.bounds()
        usable = lie_on_the_globe(bounds) & lie_near_their_zone(bounds, self.crs)
        positions, drawn, placed = positions[usable], drawn.chosen(usable), placed.chosen(usable)
        bounds = bounds[usable]
        plane = placed.moved(project_coordinates(placed.coordinates))
        wkb = placed.to_wkb(multi=True)
        right = placed.wind_once()
        rest = np.flatnonzero(~right)
        others = placed.chosen(~right)
        right[rest] = shapely.is_valid(shapely.from_wkb(wkb[rest])) & (others.areas() > 0) & ~others.repeat_vertex()
        right &= plane.are_closed()
        if not right.all():
            positions, drawn, plane = positions[right], drawn.chosen(right), plane.chosen(right)
            wkb, bounds = wkb[right], bounds[right]
        return _Part(
            positions=positions,
            geographic=_same(None, len(positions)),
            geometries=_same(None, len(positions)),
            wkb=wkb,
            plane=PlaneShapes.of_plain(plane),
            bounds=bounds,
            drawn_areas=drawn.areas(),
            outcome=_same(Outcome.ACCEPTED.value, len(positions)),
            reason=_same("", len(positions)),
            notes=_same("", len(positions)),
            area_before_m2=np.full(len(positions), np.nan),
        )

    def _settle_others(self, batch: FeatureBatch, positions: IntArray) -> _Part:
        """Settle features whatever they are."""
        raw = batch.geometries_at(positions)
        delivered, refusals = self._deliver(batch.wkb_at(positions), raw)
        geographic = self._place(delivered, refusals)
        geometries, single, outcome, reason = _made_valid(geographic)
        reason = np.where(refusals == "", reason, refusals)
        outcome[refusals != ""] = Outcome.REJECTED.value
        geometries[outcome == Outcome.REJECTED.value] = None
        plane = to_area_plane(np.where(single & ~shapely.is_missing(geometries), geographic, geometries))
        before = np.full(len(positions), np.nan)
        repaired = np.flatnonzero(outcome == Outcome.REPAIRED.value)
        before[repaired] = shapely.area(to_area_plane(geographic[repaired]))
        return _Part(
            positions=positions,
            geographic=geographic,
            geometries=geometries,
            wkb=np.asarray(shapely.to_wkb(geometries, byte_order=1), dtype=object).reshape(-1),
            plane=PlaneShapes.of(plane),
            bounds=shapely.bounds(geometries).reshape(-1, 4),
            drawn_areas=shapely.area(delivered),
            outcome=outcome,
            reason=reason,
            notes=np.where(_has_heights(raw), FaultKind.Z_DROPPED.value, "").astype(object),
            area_before_m2=before,
        )

    def _deliver(self, wkb: GeometryArray, raw: GeometryArray) -> tuple[GeometryArray, GeometryArray]:
        """Return the geometries in their own reference system, None where one cannot be used at all, and why."""
        refusals = np.full(len(raw), "", dtype=object)
        geometries = raw.copy() if self.proposal is None else apply_proposal(raw, self.proposal)
        for position in np.flatnonzero(shapely.is_missing(geometries)).tolist():
            if wkb[position] is not None:
                refusals[position] = unreadable_reason(wkb[position]).replace(" ", "_")
        coordinates, owner = shapely.get_coordinates(geometries, return_index=True)
        for position in np.unique(owner[~np.isfinite(coordinates).all(axis=1)]).tolist():
            geometries[position] = None
            refusals[position] = FaultKind.NON_FINITE.value
        return geometries, refusals

    def _place(self, delivered: GeometryArray, refusals: GeometryArray) -> GeometryArray:
        """Take geometries to longitude and latitude; one that cannot go there is refused by itself."""
        try:
            return to_geographic(delivered, self.crs)
        except GeometryRefusedError:
            return _place_each(delivered, self.crs, refusals)

    def _reject_repeats(self, batch: FeatureBatch, settled: _Part) -> None:
        """Reject what an earlier row says already; the same ground with something else to say of it is kept, somebody has to decide."""
        usable = self._may_repeat(batch, np.flatnonzero(settled.outcome != Outcome.REJECTED.value))
        ground = shapely.to_wkb(shapely.normalize(shapely.from_wkb(settled.wkb[usable])))
        for position, wkb in zip(usable.tolist(), ground, strict=True):
            identity = _identity(batch.attributes[position], self.identity_field)
            digest = hashlib.blake2b(wkb + identity.encode(errors="surrogatepass"), digest_size=_DIGEST_BYTES).digest()
            row = batch.first_row + position
            earlier = self.seen.setdefault(digest, row)
            if earlier != row:
                settled.outcome[position] = Outcome.REJECTED.value
                settled.reason[position] = f"{DUPLICATE} of row {earlier}"

    def _may_repeat(self, batch: FeatureBatch, positions: IntArray) -> IntArray:
        """Leave out the features whose name no other has."""
        if self.repeated is None or self.identity_field is None:
            return positions
        values = [batch.attributes[position].get(self.identity_field) for position in positions.tolist()]
        return positions[[name is None or name in self.repeated for name in as_texts(values)]]


def repeated_names(values: Iterable[Any]) -> frozenset[str]:
    """Return the names that occur more than once among the values of the field that names features.

    Examples
    --------
    >>> from gis.validation.settling import repeated_names
    >>> sorted(repeated_names(["a", "b", " a", 7, 7.0, None, None]))
    ['7', 'a']
    """
    names = pd.Series([name for name in as_texts(list(values)) if name is not None], dtype=object)
    return frozenset(names[names.duplicated()])


def reason_kinds(reason: str) -> Sequence[str]:
    """Take the kinds of fault out of a reason.

    Examples
    --------
    >>> from gis.validation.settling import reason_kinds
    >>> reason_kinds("spike, repeated_point"), reason_kinds("duplicate of row 12"), reason_kinds("")
    (['spike', 'repeated_point'], ['duplicate'], [])
    """
    for single in (DUPLICATE, OUT_OF_PLACE):
        if reason.startswith(single):
            return [single]
    return reason.split(", ") if reason else []


def _identity(attributes: Mapping[str, Any], identity_field: str | None) -> str:
    named = None if identity_field is None else as_text(attributes.get(identity_field))
    return named or json.dumps(attributes, default=str, ensure_ascii=False)


def _place_each(geometries: GeometryArray, crs: pyproj.CRS, refusals: GeometryArray) -> GeometryArray:
    placed = np.full(len(geometries), None, dtype=object)
    for position, geometry in enumerate(geometries):
        try:
            placed[position] = to_geographic([geometry], crs)[0]
        except GeometryRefusedError as error:
            refusals[position] = f"{OUT_OF_PLACE}: {error}"
    return placed


def _made_valid(geographic: GeometryArray) -> tuple[GeometryArray, BoolArray, GeometryArray, GeometryArray]:
    """Repair geometries; those that are plainly right, as nearly all are, are told at a glance and only wrapped, which the second array says."""
    right = _is_plainly_right(geographic)
    geometries = np.full(len(geographic), None, dtype=object)
    outcome = np.full(len(geographic), Outcome.ACCEPTED.value, dtype=object)
    reason = np.full(len(geographic), "", dtype=object)
    single = right & (shapely.get_type_id(geographic) == shapely.GeometryType.POLYGON.value)
    geometries[right] = geographic[right]
    if single.any():
        geometries[single] = shapely.multipolygons(geographic[single], indices=np.arange(single.sum()))
    report = repair_geometries(geographic[~right])
    geometries[~right], outcome[~right], reason[~right] = report.geometries, report.outcome, report.reason
    return geometries, single, outcome, reason


def _is_plainly_right(geographic: GeometryArray) -> BoolArray:
    """Tell which are valid polygons with an area in which no vertex occurs twice in a row."""
    polygonal = np.isin(shapely.get_type_id(geographic), _POLYGONAL)
    with np.errstate(invalid="ignore"):
        right: BoolArray = polygonal & shapely.is_valid(geographic) & (shapely.area(geographic) > 0)
    coordinates, owner = shapely.get_coordinates(geographic, return_index=True)
    # Where a ring ends another may begin at the same place: those few are looked at closely as well.
    repeated = (owner[1:] == owner[:-1]) & (coordinates[1:] == coordinates[:-1]).all(axis=1)
    right[owner[1:][repeated]] = False
    return right


def _join(count: int, *parts: _Part) -> _Part:
    """Put parts together as a batch."""
    whole: dict[str, Any] = {}
    for name in ("geographic", "geometries", "wkb", "outcome", "reason", "notes"):
        whole[name] = np.full(count, None, dtype=object)
    for name in ("drawn_areas", "area_before_m2"):
        whole[name] = np.full(count, np.nan)
    whole["bounds"] = np.full((count, 4), np.nan)
    for name, values in whole.items():
        for part in parts:
            values[part.positions] = getattr(part, name)
    plane = PlaneShapes.placed(count, [(part.positions, part.plane) for part in parts])
    return _Part(positions=np.arange(count), plane=plane, **whole)


def _same(value: str | None, count: int) -> GeometryArray:
    return np.full(count, value, dtype=object)


def _planar_areas(settled: _Part, crs: pyproj.CRS) -> FloatArray:
    """Measure features in their zone of the national grid; those that came in it and were left as they are need no projection."""
    areas = np.full(len(settled.positions), np.nan)
    as_delivered = np.zeros(len(areas), dtype=bool)
    grid = grid_of(crs)
    if grid is not None:
        own = settled.outcome == Outcome.ACCEPTED.value
        zones = gauss_kruger_zones((settled.bounds[own, 0] + settled.bounds[own, 2]) / 2)
        as_delivered[own] = zones * 3 == grid.central_meridian
        areas[as_delivered] = settled.drawn_areas[as_delivered]
    areas[~as_delivered] = planar_area_m2(shapely.from_wkb(settled.wkb[~as_delivered]))
    return areas


def _has_heights(geometries: GeometryArray) -> BoolArray:
    heights: BoolArray = shapely.has_z(geometries) | shapely.has_m(geometries)
    return heights
