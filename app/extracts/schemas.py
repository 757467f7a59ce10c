"""What is asked of the planning-basis sheets."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

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
    """Many sheets in one archive."""

    model_config = ConfigDict(extra="forbid")

    codes: Annotated[list[Code], Field(min_length=1, max_length=MAX_SHEETS, description="Parcel codes.")]
    layer: Annotated[str | None, Field(max_length=100, description="Slug of the layer of parcels.")] = None
    lang: Language = "zh"
    as_of: Annotated[date | None, Field(description="The day whose law and plans count; today when left out.")] = None
