"""What is asked of a site: the project, its stage and the day."""

from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.site_checks.errors import SiteRefusedError
from gis.landuse.codes import CodeVersion, lookup
from gis.rules import NO_LISTED_ACTIVITY, ActivityLimitedOverlap, Catalog, Indicator, IndustryStandard, SiteFacts, Works


class Stage(StrEnum):
    """How far the project is; figures of the building are asked for from the planning permit on."""

    INVESTMENT = "investment"  # 招商引资
    PROJECT_APPROVAL = "project_approval"  # 立项、用地预审与选址
    PLANNING_PERMIT = "planning_permit"  # 建设用地规划许可
    BUILDING_PERMIT = "building_permit"  # 建设工程规划许可


STAGES_WITH_FIGURES = frozenset({Stage.PLANNING_PERMIT, Stage.BUILDING_PERMIT})


class Question(BaseModel):
    """The project, its stage and the day. What is left out is not known, and is never taken for "no"."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    use_code: str | None = Field(default=None, description="Intended land use, a code of use_code_version")
    use_code_version: CodeVersion = CodeVersion.GUIDE_2023
    industry_code: (
        Annotated[str, StringConstraints(pattern=r"^([A-T]|[A-T]?\d{2,4})$", strip_whitespace=True)] | None
    ) = Field(default=None, description="Such as C2614, 2614 or 26")
    industry_standard: IndustryStandard = IndustryStandard.GBT4754_2017
    activity_code: str | None = Field(
        default=None, description="Item of the list of limited activities in the red line, or none"
    )
    takes_new_construction_land: bool | None = None
    is_national_major_project: bool | None = None
    is_building_outline: bool = False
    works: frozenset[Works] | None = None
    exemption_document: str | None = None
    indicators: dict[Indicator, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    stage: Stage = Stage.INVESTMENT
    county_code: Annotated[str, StringConstraints(pattern=r"^\d{6}$")] | None = Field(
        default=None,
        description="GB/T 2260 code of the county, for sites that name none; decides which local rules hold",
    )
    as_of: date | None = Field(default=None, description="The day whose law and layers apply; today when left out")
    known_at: datetime | None = Field(default=None, description="What was known at a moment; now when left out")
    layers: tuple[str, ...] | None = Field(default=None, description="Only these control layers and plans")

    def facts(self) -> SiteFacts:
        """Return what is known of the project as the rules ask for it."""
        return SiteFacts(
            use_code=self.use_code,
            use_code_version=self.use_code_version,
            industry_code=self.industry_code,
            industry_standard=self.industry_standard,
            activity_code=self.activity_code,
            takes_new_construction_land=self.takes_new_construction_land,
            is_national_major_project=self.is_national_major_project,
            works=self.works,
            exemption_document=self.exemption_document,
            is_building_outline=self.is_building_outline,
        )


def require_known_codes(question: Question, catalog: Catalog) -> None:
    """Refuse a code that its table or list does not have.

    Raises
    ------
    SiteRefusedError
    """
    if question.use_code is not None and lookup(question.use_code, question.use_code_version) is None:
        raise SiteRefusedError.of_field("use_code", question.use_code, f"a code of {question.use_code_version.value}")
    code = question.activity_code
    if code not in {None, NO_LISTED_ACTIVITY} and code not in (listed := _listed_activities(catalog)):
        known = ", ".join([*sorted(listed), NO_LISTED_ACTIVITY])
        raise SiteRefusedError.of_field("activity_code", code, f"one of {known}")


@lru_cache(maxsize=64)
def _listed_activities(catalog: Catalog) -> frozenset[str]:
    """Return the items of the lists of limited activities; a catalogue never changes."""
    return frozenset(
        activity.code
        for rule in catalog.project_rules
        if isinstance(rule, ActivityLimitedOverlap)
        for activity in rule.activities
    )
