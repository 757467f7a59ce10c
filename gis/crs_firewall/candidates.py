"""The reference systems that explain how coordinates are written and where they must lie."""

from typing import Final

import numpy as np
import pyproj

from gis.arrays import FloatArray
from gis.crs import geographic_coordinates
from gis.crs_firewall.grids import plain_grid_epsg, prefixed_grid_epsg
from gis.crs_firewall.places import ExpectedPlace
from gis.crs_firewall.proposal import CRSProposal
from gis.crs_firewall.wording import shown_extent, shown_range
from gis.crs_firewall.writing import Writing, WrittenBounds

__all__ = ["plain_zones_within", "propose", "to_lon_lat", "to_lon_lats"]

_MERIDIANS: Final = range(75, 136, 3)


def propose(written: WrittenBounds, expected: ExpectedPlace | None) -> CRSProposal | None:
    """Propose the one reference system that explains the coordinates.

    Parameters
    ----------
    written : WrittenBounds
    expected : ExpectedPlace, optional
        Needed for eastings without a zone number, which fit every zone.

    Returns
    -------
    CRSProposal or None
        None where nothing or more than one system fits.
    """
    way = written.writing
    if way is None or way is Writing.OTHER_METRES:
        return None
    shown = shown_range(written.bounds)
    swapped_zh = "，且须交换 x、y" if way.is_swapped else ""
    swapped_en = ", with x and y swapped" if way.is_swapped else ""
    if way.is_degrees:
        return CRSProposal(
            4490,
            way.is_swapped,
            f"坐标 {shown} 在经纬度范围内{swapped_zh}；假定为 CGCS2000。",
            f"The coordinates, {shown}, are longitudes and latitudes{swapped_en}; CGCS2000 is assumed.",
        )
    if way.has_zone:
        return _by_number(written, shown, swapped_zh, swapped_en)
    fitting = plain_zones_within(written, expected)
    if len(fitting) != 1 or expected is None:
        return None
    epsg = plain_grid_epsg(fitting[0])
    assert epsg is not None  # noqa: S101 - every meridian of the grid has one
    where = shown_extent(expected.bounds)
    return CRSProposal(
        epsg,
        way.is_swapped,
        f"只有中央经线 {fitting[0]}° 使坐标 {shown} 落在{expected.where_zh}（{where}）{swapped_zh}；假定为 CGCS2000。",
        f"Only the central meridian {fitting[0]}° brings the coordinates, {shown}, into {expected.where_en} ({where}){swapped_en}; CGCS2000 is assumed.",
    )


def _by_number(written: WrittenBounds, shown: str, swapped_zh: str, swapped_en: str) -> CRSProposal | None:
    zones = written.zones
    epsg = prefixed_grid_epsg(zones[0])
    if epsg is None or len(zones) > 1 or written.writing is None:
        return None
    return CRSProposal(
        epsg,
        written.writing.is_swapped,
        f"坐标 {shown} 的东坐标带有带号 {zones[0]}{swapped_zh}；假定为 CGCS2000。",
        f"The eastings of {shown} carry the zone number {zones[0]}{swapped_en}; CGCS2000 is assumed.",
    )


def plain_zones_within(written: WrittenBounds, expected: ExpectedPlace | None) -> list[int]:
    """List the central meridians that bring eastings without a zone number into the expected place.

    A zone is 3 degrees wide, so that of several that fit only those are taken in which the layer lies within a zone and a half of the meridian.
    """
    if expected is None or written.writing is None:
        return []
    x, y = written.centre
    east, north = (y, x) if written.writing.is_swapped else (x, y)
    fitting = []
    for meridian in _MERIDIANS:
        epsg = plain_grid_epsg(meridian)
        assert epsg is not None  # noqa: S101 - every meridian of the grid has one
        lon, lat = to_lon_lat(pyproj.CRS.from_epsg(epsg), east, north)
        if np.isfinite([lon, lat]).all() and expected.holds(lon, lat):
            fitting.append(meridian)
    return fitting


def to_lon_lat(crs: pyproj.CRS, x: float, y: float) -> tuple[float, float]:
    """Take one place of a reference system to longitude and latitude in degrees; infinite where that is impossible; its datum was looked at before."""
    lon, lat = to_lon_lats(crs, np.array([[x, y]]))[0]
    return float(lon), float(lat)


def to_lon_lats(crs: pyproj.CRS, places: FloatArray) -> FloatArray:
    """Take places, shape (n, 2), to longitude and latitude in degrees; infinite where that is impossible; its datum was looked at before."""
    return geographic_coordinates(places, crs)
