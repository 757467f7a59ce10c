"""What is asked of an export that runs as a job."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.collections.cql2 import FilterLanguage
from app.collections.cql2.parsing import MAX_LENGTH
from app.exports.naming import Language
from app.exports.offered import ExportFormat

Text = Annotated[str, Field(max_length=2000)]


class ExportOrder(BaseModel):
    """A collection, whole or filtered, as a file; what the parameters of its items mean there they mean here."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, serialize_by_alias=True)

    collection: Annotated[str, Field(min_length=1, max_length=100, examples=["parcels"])]
    f: Annotated[ExportFormat, Field(description="Format of the file; `shp` is a ZIP archive.")]
    crs: Annotated[Text | None, Field(description="On CGCS2000 or WGS 84, e.g. EPSG:4526; degrees when left out.")] = (
        None
    )
    encoding: Annotated[Text | None, Field(description="Of `shp`, `csv` and `txt`: UTF-8 or GBK.")] = None
    bbox: Annotated[Text | None, Field(description="west,south,east,north in degrees.")] = None
    datetime: Annotated[Text | None, Field(description="A day or start/end; today when left out.")] = None
    language: Annotated[
        Language | None, Field(description="Of the names of fields and of listed values; as in the API when left out.")
    ] = None
    as_of: Annotated[Text | None, Field(alias="as-of", description="The day whose law applies; today.")] = None
    known_at: Annotated[
        Text | None, Field(alias="known-at", description="The day or moment whose knowledge counts; now.")
    ] = None
    filter: Annotated[str | None, Field(max_length=MAX_LENGTH, description="A condition in CQL2, as of items.")] = None
    filter_lang: Annotated[FilterLanguage, Field(alias="filter-lang")] = FilterLanguage.TEXT
    filter_crs: Annotated[Text | None, Field(alias="filter-crs", description="A URI; CRS84 when left out.")] = None
    filters: Annotated[
        dict[str, Text], Field(description="Queryable to value; all must hold.", examples=[{"land_use_code": "0601"}])
    ] = {}
