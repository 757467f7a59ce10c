"""What is asked of an overlay of two collections over HTTP."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.collections.cql2 import FilterLanguage

Name = Annotated[str, Field(min_length=1, max_length=200)]
Names = Annotated[list[Name], Field(max_length=50)]


class CollectionSide(BaseModel):
    """One side: the polygons of a collection, those that a filter wants, as they were in law on a day."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    collection: Annotated[
        str,
        Field(
            min_length=1, max_length=100, description="Id of a collection: a layer, or results.", examples=["parcels"]
        ),
    ]
    filter: Annotated[
        str | dict[str, Any] | None,
        Field(description="A condition in CQL2, as text or as JSON, over the collection's queryables."),
    ] = None
    filter_lang: Annotated[
        FilterLanguage | None,
        Field(alias="filter-lang", description="How a text is written; cql2-text when left out."),
    ] = None
    filter_crs: Annotated[
        str | None,
        Field(alias="filter-crs", max_length=200, description="Reference system of geometries in the filter; CRS84."),
    ] = None
    as_of: Annotated[date | None, Field(description="The day in law; that of the overlay when left out.")] = None


class CollectionOverlay(BaseModel):
    """Which part of every feature of A the features of B cover: pairs, or totals by fields of either side."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    a: Annotated[CollectionSide, Field(description="The collection whose features are measured.")]
    b: Annotated[CollectionSide, Field(description="The collection that covers them.")]
    fields_a: Annotated[Names, Field(description="Properties of A to show with each pair.")] = []
    fields_b: Annotated[Names, Field(description="Properties of B to show with each pair.")] = []
    totals_by_a: Annotated[
        Names, Field(description="Properties of A to sum by; with any of these the answer is totals, not pairs.")
    ] = []
    totals_by_b: Annotated[
        Names, Field(description="Properties of B to sum by; where parts of one value overlap, the ground counts once.")
    ] = []
    geometry: Annotated[bool, Field(description="Keep the common area of each pair, for GeoJSON and GeoPackage.")] = (
        False
    )
    as_collection: Annotated[
        bool,
        Field(
            description="Keep the pairs with their common area as features of the collection overlay_pairs too. It is there for everybody, so "
            "what only a key shows is not part of such an overlay."
        ),
    ] = False
    as_of: Annotated[date | None, Field(description="The day whose versions are overlaid; today when left out.")] = None
