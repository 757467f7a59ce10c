"""``filter``, ``filter-lang`` and ``filter-crs`` (OGC API - Features Part 3): which features of a collection a filter wants."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

import pyproj
import shapely
from fastapi import Depends, Query
from pyproj.exceptions import CRSError
from sqlalchemy import ColumnElement

from app.ogc.catalog import Collection
from app.ogc.constants import CRS84
from app.ogc.cql2 import FilterError, FilterLanguage, Kind, Operand, compile_filter, parse_filter
from app.ogc.schema import GEOMETRY, PropertyType
from app.problems import InvalidParameterError
from gis.crs import to_geographic
from gis.errors import GisError

__all__ = ["SEARCH_PARAMETERS", "RequestedSearch", "Search"]

SEARCH_PARAMETERS: Final = ("filter", "filter-lang", "filter-crs")
_EPSG: Final = re.compile(r"(?:http://www\.opengis\.net/def/crs/EPSG/[^/]+/|EPSG:|\[EPSG:)(\d{4,6})\]?", re.ASCII)
#: CGCS2000 and WGS 84: what the storage has, or an exact way to it.
_GEOGRAPHIC: Final = frozenset({4326, 4490})
_PROJECTED: Final = frozenset({3857, *range(4513, 4555)})
_KINDS: Final = {
    PropertyType.STRING: Kind.TEXT,
    PropertyType.NUMBER: Kind.NUMBER,
    PropertyType.INTEGER: Kind.NUMBER,
    PropertyType.DATE: Kind.DATE,
}


@dataclass(frozen=True, slots=True)
class Search:
    """A filter as it came."""

    text: str
    language: FilterLanguage
    crs: pyproj.CRS | None

    def condition(self, collection: Collection, *, has_key: bool, srid: int) -> ColumnElement[bool]:
        """Compile the filter for a collection.

        Raises
        ------
        InvalidParameterError
        """
        resolver = CollectionResolver(collection, has_key, srid, self.crs)
        try:
            return compile_filter(parse_filter(self.text, self.language), resolver)
        except FilterError as error:
            raise InvalidParameterError("filter", str(error)) from error


@dataclass(frozen=True, slots=True)
class CollectionResolver:
    """The queryables of a collection, and its geometry."""

    collection: Collection
    has_key: bool
    srid: int
    crs: pyproj.CRS | None = None

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether a box may have its west beyond its east."""
        return self.crs is None

    def find(self, name: str) -> Operand | None:
        """Return a queryable by its name."""
        schema = self.collection.schema
        if name == GEOMETRY:
            return Operand(Kind.GEOMETRY, schema.model.geom.expression)
        found = next((item for item in schema.queryables(has_key=self.has_key) if item.name == name), None)
        if found is None:
            return None
        return Operand(_KINDS[found.type], cast("ColumnElement[Any]", self.collection.expression(found)))

    def names(self) -> Sequence[str]:
        """Return the names of all queryables."""
        return [GEOMETRY, *(item.name for item in self.collection.schema.queryables(has_key=self.has_key))]

    def stored(self, geometry: shapely.Geometry) -> shapely.Geometry:
        """Return a geometry of the filter in longitude and latitude.

        Raises
        ------
        FilterError
            It lies where its reference system has no place for it.
        """
        if self.crs is None:
            return geometry
        if _is_north_first(self.crs):
            geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
        try:
            placed: shapely.Geometry = to_geographic([geometry], self.crs)[0]
        except GisError as error:
            raise FilterError(f"A geometry of the filter cannot be placed: {error}") from error
        return placed


async def read_search(
    filter_: Annotated[
        str | None,
        Query(
            alias="filter", description="A condition in CQL2 over the queryables, for example land_use_code LIKE '06%'."
        ),
    ] = None,
    filter_lang: Annotated[
        FilterLanguage, Query(alias="filter-lang", description="How `filter` is written.")
    ] = FilterLanguage.TEXT,
    filter_crs: Annotated[
        str | None, Query(alias="filter-crs", description="Reference system of geometries in `filter`, a URI; CRS84.")
    ] = None,
) -> Search | None:
    """Read the parameters of a filter.

    Raises
    ------
    InvalidParameterError
    """
    crs = None if filter_crs is None else _filter_crs(filter_crs)
    return None if filter_ is None else Search(filter_, filter_lang, crs)


RequestedSearch = Annotated[Search | None, Depends(read_search)]


def _filter_crs(text: str) -> pyproj.CRS | None:
    if text == CRS84:
        return None
    found = _EPSG.fullmatch(text)
    code = 0 if found is None else int(found[1])
    if code not in _GEOGRAPHIC | _PROJECTED:
        raise InvalidParameterError(
            "filter-crs",
            f"{text!r} is not supported; CRS84 is, and http://www.opengis.net/def/crs/EPSG/0/ with 4326, 4490, 3857 and the "
            "zones of CGCS2000 from 4513 to 4554.",
        )
    try:
        return pyproj.CRS.from_epsg(code)
    except CRSError as error:
        raise InvalidParameterError("filter-crs", f"EPSG:{code} is not known here: {error}.") from error


def _is_north_first(crs: pyproj.CRS) -> bool:
    """Whether the authority writes the northing or the latitude first."""
    return crs.axis_info[0].direction == "north"
