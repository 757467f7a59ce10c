"""What is asked of the register of difference patches."""

from datetime import date
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.stored_texts import NoNul
from gis.plans.register import PatchState

Text = Annotated[str, Field(min_length=1, max_length=2000), NoNul]
Slug = Annotated[str, Field(min_length=1, max_length=100)]
Area = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Degree = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]


class Unit(BaseModel):
    """A feature of a layer, such as a township of a layer of administrative units."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    layer: Slug
    feature_id: Annotated[str, Field(min_length=1, max_length=500), NoNul]


class PatchFilter(BaseModel):
    """Which patches: those for which everything holds that is given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    patches: Annotated[list[Text] | None, Field(max_length=10_000, description="Their ids.")] = None
    states: Annotated[list[PatchState] | None, Field(description="One of these states.")] = None
    conflict_class: Literal["conflict", "gap", "contradiction", "agreed_construction"] | None = None
    overlap_class: Literal["real", "sliver", "artefact"] | None = None
    plan: Annotated[Slug | None, Field(description="A plan of the comparison, for plan_status and plan_code.")] = None
    plan_status: Literal["construction", "non_construction", "no_data", "contradiction"] | None = None
    plan_code: Text | None = None
    line: Annotated[
        Text | None, Field(description="A line that is touched, `ecological_redline.core`, or any of its kind.")
    ] = None
    reason_code: Annotated[Text | None, Field(description="The rule that the proposal follows.")] = None
    owner: Text | None = None
    unit: Annotated[Unit | None, Field(description="Patches that have their middle point in this unit.")] = None
    min_area_m2: Area | None = None
    max_area_m2: Area | None = None
    bbox: Annotated[
        tuple[Degree, Degree, Degree, Degree] | None, Field(description="West, south, east, north in degrees.")
    ] = None
    cql2: Annotated[
        Annotated[str, Field(min_length=1, max_length=16_000), NoNul] | dict[str, Any] | None,
        Field(description="A condition in CQL2, text or JSON, over the queryables of the collection `plan_patches`."),
    ] = None
    everything: Annotated[bool, Field(description="All patches; instead of any of the others.")] = False

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        given = self.model_fields_set - {"everything"}
        if self.everything == bool(given):
            message = "Name at least one property of the patches, or everything, and not both."
            raise ValueError(message)
        if (self.plan_status is not None or self.plan_code is not None) and self.plan is None:
            message = "plan_status and plan_code need plan: name the plan that says so."
            raise ValueError(message)
        if self.bbox is not None and not (self.bbox[0] < self.bbox[2] and self.bbox[1] < self.bbox[3]):
            message = "bbox is west, south, east, north, with west < east and south < north."
            raise ValueError(message)
        return self


class PatchChange(BaseModel):
    """What is decided of a patch, or noted of it. A member that is left out stays; null takes it back."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: Annotated[PatchState | None, Field(description="The state that it goes to.")] = None
    decided_plan: Annotated[Slug | None, Field(description="The plan whose code is taken up.")] = None
    decided_code: Annotated[Text | None, Field(description="A code that no plan has there; with its table.")] = None
    decided_code_version: Text | None = None
    adjusted_lines: Annotated[list[Text] | None, Field(max_length=100)] = None
    method: Text | None = None
    owner: Text | None = None
    deadline: date | None = None
    district_opinion: Text | None = None
    leading_group_opinion: Text | None = None
    city_opinion: Text | None = None
    document: Text | None = None
    effective_on: date | None = None
    approval: Annotated[
        Annotated[str, NoNul] | None,
        Field(max_length=2000, description="The last approval; empty where there certainly is none."),
    ] = None
    approved_on: date | None = None
    key_project: Annotated[
        Annotated[str, NoNul] | None, Field(max_length=2000, description="Empty where there certainly is none.")
    ] = None
    quota_source: Annotated[
        Text | None, Field(description="Where the quota of construction land for a key project comes from.")
    ] = None
    has_existing_right: bool | None = None
    is_built_lawfully: bool | None = None
    is_inside_scale_boundary: bool | None = None
    note: Annotated[Text | None, Field(description="Why; kept in the history.")] = None

    @model_validator(mode="after")
    def _is_meant(self) -> Self:
        if not self.model_fields_set - {"note"}:
            message = "Nothing is to be changed: name a state or a field."
            raise ValueError(message)
        if self.decided_plan is not None and self.decided_code is not None:
            message = "decided_plan or decided_code, not both: the code of a plan is what the plan says."
            raise ValueError(message)
        if (self.decided_code is None) != (self.decided_code_version is None):
            message = "decided_code and decided_code_version go together: a code means nothing without its table."
            raise ValueError(message)
        return self

    def fields(self) -> dict[str, Any]:
        """Return the values that are written as they are given."""
        special = {"state", "decided_plan", "decided_code", "decided_code_version", "note"}
        values = {name: getattr(self, name) for name in self.model_fields_set - special}
        if values.get("adjusted_lines", ()) is None:
            values["adjusted_lines"] = []
        return values


class BulkDecision(BaseModel):
    """One decision for all patches that meet a filter: all of them or none."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filter: PatchFilter
    change: PatchChange


class ProposalRequest(BaseModel):
    """Which open patches a proposal is made for, and what it may look into."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    filter: PatchFilter = PatchFilter(everything=True)
    survey: Annotated[Slug | None, Field(description="A layer of the land survey, for what is already built.")] = None
    as_of: Annotated[date | None, Field(description="From which years are counted back; today when left out.")] = None
