"""Rules that need more than a control layer: an activity, a use, a distance, a share, a plan's limits, an authority.

``gis.rules.site_judging`` evaluates the whole union, together with the rules of ``gis.rules.model``.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from gis.landuse.codes import CodeVersion
from gis.landuse.control_kinds import ControlKind
from gis.rules.facts import Indicator, IndustryStandard, Power, Works
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, NamedZone, RequiredContainment, RuleBase
from gis.rules.sources import Source, Text
from gis.rules.texts import (
    ActivityOutcome,
    AgencyOutcome,
    BilingualText,
    DistanceOutcome,
    DottedName,
    IndicatorOutcome,
    IndustryOutcome,
    LandOutcome,
    RuleData,
    ShareOutcome,
    UseOutcome,
)

#: Activity code of a project whose activity is none of those listed.
NO_LISTED_ACTIVITY = "none"

Kinds = Annotated[tuple[ControlKind, ...], Field(min_length=1)]
IndustryCode = Annotated[str, StringConstraints(pattern=r"^([A-T]|[A-T]?\d{2,4})$")]


class ProjectRuleBase(RuleBase):
    """What rules about a project have in common."""

    refines: tuple[DottedName, ...] = Field(
        default=(),
        description="Layer rules that this one replaces when the project is known: it says the same and more",
    )
    is_prohibition: bool = Field(default=False, description="A hard line: a sliver on it needs manual confirmation")


class AllowedActivity(RuleData):
    """One item of a list of activities that are allowed inside a control area, and under what condition."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+$")]
    name: BilingualText
    condition: BilingualText
    source: Source | None = Field(default=None, description="Where this item rests on another text than its rule")


class ActivityLimitedOverlap(ProjectRuleBase):
    """What an overlap means depends on the zone, and in some zones on the activity."""

    type: Literal["limited_overlap_by_activity"]
    control_kinds: Kinds
    zones: Annotated[dict[str, NamedZone], Field(min_length=1)] = Field(
        description="Zones that are not in activity_zones have their outcome whatever the activity"
    )
    activity_zones: Annotated[tuple[str, ...], Field(min_length=1)]
    activities: Annotated[tuple[AllowedActivity, ...], Field(min_length=1)]
    without_new_land: ActivityOutcome = Field(description="Listed, and no new construction land is taken")
    with_new_land: ActivityOutcome = Field(description="Listed, and new construction land is taken, or nobody said")
    national_major: ActivityOutcome = Field(description="Not listed, but a national major project")
    not_listed: ActivityOutcome
    unknown_activity: ActivityOutcome
    unknown_zone: ActivityOutcome

    @model_validator(mode="after")
    def _require_named_zones(self) -> Self:
        if unknown := set(self.activity_zones) - self.zones.keys():
            raise ValueError(f"activity_zones name {sorted(unknown)}, which are not among the zones")
        codes = [activity.code for activity in self.activities]
        if len(set(codes)) < len(codes) or NO_LISTED_ACTIVITY in codes:
            raise ValueError(f"activity codes are unique and none of them is {NO_LISTED_ACTIVITY!r}: {codes}")
        return self


class ZoneUses(RuleData):
    """Uses in one zone: a code stands for itself and everything below it."""

    name: BilingualText
    allowed: tuple[str, ...] = ()
    conditional: tuple[str, ...] = ()
    all_allowed: bool = False


class AllowedUses(ProjectRuleBase):
    """Only some uses are allowed in a zone of a control area, or outside all of its areas."""

    type: Literal["allowed_uses"]
    control_kinds: Kinds
    code_version: CodeVersion
    zones: Annotated[dict[str, ZoneUses], Field(min_length=1)]
    outside: ZoneUses | None = Field(default=None, description="Uses outside of all areas; None says nothing there")
    not_allowed: UseOutcome
    conditional: UseOutcome
    unknown_use: UseOutcome
    unknown_zone: UseOutcome


class PlannedUse(ProjectRuleBase):
    """The intended use has to be the one that the plan in force names for the place, or one below it."""

    type: Literal["planned_use"]
    code_version: CodeVersion
    reserved: tuple[str, ...] = Field(default=(), description="Codes of land kept for later (留白用地)")
    differs: UseOutcome
    reserved_land: UseOutcome
    unclear: UseOutcome = Field(description="The codes cannot be compared, or the intended one is not exact enough")
    unknown_use: UseOutcome


class SurveyBeforeUseChange(ProjectRuleBase):
    """Contaminated land is surveyed before it is given a sensitive use, and listed land may not have one."""

    type: Literal["survey_before_use_change"]
    control_kinds: Kinds
    code_version: CodeVersion
    sensitive_uses: Annotated[tuple[str, ...], Field(min_length=1)]
    not_surveyed: UseOutcome
    listed_sensitive: UseOutcome
    listed_other: UseOutcome
    unknown_use: UseOutcome
    unknown_state: UseOutcome


class MeasuredFrom(StrEnum):
    """From where the law measures a distance to an object."""

    OUTER_EDGE = "outer_edge"
    CENTRE_LINE = "centre_line"


class DistanceClass(RuleData):
    """One class of objects and the parameter with its distance in metres; by place where the law tells places apart."""

    name: BilingualText
    written: tuple[str, ...] = Field(default=(), description="How sources write the class; the key counts as well")
    parameter: DottedName | None = None
    place_parameters: dict[str, DottedName] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _require_one_way(self) -> Self:
        if (self.parameter is None) == (not self.place_parameters):
            raise ValueError("a class of objects has either one parameter or one for each kind of place")
        return self


class ProjectScope(RuleData):
    """Projects that a rule is about: those of some industries, or with some works."""

    industries: tuple[IndustryCode, ...] = ()
    industry_standard: IndustryStandard = IndustryStandard.GBT4754_2017
    works: tuple[Works, ...] = ()
    is_assumed: bool = Field(default=False, description="The law names the projects in words; this list is our reading")

    @model_validator(mode="after")
    def _require_something(self) -> Self:
        if not (self.industries or self.works):
            raise ValueError("a scope names industries or works")
        return self


class MinimumDistance(ProjectRuleBase):
    """A site keeps its distance from objects of some classes."""

    type: Literal["minimum_distance"]
    control_kinds: Kinds
    measured_from: MeasuredFrom
    exact_is_clear: bool = Field(
        description="Whether exactly the distance is far enough (不少于) or still within (范围内): 民法典 art. 1259"
    )
    classes: Annotated[dict[str, DistanceClass], Field(min_length=1)]
    applies_to: ProjectScope | None = None
    closer: DistanceOutcome
    closer_site: DistanceOutcome | None = Field(
        default=None,
        description="Where the law forbids buildings only: for a site, in which they can still keep their distance",
    )
    doubtful: DistanceOutcome = Field(description="The accuracy, or an unknown width of the object, leaves it open")
    unknown_class: DistanceOutcome
    unknown_project: DistanceOutcome | None = None

    @model_validator(mode="after")
    def _require_an_answer_for_unknown_projects(self) -> Self:
        if (self.applies_to is None) != (self.unknown_project is None):
            raise ValueError(
                "applies_to and unknown_project go together: a project of which nothing is known is not free"
            )
        return self


class MaximumShare(ProjectRuleBase):
    """At most a share of the site may lie in some zones of a control area."""

    type: Literal["maximum_share"]
    control_kinds: Kinds
    zones: tuple[str, ...] = Field(default=(), description="Zones that count; empty for every area of the layer")
    parameter: DottedName
    exceeded: ShareOutcome
    within: ShareOutcome | None = Field(default=None, description="What a smaller share calls for; None: nothing")


class Jurisdiction(ProjectRuleBase):
    """Who holds a power over a site, with shares where it crosses a border; gaps and overlaps are reported."""

    type: Literal["jurisdiction"]
    control_kinds: Kinds
    power: Power
    one: AgencyOutcome
    several: AgencyOutcome
    overlapping: AgencyOutcome
    nobody: AgencyOutcome = Field(description="For a gap in the layer, in part of the site or all of it")


class ApprovalLevel(ProjectRuleBase):
    """Which level of government approves, by the areas of land of each class; exactly the limit is within it."""

    type: Literal["approval_level"]
    cultivated_limit: DottedName
    other_limit: DottedName
    state_council: LandOutcome
    province: LandOutcome
    unknown_land: LandOutcome = Field(description="Land of unknown class could turn the answer")


class Comparison(StrEnum):
    """How a figure stands to its limit; both include the limit."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


class PlanLimit(RuleData):
    """The limit is the plan's own."""

    source: Literal["plan"]


class ParameterLimit(RuleData):
    """The limit is a parameter."""

    source: Literal["parameter"]
    parameter: DottedName


class IndustryLimits(RuleData):
    """The limit depends on the industry; the longest code that the project's code begins with decides."""

    source: Literal["industry"]
    industry_standard: IndustryStandard
    parameters: Annotated[dict[IndustryCode, DottedName], Field(min_length=1)]


class IndicatorThreshold(ProjectRuleBase):
    """A figure of the project keeps within a limit."""

    type: Literal["indicator_threshold"]
    indicator: Indicator
    comparison: Comparison
    limit: Annotated[PlanLimit | ParameterLimit | IndustryLimits, Field(discriminator="source")]
    uses: tuple[str, ...] = Field(default=(), description="Land uses that the rule is about; empty for all")
    code_version: CodeVersion = CodeVersion.GUIDE_2023
    failed: IndicatorOutcome
    exempted: IndicatorOutcome | None = Field(default=None, description="Failed, with a document that excuses it")
    unknown_value: IndicatorOutcome
    unknown_limit: IndicatorOutcome | None = Field(default=None, description="The plan or the table names no limit")


class ListedIndustry(RuleData):
    """One item of a list of industries; ``item`` is what the list calls it."""

    item: Text
    codes: Annotated[tuple[IndustryCode, ...], Field(min_length=1)]
    name: BilingualText
    is_forbidden: bool = Field(description="Forbidden; otherwise restricted")


class IndustryList(ProjectRuleBase):
    """A negative list: industries that are forbidden or restricted in a region (负面清单)."""

    type: Literal["industry_list"]
    industry_standard: IndustryStandard
    items: Annotated[tuple[ListedIndustry, ...], Field(min_length=1)]
    forbidden: IndustryOutcome
    restricted: IndustryOutcome
    unknown_industry: IndustryOutcome


ProjectRule = Annotated[
    ActivityLimitedOverlap
    | AllowedUses
    | PlannedUse
    | SurveyBeforeUseChange
    | MinimumDistance
    | MaximumShare
    | Jurisdiction
    | ApprovalLevel
    | IndicatorThreshold
    | IndustryList,
    Field(discriminator="type"),
]

#: Every rule there is.
SiteRule = Annotated[
    ForbiddenOverlap
    | LimitedOverlap
    | RequiredContainment
    | ActivityLimitedOverlap
    | AllowedUses
    | PlannedUse
    | SurveyBeforeUseChange
    | MinimumDistance
    | MaximumShare
    | Jurisdiction
    | ApprovalLevel
    | IndicatorThreshold
    | IndustryList,
    Field(discriminator="type"),
]
