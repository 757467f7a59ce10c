"""What is asked of the supervision of land over HTTP, and what is answered: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from app.described import Described, Stored
from gis.supervision import Topic


class AppealChange(BaseModel):
    """Whether a firm's objection to its class is open."""

    model_config = ConfigDict(extra="forbid")

    is_under_appeal: bool


class LandScanAnswer(Stored):
    """A scan of a topic with its numbers, as it was stored."""

    land_scan_id: int
    topic: Topic
    period: Annotated[str, Field(description="The year of a per-mu evaluation; empty of every other topic.")]
    as_of: date
    summary: dict[str, Any]
    finished_at: datetime
    started_by: str
    catalog_version: str


class LandScanList(Described):
    """The current scans of every topic."""

    land_scans: list[LandScanAnswer]


class LandFindingAnswer(Described):
    """One subject of a scan (a parcel, a firm, an approval, a contract) and what was found about it."""

    subject: str
    kind: Annotated[str, Field(description="A word of the topic's own enumeration.")]
    parcel_codes: list[str]
    reason_zh: str
    reason_en: str
    article: str
    missing: list[str]
    measures: dict[str, Any]
    parameter_rows: list[Any]
    is_under_appeal: bool


class LandFindingPage(LandScanAnswer):
    """A page of what a scan found."""

    findings: list[LandFindingAnswer]
    next_after: Annotated[int | None, Field(description="`after` of the next page; left out on the last one.")] = None


class PublicFirm(Described):
    """The class of a firm as it is published."""

    credit_code: str
    name: str
    year: int
    tier: str | None
    rank: int | None
    score: Annotated[str | float | None, Field(description="A decimal number.")]
    is_graded: bool
    is_under_appeal: bool


class PublicFirms(Described):
    """The published list of a year."""

    year: int
    published_as_of: date
    firms: list[PublicFirm]


class AppealAnswer(Described):
    """A class and whether an objection to it is open."""

    year: int
    credit_code: str
    is_under_appeal: bool
