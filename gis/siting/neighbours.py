"""Sites and the objects near them, each pair in the metres of the site's own Gauss-Krueger zone.

A long object is cut to the neighbourhood of the site before it is projected: a railway of 500 km has no zone, a site has one.
The edges of both are straight in the area plane, as everywhere in the engine, and are projected with vertices every
``LONGEST_EDGE_M``, so that they stay within a millimetre of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import geopandas as gpd
import numpy as np
import shapely

from gis.arrays import FloatArray, GeometryArray, IntArray
from gis.boundary_band import widened_bounds
from gis.crs import from_area_plane, project_geometries, require_area_plane, to_area_plane, to_geographic
from gis.errors import GeometryRefusedError
from gis.gauss_kruger import gauss_kruger_crs, gauss_kruger_zones
from gis.siting.scale import point_scale

__all__ = ["FARTHEST_M", "LONGEST_EDGE_M", "Neighbours", "SiteZones", "find_neighbours", "object_widths"]

#: The scale of a projection changes with the place; farther than this it is not the site's any more to 1e-4.
FARTHEST_M: Final = 20_000.0
LONGEST_EDGE_M: Final = 200.0


@dataclass(frozen=True, slots=True)
class SiteZones:
    """The zone of each site by the middle of its bounds, and the scale of the projection there.

    Attributes
    ----------
    zone : ndarray of int64, shape (n,)
    scale : ndarray of float64, shape (n,)
        Metres of the projection for a metre on the ellipsoid.
    """

    zone: IntArray
    scale: FloatArray

    @classmethod
    def of(cls, sites: GeometryArray) -> "SiteZones":
        """Find the zones of geometries of the area plane."""
        bounds = shapely.bounds(sites)
        centre = from_area_plane(shapely.points((bounds[:, :2] + bounds[:, 2:]) / 2))
        lon, lat = shapely.get_coordinates(centre).T
        zone = gauss_kruger_zones(lon)
        return cls(zone, point_scale(lon, lat, zone))

    def take(self, rows: IntArray) -> "SiteZones":
        """Return the zones of some sites, in the order of ``rows``."""
        return SiteZones(self.zone[rows], self.scale[rows])

    def project(self, geometries: GeometryArray) -> GeometryArray:
        """Take geometries of the area plane, one for each site, into the metres of their zones."""
        vertices = shapely.segmentize(geometries, LONGEST_EDGE_M)
        return self._by_zone(
            from_area_plane(vertices), lambda some, zone: project_geometries(some, gauss_kruger_crs(zone))
        )

    def unproject(self, geometries: GeometryArray) -> GeometryArray:
        """Take geometries in the metres of their zones back into the area plane."""
        vertices = shapely.segmentize(geometries, LONGEST_EDGE_M)
        return to_area_plane(self._by_zone(vertices, lambda some, zone: to_geographic(some, gauss_kruger_crs(zone))))

    def _by_zone(self, array: GeometryArray, function: Callable[[GeometryArray, int], GeometryArray]) -> GeometryArray:
        result = np.empty(len(array), dtype=object)
        for zone in np.unique(self.zone):
            members = self.zone == zone
            result[members] = function(array[members], int(zone))
        return result


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Pairs of a site and an object whose neighbourhoods meet.

    Attributes
    ----------
    site, object : ndarray of int64, shape (p,)
        Positions in their frames, ordered by site, then by object.
    zones : SiteZones
        Of the site of each pair.
    site_local, object_local : ndarray of geometry, shape (p,)
        In the metres of that zone; the object as far as the site's neighbourhood goes.
    """

    site: IntArray
    object: IntArray
    zones: SiteZones
    site_local: GeometryArray
    object_local: GeometryArray


def find_neighbours(sites: gpd.GeoDataFrame, objects: gpd.GeoDataFrame, reach_m: FloatArray) -> Neighbours:
    """Pair sites with the objects that may lie within a reach of them.

    Parameters
    ----------
    sites, objects : GeoDataFrame
        In the area plane, valid and not empty, ids without repetition. Z is dropped.
    reach_m : ndarray of float64, shape (m,)
        For each object, in metres on the ground; up to ``FARTHEST_M``.

    Raises
    ------
    CRSMismatchError
    GeometryRefusedError
        For a geometry that is missing, empty or not valid, and an id that occurs twice.
    ValueError
        For a reach that is no number from 0 to ``FARTHEST_M``.
    """
    site_geometries, object_geometries = _geometries(sites, "site"), _geometries(objects, "object")
    if not ((reach_m >= 0) & (reach_m <= FARTHEST_M)).all():
        raise ValueError(
            f"a distance is asked for within 0 to {FARTHEST_M:.0f} m, got {reach_m.min()} to {reach_m.max()}"
        )
    if not (len(site_geometries) and len(object_geometries)):
        none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=object)
        return Neighbours(none, none, SiteZones(none, np.zeros(0)), nothing, nothing)
    # The neighbourhood is a little wider than asked for: its edge must not be taken for the object's.
    window_bounds = widened_bounds(site_geometries, float(reach_m.max()) * 1.01 + 1.0)
    windows: GeometryArray = np.asarray(shapely.box(*window_bounds.T), dtype=object)
    site, found = shapely.STRtree(object_geometries).query(windows, predicate="intersects")
    order = np.lexsort((found, site))
    site, found = site[order].astype(np.int64), found[order].astype(np.int64)
    zones = SiteZones.of(site_geometries)
    local_sites = zones.project(site_geometries)
    near = _cut_to(object_geometries[found], windows[site])
    pair_zones = zones.take(site)
    return Neighbours(site, found, pair_zones, local_sites[site], pair_zones.project(near))


def object_widths(objects: gpd.GeoDataFrame, width: str | None) -> tuple[FloatArray, FloatArray]:
    """Return half of the width to take off for each object, and whether a width is known, both for lines and points only.

    Parameters
    ----------
    width : str or None
        Column with the width of the object's land in metres, NaN where unknown.

    Returns
    -------
    half_width_m : ndarray of float64, shape (m,)
        0 for polygons and where the width is not known.
    known : ndarray of bool, shape (m,)

    Raises
    ------
    ValueError
        For a negative width.
    """
    is_line = shapely.get_dimensions(objects.geometry.to_numpy()) < 2
    if width is None:
        return np.zeros(len(objects)), np.zeros(len(objects), dtype=bool)
    widths = objects[width].to_numpy(dtype=np.float64)
    if (widths < 0).any():
        raise ValueError(f"object {objects.index[int(np.argmax(widths < 0))]!r} has a negative width")
    known = is_line & np.isfinite(widths)
    return np.where(known, widths / 2, 0.0), known


def _geometries(frame: gpd.GeoDataFrame, role: str) -> GeometryArray:
    require_area_plane(frame)
    if not frame.index.is_unique:
        raise GeometryRefusedError(f"The {role} id {frame.index[frame.index.duplicated()][0]!r} occurs more than once.")
    geometries: GeometryArray = frame.geometry.to_numpy()
    usable = ~(shapely.is_missing(geometries) | shapely.is_empty(geometries)) & shapely.is_valid(geometries)
    if not usable.all():
        first = frame.index[int(np.argmin(usable))]
        raise GeometryRefusedError(f"The {role} {first!r} is missing, empty or not valid: it would be near nothing.")
    return shapely.force_2d(geometries)


def _cut_to(geometries: GeometryArray, windows: GeometryArray) -> GeometryArray:
    """Cut geometries to their windows where they reach beyond them."""
    inner, outer = shapely.bounds(geometries), shapely.bounds(windows)
    beyond = (inner[:, :2] < outer[:, :2]).any(axis=1) | (inner[:, 2:] > outer[:, 2:]).any(axis=1)
    cut = geometries.copy()
    cut[beyond] = shapely.intersection(geometries[beyond], windows[beyond])
    return cut
