"""What is asked of and told about imports."""

import json
from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from app.described import Described

Slug = Annotated[str, Field(min_length=1, max_length=63)]
Bounds = tuple[float, float, float, float]
Text = Annotated[str, Field(max_length=500)]
ImportState = Literal[
    "accepted", "running", "failed", "dismissed", "validated", "draft", "in_force", "archived", "discarded"
]


class ImportOptions(BaseModel):
    """The fields of the form beside the files."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    to: Annotated[Slug, Field(description="Slug of the layer.")]
    kind: Annotated[
        Text | None, Field(description="Makes the layer: parcel, plan, reference, or a kind of control area.")
    ] = None
    source_layer: Annotated[Text | None, Field(description="Layer in the file, when it has several.")] = None
    crs: Annotated[Text | None, Field(description="Of a file that does not say its own, e.g. EPSG:4547.")] = None
    encoding: Annotated[Text | None, Field(description="Of the texts of a shapefile, DXF or CSV, e.g. GBK.")] = None
    map: Annotated[
        dict[str, str], Field(description='JSON object of target to source field; "=text" is a constant.')
    ] = {}
    valid_from: Annotated[date | None, Field(description="First day in force; today when left out.")] = None
    approval_no: Annotated[Text | None, Field(description="Number of the approval document.")] = None
    title_zh: Text | None = None
    title_en: Text | None = None
    mandatory: bool | None = None
    accuracy_m: Annotated[float | None, Field(ge=0, allow_inf_nan=False)] = None
    publish: Annotated[bool, Field(description="Put the version in force.")] = False
    accept_proposal: Annotated[bool, Field(description="Take the reference system that the validation proposes.")] = (
        False
    )
    expected: Annotated[
        Bounds | None, Field(description="Where it must lie, W,S,E,N in degrees; default: about where the layer lies.")
    ] = None
    reference: Annotated[
        Slug | None,
        Field(description="Layer of the same ground that shows the shifts of web maps; default: the layer itself."),
    ] = None
    confirm_loss: Annotated[bool, Field(description="It is right that it has much less than the version in force.")] = (
        False
    )

    @field_validator("expected", mode="before")
    @classmethod
    def _read_bounds(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value

    @field_validator("map", mode="before")
    @classmethod
    def _read_map(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except json.JSONDecodeError as error:
            raise ValueError("expected a JSON object of target to source field") from error


def parse_options(fields: Iterable[tuple[str, str]]) -> ImportOptions:
    """Read the fields of a form; an empty one counts as left out.

    Raises
    ------
    RequestValidationError
        With everything that is wrong.
    """
    given: dict[str, str] = {}
    errors: list[dict[str, Any]] = []
    for name, value in fields:
        if name in given:
            errors.append({"loc": ("body", name), "msg": "given more than once", "type": "value_error"})
        elif value.strip():
            given[name] = value
    try:
        options = ImportOptions.model_validate(given)
    except ValidationError as error:
        errors += [dict(found) | {"loc": ("body", *found["loc"])} for found in error.errors(include_context=False)]
        raise RequestValidationError(errors) from error
    if errors:
        raise RequestValidationError(errors)
    return options


class ImportLink(BaseModel):
    """A link to something that belongs to an import."""

    href: str
    rel: str
    type: str = "application/json"
    title: str | None = None


class ImportInfo(BaseModel):
    """The state of an import: of its job while that runs, then of the version that it made."""

    id: UUID
    state: ImportState
    file: str
    layer: str
    version: int | None = None
    is_new: Annotated[bool | None, Field(description="False when the same delivery was there already.")] = None
    dry_run: bool
    options: dict[str, Any]
    progress: Annotated[int, Field(ge=0, le=100)]
    message: str | None = None
    counts: Annotated[dict[str, int] | None, Field(description="read = accepted + repaired + rejected")] = None
    problem: Annotated[dict[str, Any] | None, Field(description="Why it failed, or was not published.")] = None
    created: datetime
    created_by: str
    finished: datetime | None = None
    links: list[ImportLink]


class ImportList(BaseModel):
    """A page of imports, the newest first."""

    imports: list[ImportInfo]
    links: list[ImportLink]


class LandTable(Described):
    """A kind of table, and the file that is current; without one ``file`` is null."""

    kind: str
    file: str | None
    rows: Annotated[int, Field(ge=0, description="Rows that were read, those that were refused included.")]
    rejected: Annotated[int, Field(ge=0)]
    imported_at: datetime | None


class TableReport(Described):
    """What the import of a table found: the results of its job."""

    file: str
    kind: str
    is_new: Annotated[bool, Field(description="False when the same table was current already.")]
    read: Annotated[int, Field(ge=0, description="accepted + rejected")]
    accepted: Annotated[int, Field(ge=0)]
    rejected: Annotated[int, Field(ge=0)]
    blank_rows: Annotated[int, Field(ge=0)]
    unknown_columns: list[str]
    unread_sheets: list[str]
    errors: Annotated[list[str], Field(description="Of refused rows; they quote what the rows hold.")]


class LandTableList(Described):
    """All kinds of tables."""

    tables: list[LandTable]
