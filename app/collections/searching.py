"""``filter``, ``filter-lang`` and ``filter-crs`` (OGC API - Features Part 3): which features of a collection a filter wants."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, cast

import shapely
from fastapi import Depends, Query
from sqlalchemy import ColumnElement

from app.collections.boxes import lies_beyond_the_poles
from app.collections.catalog import Collection
from app.collections.cql2 import FilterError, FilterLanguage, Kind, Operand, compile_filter, parse_filter
from app.collections.reference_systems import ReferenceSystem, find_reference_system
from app.collections.schema import GEOMETRY, PropertyType
from app.problems import InvalidParameterError
from gis.crs import to_geographic
from gis.errors import GisError

__all__ = ["SEARCH_PARAMETERS", "RequestedSearch", "Search", "read_filter"]

SEARCH_PARAMETERS: Final = ("filter", "filter-lang", "filter-crs")
# What the column is called in a GeoPackage; filters that were written for one are understood.
_STORED_GEOMETRY: Final = "geom"
_KINDS: Final = {
    PropertyType.STRING: Kind.TEXT,
    PropertyType.NUMBER: Kind.NUMBER,
    PropertyType.INTEGER: Kind.NUMBER,
    PropertyType.BOOLEAN: Kind.BOOLEAN,
    PropertyType.DATE: Kind.DATE,
    PropertyType.TIMESTAMP: Kind.TIMESTAMP,
}


@dataclass(frozen=True, slots=True)
class Search:
    """A filter as it came."""

    text: str
    language: FilterLanguage
    crs: ReferenceSystem

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
    crs: ReferenceSystem

    @property
    def crosses_antimeridian(self) -> bool:
        """Whether a box may have its west beyond its east."""
        return self.crs.definition is None

    def find(self, name: str) -> Operand | None:
        """Return a queryable by its name."""
        schema = self.collection.schema
        if name == GEOMETRY:
            return Operand(Kind.GEOMETRY, schema.model.geom.expression)
        found = next((item for item in schema.queryables(has_key=self.has_key) if item.name == name), None)
        if found is None:
            return Operand(Kind.GEOMETRY, schema.model.geom.expression) if name == _STORED_GEOMETRY else None
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
        placed = self._placed(geometry)
        _, south, _, north = shapely.bounds(placed).tolist()
        if lies_beyond_the_poles(south, north):
            raise FilterError(
                f"A geometry of the filter has latitudes from {south:g} to {north:g}, beyond the poles. Its numbers stand in the order of the "
                "axes of filter-crs: the longitude first in CRS84."
            )
        return placed

    def _placed(self, geometry: shapely.Geometry) -> shapely.Geometry:
        definition = self.crs.definition
        if definition is None:
            return geometry
        if self.crs.is_north_first:
            geometry = shapely.transform(geometry, lambda points: points[:, ::-1])
        try:
            placed: shapely.Geometry = to_geographic([geometry], definition)[0]
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
    return read_filter(filter_, filter_lang, filter_crs)


def read_filter(text: str | None, language: FilterLanguage, crs: str | None) -> Search | None:
    """Read a filter from wherever it stands.

    Raises
    ------
    InvalidParameterError
    """
    system = find_reference_system("filter-crs", crs)
    return None if text is None else Search(text, language, system)


RequestedSearch = Annotated[Search | None, Depends(read_search)]
