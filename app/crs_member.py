"""The reference system that a document of GeoJSON names itself."""

from collections.abc import Iterator, Mapping
from typing import Any


def crs_members(document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield where an object of GeoJSON names a system, and what it names: itself, and its geometry if it is a feature.

    The member ``crs`` is of GeoJSON before RFC 7946. GDAL writes it of projected layers, and ``ST_AsGeoJSON`` into each geometry that is not in EPSG:4326.
    A member that is null names nothing.

    Examples
    --------
    >>> from app.crs_member import crs_members
    >>> list(crs_members({"crs": {"type": "name", "properties": {"name": "EPSG:4547"}}, "geometry": {"crs": 4547}}))
    [('crs', 'EPSG:4547'), ('geometry.crs', 4547)]
    >>> list(crs_members({"crs": {"type": "link", "properties": {"href": "x"}}})), list(crs_members({"crs": None}))
    ([('crs', {'type': 'link', 'properties': {'href': 'x'}})], [])
    """
    for where, thing in (("crs", document), ("geometry.crs", document.get("geometry"))):
        member = thing.get("crs") if isinstance(thing, Mapping) else None
        if member is not None:
            properties = member.get("properties") if isinstance(member, Mapping) else None
            name = properties.get("name") if isinstance(properties, Mapping) else None
            yield where, member if name is None else name
