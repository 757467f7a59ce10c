"""Between the zone's own coordinates and those in which the layers are delivered.

Inside the generator a place is a pair of whole millimetres (easting, northing) in CGCS2000 / 3-degree Gauss-Krueger
CM 114E (EPSG:4547), so that neighbours share vertices exactly.
"""

from collections.abc import Iterable
from functools import lru_cache

import pyproj

from sample_layers.truth import Point

Millimetres = tuple[int, int]

GAUSS_KRUGER = 4547
GAUSS_KRUGER_PREFIXED = 4526
GEOGRAPHIC = 4490

# EPSG:4526 is EPSG:4547 with the zone number 38 written before the easting.
_PREFIX_MM = 38_000_000_000


def metres(places: Iterable[Millimetres]) -> list[Point]:
    """Return places as metres in EPSG:4547.

    Examples
    --------
    >>> from sample_layers.projection import metres
    >>> metres([(409706210, 3125381910)])
    [(409706.21, 3125381.91)]
    """
    return [(east / 1000, north / 1000) for east, north in places]


def prefixed(places: Iterable[Millimetres]) -> list[Point]:
    """Return places as metres in EPSG:4526, the zone number before the easting.

    Examples
    --------
    >>> from sample_layers.projection import prefixed
    >>> prefixed([(409706210, 3125381910)])
    [(38409706.21, 3125381.91)]
    """
    return [((_PREFIX_MM + east) / 1000, north / 1000) for east, north in places]


def degrees(places: Iterable[Millimetres], places_after_point: int | None = None) -> list[Point]:
    """Return places as (longitude, latitude) in EPSG:4490.

    Parameters
    ----------
    places : iterable of (easting, northing)
        Millimetres.
    places_after_point : int, optional
        Decimals that the delivery keeps; all of them by default. Nine are a tenth of a millimetre.

    Returns
    -------
    list of (lon, lat)

    Examples
    --------
    >>> from sample_layers.projection import degrees
    >>> degrees([(409706210, 3125381910)], places_after_point=6)
    [(113.08, 28.24)]
    """
    plain = metres(places)
    if not plain:
        return []
    eastings, northings = zip(*plain, strict=True)
    lons, lats = _unproject().transform(eastings, northings)
    pairs = zip(lons, lats, strict=True)
    if places_after_point is None:
        return [(float(lon), float(lat)) for lon, lat in pairs]
    return [(round(lon, places_after_point), round(lat, places_after_point)) for lon, lat in pairs]


def source_ring(places: Iterable[Millimetres], epsg: int) -> list[Point]:
    """Return places in the coordinates of a delivery.

    Parameters
    ----------
    places : iterable of (easting, northing)
        Millimetres.
    epsg : int
        4547, 4526 or 4490.

    Returns
    -------
    list of (x, y)
        x is the easting or the longitude.

    Examples
    --------
    >>> from sample_layers.projection import source_ring
    >>> source_ring([(1000, 2000)], 4547)
    [(1.0, 2.0)]
    """
    return {GAUSS_KRUGER: metres, GAUSS_KRUGER_PREFIXED: prefixed, GEOGRAPHIC: degrees}[epsg](places)


@lru_cache(maxsize=1)
def _unproject() -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(GAUSS_KRUGER, GEOGRAPHIC, always_xy=True)
