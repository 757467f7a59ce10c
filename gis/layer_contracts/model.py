"""What a delivered layer should hold: fields with their types, code tables, units and names, as data."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

__all__ = ["AreaRule", "ContractField", "FieldCheck", "FieldType", "LayerContract", "ListedValue", "TopologyRule"]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
_FROZEN = ConfigDict(frozen=True, extra="forbid")


class FieldType(StrEnum):
    """Type of a field's values; text also takes numbers that are whole, as codes often come."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    DATE = "date"


class FieldCheck(StrEnum):
    """What the values of a field are looked up in."""

    PARCEL_CODE = "parcel_code"  # 宗地代码, 19 characters
    UNIT_CODE = "unit_code"  # 不动产单元代码, 28 characters, the first 19 those of the parcel
    FEATURE_LETTERS = "feature_letters"  # 宗地特征码, the letters of the parcel code
    LAND_USE_CODE = "land_use_code"  # of the version that code_version names
    CODE_VERSION = "code_version"
    CONTROL_ZONE = "control_zone"
    REGION_CODE = "region_code"  # 行政区代码


class ListedValue(BaseModel):
    """One value of a short list."""

    model_config = _FROZEN

    code: Text
    title_zh: Text


class ContractField(BaseModel):
    """One field of a layer."""

    model_config = _FROZEN

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    type: FieldType
    title_zh: Text
    title_en: Text
    required: bool = False
    stored: bool = Field(default=False, description="Whether the importer has a column for it; others stay attributes")
    synonyms: tuple[Text, ...] = Field(description="Names under which standards and bureaus deliver it")
    unit: str | None = Field(default=None, description="UCUM-like: m2, m, %, 1")
    max_length: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    pattern: str | None = Field(default=None, description="Regular expression that a whole text must match")
    values: tuple[ListedValue, ...] = ()
    checked_as: FieldCheck | None = None
    not_in_future: bool = False
    source: str = Field(default="", description="Standard that defines the field")


class AreaRule(BaseModel):
    """Which field declares the area, and how far it may be from the ellipsoidal one."""

    model_config = _FROZEN

    field: Text
    relative_tolerance: Annotated[Decimal, Field(gt=0, lt=1)]
    rounding_m2: Annotated[Decimal, Field(gt=0)]
    document: Text
    article: Text
    status: Annotated[str, StringConstraints(pattern=r"^(confirmed|assumed)$")]


class TopologyRule(BaseModel):
    """What is examined between the features of a layer.

    ``vertices``: neighbours have the same vertices on the edges that they share.
    ``stacked_letters``: second letters of the parcel code that stand for rights above (S) and below ground (X), which may lie over others.
    ``sliver_width_m``: a feature whose mean width is at most this is a sliver. The other limits are those of
    :class:`gis.topology.TopologyTolerances`; all are from ``document``, ``article``.
    """

    model_config = _FROZEN

    overlaps: bool
    gaps: bool
    vertices: bool
    stacked_letters: tuple[str, ...] = ()
    sliver_width_m: Annotated[Decimal, Field(gt=0)]
    gap_width_m: Annotated[Decimal, Field(ge=0)]
    gap_area_m2: Annotated[Decimal, Field(ge=0)]
    vertex_m: Annotated[Decimal, Field(ge=0)]
    inlet_angle_deg: Annotated[Decimal, Field(gt=0, lt=180)]
    least_width_m: Annotated[Decimal, Field(ge=0)]
    least_area_m2: Annotated[Decimal, Field(ge=0)]
    document: Text
    article: Text
    status: Annotated[str, StringConstraints(pattern=r"^(confirmed|assumed)$")]


class LayerContract(BaseModel):
    """What a layer of one kind should hold.

    ``key`` is the field whose values name the features, each once; None where only ``feature_id`` does.
    """

    model_config = _FROZEN

    version: Text
    kind: Text
    control_kind: str | None = None
    title_zh: Text
    title_en: Text
    documents: tuple[Text, ...]
    key: str | None
    area: AreaRule
    topology: TopologyRule
    fields: tuple[ContractField, ...]

    @property
    def by_name(self) -> dict[str, ContractField]:
        """The fields by name."""
        return {field.name: field for field in self.fields}

    def field_checked_as(self, check: FieldCheck) -> ContractField | None:
        """Return the field that is looked up in something, None where there is none."""
        return next((field for field in self.fields if field.checked_as is check), None)

    @model_validator(mode="after")
    def _require_known_names(self) -> "LayerContract":
        names = [field.name for field in self.fields]
        if len(set(names)) != len(names):
            raise ValueError(f"the contract of {self.kind} has a field twice")
        unknown = {self.area.field, *([self.key] if self.key else [])} - set(names)
        if unknown:
            raise ValueError(f"the contract of {self.kind} has no field {', '.join(sorted(unknown))}")
        return self
