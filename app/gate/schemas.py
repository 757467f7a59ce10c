"""What is asked of the joint gate."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.gate.state import Office, Opinion

Text = Annotated[str, Field(min_length=1, max_length=4000)]
MAX_SITES = 200


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class SiteRequest(_Request):
    """A parcel that a project asks for."""

    code: Annotated[str, Field(min_length=1, max_length=200, description="Parcel code, or the id of a feature.")]
    layer: Annotated[str | None, Field(max_length=100)] = None
    feature_id: Annotated[str | None, Field(max_length=200)] = None


class ProjectRequest(_Request):
    """A project with its sites."""

    name: Annotated[str, Field(min_length=1, max_length=500)]
    intended_use: Annotated[str | None, Field(max_length=50, description="Land-use code.")] = None
    industry_code: Annotated[str | None, Field(max_length=50, description="GB/T 4754.")] = None
    facts: Annotated[dict[str, Any], Field(description="What else is stated: area, investment, emissions.")] = {}
    sites: Annotated[list[SiteRequest], Field(min_length=1, max_length=MAX_SITES)]


class SubmissionRequest(_Request):
    """The last day on which each office is to give its opinion."""

    deadlines: dict[Office, date]
    as_of: Annotated[date | None, Field(description="The day whose law and plans the checks use.")] = None


class CheckRequest(_Request):
    """A new check of all sites."""

    as_of: date | None = None


class OpinionRequest(_Request):
    """The opinion of an office; a later one replaces it."""

    office: Office
    opinion: Opinion
    text: Text
    conditions: Annotated[list[Text], Field(max_length=50)] = []


class DecisionRequest(_Request):
    """The end of a round."""

    result: Literal["passed", "refused"]
    text: Text


class WithdrawalRequest(_Request):
    """Why the applicant withdraws."""

    text: Text
