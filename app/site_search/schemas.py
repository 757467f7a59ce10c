"""What is looked for."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.site_checks.questions import Question
from gis.landuse.codes import CodeVersion
from gis.landuse.control_kinds import ControlKind

MAX_RESULTS = 50
MAX_MEMBERS = 4
FARTHEST_M = 5000.0
LARGEST_M2 = 1e7

Metres = Annotated[float, Field(ge=0, le=FARTHEST_M, allow_inf_nan=False)]
Figure = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class ControlValue(StrEnum):
    """What a plan fixes of a zone."""

    FLOOR_AREA_RATIO = "floor_area_ratio_max"
    BUILDING_HEIGHT = "building_height_max_m"
    BUILDING_DENSITY = "building_density_max"
    GREEN_RATIO = "green_ratio_min"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Area(_Part):
    """Areas of one kind, or some zones of them, such as 01 of the urban development boundary."""

    control_kind: ControlKind
    zones: Annotated[tuple[str, ...], Field(min_length=1)] | None = Field(
        default=None, description="Only these zones; all when left out"
    )


class Distance(_Part):
    """How far a site has to be from the areas of a kind, or how near."""

    control_kind: ControlKind
    object_class: str | None = Field(default=None, description="Only objects of this class, such as 国道")
    at_least_m: Metres | None = None
    at_most_m: Metres | None = None

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.at_least_m is None and self.at_most_m is None:
            message = "at_least_m or at_most_m has to be given"
            raise ValueError(message)
        if self.at_least_m is not None and self.at_most_m is not None and self.at_least_m > self.at_most_m:
            message = "at_least_m is more than at_most_m"
            raise ValueError(message)
        return self


class Range(_Part):
    """Both ends count."""

    at_least: Figure | None = None
    at_most: Figure | None = None


class SearchRequest(_Part):
    """What is looked for; what is left out does not matter."""

    area_min_m2: Annotated[float, Field(gt=0, le=LARGEST_M2)]
    area_max_m2: Annotated[float, Field(gt=0, le=LARGEST_M2)]
    use_code: str | None = None
    use_code_version: CodeVersion = CodeVersion.GUIDE_2023
    industry_code: Annotated[str, StringConstraints(pattern=r"^([A-T]|[A-T]?\d{2,4})$")] | None = None
    activity_code: str | None = None
    takes_new_construction_land: bool | None = None
    bbox: tuple[float, float, float, float] | None = Field(
        default=None, description="west, south, east, north in degrees: only parcels that meet it"
    )
    parcel_layers: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    forbidden: Annotated[tuple[Area, ...], Field(max_length=20)] = ()
    required: Annotated[tuple[Area, ...], Field(max_length=20)] = ()
    distances: Annotated[tuple[Distance, ...], Field(max_length=20)] = ()
    control_values: dict[ControlValue, Range] = Field(default_factory=dict)
    free_first: bool = Field(default=True, description="Free land, then idle land, before what somebody uses")
    combine: bool = Field(default=False, description="Also groups of parcels that lie side by side")
    most_parcels: Annotated[int, Field(ge=2, le=MAX_MEMBERS)] = 3
    county_code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] | None = None
    as_of: date | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_RESULTS)] = 10

    @model_validator(mode="after")
    def _ranges_are_ranges(self) -> Self:
        if self.area_min_m2 > self.area_max_m2:
            message = "area_min_m2 is more than area_max_m2"
            raise ValueError(message)
        if self.bbox is not None:
            west, south, east, north = self.bbox
            if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
                message = "bbox has to be west, south, east, north in degrees"
                raise ValueError(message)
        return self

    def question(self) -> Question:
        """Return what is asked of every site that is found."""
        return Question(
            use_code=self.use_code,
            use_code_version=self.use_code_version,
            industry_code=self.industry_code,
            activity_code=self.activity_code,
            takes_new_construction_land=self.takes_new_construction_land,
            county_code=self.county_code,
            as_of=self.as_of,
        )
