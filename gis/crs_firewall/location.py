"""Where the declared reference system puts a layer, against its area of use, the expected place and a reference of the same ground."""

from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

import numpy as np
import pyproj
import shapely

from gis.arrays import FloatArray, GeometryInput, as_geometry_array
from gis.crs import to_geographic
from gis.crs_firewall.candidates import plain_zones_within, propose, to_lon_lat, to_lon_lats
from gis.crs_firewall.grids import grid_of, plain_grid_epsg
from gis.crs_firewall.places import Bounds, ExpectedPlace
from gis.crs_firewall.proposal import CRSProposal
from gis.crs_firewall.shift import Shift, estimate_shift
from gis.crs_firewall.wording import shown_epsg, shown_extent, shown_place
from gis.crs_firewall.writing import WrittenBounds
from gis.errors import GeometryRefusedError
from gis.validation.model import Fault, describe_fault
from gis.validation.severity import Severity

__all__ = ["Reference", "find_location_faults"]

#: Polygons of the same ground in (lon, lat), or what finds them around a place.
Reference: TypeAlias = GeometryInput | Callable[[shapely.Point], GeometryInput]

# A county beside the edge of a zone is often delivered whole in one zone.
_BEYOND_ZONE_DEG: Final = 1.5
_BEYOND_AREA_DEG: Final = 1.0
# Between so many places along a side of a box as large as a zone, the side is bent by less than this.
_ALONG_A_SIDE: Final = 33
_BENT_DEG: Final = 0.25
# Shorter displacements are differences of drawing, longer ones of the reference system.
_SHORTEST_SHIFT_M: Final = 5.0
_COMPARED: Final = 2_000


def find_location_faults(
    declared: pyproj.CRS,
    written: WrittenBounds,
    expected: ExpectedPlace | None,
    *,
    geometries: GeometryInput,
    reference: Reference,
) -> tuple[list[Fault], CRSProposal | None]:
    """Find out whether a layer lies where it can and should lie.

    Returns
    -------
    list of Fault
        The first that is found, since each explains the next.
    CRSProposal or None
    """
    lon, lat = to_lon_lat(declared, *written.centre)
    if expected is not None and np.isfinite([lon, lat]).all() and not expected.holds(lon, lat):
        return _misplaced(declared, written, expected, (lon, lat))
    outside = _outside_area_of_use(declared, (lon, lat), written)
    if outside is not None:
        return [outside], None if declared.is_geographic else propose(written, expected)
    strays = list(_strays(declared, written))
    return [*strays, *_shift_faults(declared, geometries, reference)], None


def _misplaced(
    declared: pyproj.CRS, written: WrittenBounds, expected: ExpectedPlace, place: tuple[float, float]
) -> tuple[list[Fault], CRSProposal | None]:
    said = {"crs": declared.name, "where_zh": expected.where_zh, "where_en": expected.where_en}
    found, wanted = shown_place(*place), shown_extent(expected.bounds)
    grid = grid_of(declared)
    fitting = [] if grid is None or grid.zone is not None else plain_zones_within(written, expected)
    if not fitting:
        return [describe_fault("crs_outside_expected", found=found, expected=wanted, values=said)], None
    zones = "; ".join(shown_epsg(plain_grid_epsg(meridian)) for meridian in fitting)
    fault = describe_fault("crs_wrong_zone", found=found, expected=f"{wanted}: {zones}", values=said)
    return [fault], propose(written, expected)


def _outside_area_of_use(declared: pyproj.CRS, place: tuple[float, float], written: WrittenBounds) -> Fault | None:
    area, margin = _area_of_use(declared)
    if area is None:
        return None
    west, south, east, north = area
    lon, lat = place
    if west - margin <= lon <= east + margin and south - margin <= lat <= north + margin:
        return None
    said = {"crs": declared.name, "reason_zh": "", "reason_en": ""}
    shown = (
        shown_place(lon, lat)
        if np.isfinite([lon, lat]).all()
        else f"x {written.centre[0]:.0f}, y {written.centre[1]:.0f}"
    )
    # Between the geographic systems of CGCS2000 and WGS 84 nothing is computed, so nothing is computed wrongly.
    severity = Severity.WARNING if declared.is_geographic else Severity.ERROR
    return describe_fault(
        "crs_outside_area_of_use", severity=severity, found=shown, expected=shown_extent(area), values=said
    )


def _strays(declared: pyproj.CRS, written: WrittenBounds) -> Iterator[Fault]:
    """Find single features outside the area of use in which the others lie."""
    if declared.is_geographic:
        return
    area, margin = _area_of_use(declared)
    if area is None:
        return
    centres = (written.bounds[:, :2] + written.bounds[:, 2:]) / 2
    west, south, east, north = area
    low, high = np.array([west, south]) - margin, np.array([east, north]) + margin
    frame = to_lon_lats(declared, _frame_around(centres))
    if ((frame >= low + _BENT_DEG) & (frame <= high - _BENT_DEG)).all():
        # What is around all of them lies within it.
        return
    places = to_lon_lats(declared, centres)
    for position in np.flatnonzero(~((places >= low) & (places <= high)).all(axis=1)).tolist():
        x, y = centres[position]
        yield describe_fault(
            "crs_outside_area_of_use",
            severity=Severity.WARNING,
            source_row=int(written.rows[position]),
            found=f"x {x:.0f}, y {y:.0f}",
            expected=shown_extent(area),
            values={
                "crs": declared.name,
                "reason_zh": "其他要素在范围内。",
                "reason_en": "The other features lie within it.",
            },
        )


def _frame_around(points: FloatArray) -> FloatArray:
    """Return places along the sides of the box around some points, shape (n, 2)."""
    (west, east), (south, north) = ((column.min(), column.max()) for column in points.T)
    x, y = np.linspace(west, east, _ALONG_A_SIDE), np.linspace(south, north, _ALONG_A_SIDE)
    return np.concatenate(
        [np.column_stack([x, np.full_like(x, side)]) for side in (south, north)]
        + [np.column_stack([np.full_like(y, side), y]) for side in (west, east)]
    )


def _area_of_use(declared: pyproj.CRS) -> tuple[Bounds | None, float]:
    # A geographic system is no zone of a grid, and to look one up takes as long as to write its definition.
    grid = None if declared.is_geographic else grid_of(declared)
    if grid is not None:
        half = grid.width_deg / 2
        # EPSG gives the land of China within each zone; a zone itself reaches over all its latitudes.
        return (grid.central_meridian - half, 3.0, grid.central_meridian + half, 54.0), _BEYOND_ZONE_DEG
    area = declared.area_of_use
    if area is None or area.east < area.west:
        return None, 0.0
    return (area.west, area.south, area.east, area.north), _BEYOND_AREA_DEG


def _shift_faults(declared: pyproj.CRS, geometries: GeometryInput, reference: Reference) -> Iterator[Fault]:
    if reference is None or geometries is None:
        return
    sample = as_geometry_array(geometries)[:_COMPARED]
    try:
        layer = to_geographic(sample[~shapely.is_missing(sample)], declared)
    except GeometryRefusedError:
        return
    corners = shapely.get_coordinates(layer)
    if len(corners) == 0:
        return
    middle = shapely.Point(np.median(corners, axis=0))
    shift = estimate_shift(layer, reference(middle) if callable(reference) else reference)
    if shift is None or shift.length_m < _SHORTEST_SHIFT_M:
        return
    kind = {"gcj02": "crs_gcj02_shift", "bd09": "crs_bd09_shift", None: "crs_unexplained_shift"}[shift.explained_by]
    yield describe_fault(kind, found=_shown_shift(shift), expected=_shown_shift(shift) if shift.explained_by else "0")


def _shown_shift(shift: Shift) -> str:
    return f"{shift.length_m:.0f} (E {shift.east_m:+.0f}, N {shift.north_m:+.0f})"
