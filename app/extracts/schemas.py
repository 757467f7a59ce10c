"""What is asked of the planning-basis sheets."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.extracts.labels import Language

MAX_SHEETS = 5000
Code = Annotated[str, Field(min_length=1, max_length=200)]


class SheetFormat(StrEnum):
    """Forms of a sheet."""

    JSON = "json"
    GEOJSON = "geojson"
    PDF = "pdf"


class PageFormat(StrEnum):
    """Forms of a verification."""

    JSON = "json"
    HTML = "html"


class SheetsRequest(BaseModel):
    """Many sheets in one archive, of parcels or of sites that were checked."""

    model_config = ConfigDict(extra="forbid")

    codes: Annotated[list[Code], Field(max_length=MAX_SHEETS, description="Parcel codes.")] = []
    site_checks: Annotated[
        list[UUID],
        Field(max_length=MAX_SHEETS, description="Ids of stored site checks: a sheet for each of their sites."),
    ] = []
    layer: Annotated[str | None, Field(max_length=100, description="Slug of the layer of parcels.")] = None
    lang: Language = "zh"
    as_of: Annotated[
        date | None,
        Field(
            description="The day whose law and plans count for parcels; today when left out. A check has a day of its own."
        ),
    ] = None

    @model_validator(mode="after")
    def _name_something(self) -> Self:
        if not self.codes and not self.site_checks:
            message = "name at least one parcel in codes, or one site check in site_checks"
            raise ValueError(message)
        return self
