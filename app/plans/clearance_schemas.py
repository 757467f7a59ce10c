"""What is asked of the clearance register."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.stored_texts import NoNul

Slug = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=2000), NoNul]


class ClearanceRequest(BaseModel):
    """A search for construction land inside an ecological control line."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    land: Annotated[Slug, Field(description="A layer with land-use codes, such as the land survey.")]
    line: Annotated[Slug | None, Field(description="The layer of the line; the one in force when left out.")] = None
    as_of: date | None = None


class ClearanceChange(BaseModel):
    """What is noted of a piece of land. A member that is left out stays; null takes it back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    legal_status: Literal["lawful", "unlawful", "historic", "under_examination"] | None = None
    owner: Text | None = None
    plan_year: Annotated[int | None, Field(ge=1950, le=2200, description="The year in which it is to be cleared.")] = (
        None
    )
    method: Literal["demolition", "relocation", "buy_back", "restoration", "conversion", "retention"] | None = None
    progress: Literal["registered", "planned", "under_way", "cleared"] | None = None
    cleared_on: Annotated[date | None, Field(description="With progress `cleared`.")] = None
    document: Text | None = None
    note: Annotated[Text | None, Field(description="Why; kept in the history.")] = None

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        if not self.model_fields_set - {"note"}:
            message = "Nothing is to be changed: name a field."
            raise ValueError(message)
        for name in ("legal_status", "progress"):
            if name in self.model_fields_set and getattr(self, name) is None:
                message = f"{name} cannot be taken back."
                raise ValueError(message)
        if self.cleared_on is not None and self.progress not in {None, "cleared"}:
            message = "cleared_on goes with progress 'cleared'."
            raise ValueError(message)
        return self

    def fields(self) -> dict[str, Any]:
        """Return the values that are written."""
        return {name: getattr(self, name) for name in self.model_fields_set - {"note"}}
