"""What is asked of and told about jobs; the names are those of OGC API - Processes (OGC 18-062r2)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.idle.land_topics import TOPICS
from app.layers.kinds import SLUG

JobStatus = Literal["accepted", "running", "successful", "failed", "dismissed"]
Slug = Annotated[str, Field(min_length=1, max_length=100)]
if TYPE_CHECKING:
    ScannedTopic = str
else:
    # The topics that a scan goes through, without the evaluations, which are made of a year by a scheme.
    ScannedTopic = Literal[tuple(topic.value for topic in TOPICS)]


class Link(BaseModel):
    """A link to something that belongs to a job."""

    href: str
    rel: str
    type: str = "application/json"
    title: str | None = None


class StatusInfo(BaseModel):
    """The state of a job (statusInfo.yaml); ``exception`` is the problem that ended a failed one."""

    process_id: Annotated[str, Field(serialization_alias="processID")]
    type: Literal["process"] = "process"
    job_id: Annotated[UUID, Field(serialization_alias="jobID")]
    # The same as version 2.0 of the standard calls it.
    id: UUID
    processing_entity_type: Annotated[str, Field(serialization_alias="processingEntityType")] = "ogc-api-processes"
    status: JobStatus
    message: str | None = None
    exception: dict[str, Any] | None = None
    created: datetime
    started: datetime | None = None
    finished: datetime | None = None
    updated: datetime
    expires: Annotated[
        datetime | None, Field(description="When the job is deleted, with what it found and the files that it wrote.")
    ] = None
    progress: Annotated[int, Field(ge=0, le=100)]
    links: list[Link]


class JobList(BaseModel):
    """A page of jobs, the newest first."""

    jobs: list[StatusInfo]
    links: list[Link]


class CheckRunRequest(BaseModel):
    """A check of one layer of parcels."""

    model_config = ConfigDict(extra="forbid")

    target: Annotated[Slug, Field(description="Layer of parcels to check.", examples=["parcels"])]
    layers: Annotated[
        list[Slug] | None,
        Field(min_length=1, description="Control layers to check against; all those that a rule names when left out."),
    ] = None
    as_of: Annotated[date | None, Field(description="The day in law that the check is for; today when left out.")] = (
        None
    )


class IdleScanRequest(BaseModel):
    """A scan of all current contracts for idle land (闲置土地)."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[date | None, Field(description="The day the scan is for; today when left out.")] = None
    target: Annotated[
        Slug | None,
        Field(
            description="Layer of parcels in which the contracts' codes are looked up. When left out that of the current scan, else the one called "
            "`parcels`, else the only one.",
            examples=["parcels"],
        ),
    ] = None


class IdleStatisticsRequest(BaseModel):
    """A measurement of the idle rate and the supply rate."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[date | None, Field(description="The day it is for; today when left out.")] = None


class IdleChangesRequest(BaseModel):
    """Which two scans for idle land are compared."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    former: Annotated[
        int | None,
        Field(alias="from", ge=1, lt=2**63, description="Number of the former scan; the last but one when left out."),
    ] = None
    latter: Annotated[
        int | None, Field(alias="to", ge=1, lt=2**63, description="Number of the latter scan; the last when left out.")
    ] = None


class EvidenceRunRequest(BaseModel):
    """A look at all land under contract through the registered scenes (影像举证)."""

    model_config = ConfigDict(extra="forbid")

    as_of: Annotated[date | None, Field(description="Scenes taken later are not looked at; today when left out.")] = (
        None
    )
    buildings: Annotated[
        str | None, Field(pattern=f"^{SLUG.pattern}$", description="Slug of a layer of outlines of buildings.")
    ] = None


class LandScanRequest(BaseModel):
    """A scan of land after its approval (批后监管)."""

    model_config = ConfigDict(extra="forbid")

    topics: Annotated[
        list[ScannedTopic] | None,
        Field(min_length=1, description="What to look for; everything when left out."),
    ] = None
    as_of: Annotated[date | None, Field(description="The day the scan is for; today when left out.")] = None


class PlanComparisonRequest(BaseModel):
    """A comparison of two or more plans (多规合一)."""

    model_config = ConfigDict(extra="forbid")

    plans: Annotated[
        list[Slug],
        Field(
            min_length=2,
            max_length=12,
            description="Layers with land-use codes: plans, but also parcels or reference layers.",
            examples=[["city_plan", "land_use_plan"]],
        ),
    ]
    lines: Annotated[
        list[Slug] | None,
        Field(description="Layers of control areas to mark on the differences; all in force when left out."),
    ] = None
    as_of: Annotated[date | None, Field(description="The day whose versions are compared; today when left out.")] = None
