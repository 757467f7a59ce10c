"""The reference system that a document of GeoJSON names itself."""

from collections.abc import Mapping
from typing import Any


def crs_member(document: Mapping[str, Any]) -> Any:  # noqa: ANN401  whatever was sent
    """Return what the member ``crs`` of GeoJSON before RFC 7946 names, which GDAL writes of projected layers.

    Examples
    --------
    >>> from app.crs_member import crs_member
    >>> crs_member({"crs": {"type": "name", "properties": {"name": "EPSG:4547"}}}), crs_member({"crs": 4547}), crs_member({})
    ('EPSG:4547', 4547, None)
    """
    member = document.get("crs")
    properties = member.get("properties") if isinstance(member, Mapping) else None
    return properties.get("name") if isinstance(properties, Mapping) else member
