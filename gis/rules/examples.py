"""Cases that every rule carries with it: small polygons in metres, and the verdict that is expected of them."""

from enum import StrEnum
from typing import Annotated, Self

import shapely
from pydantic import AfterValidator, Field, model_validator

from gis.landuse.codes import CodeVersion
from gis.rules.facts import ContaminationState, IndustryStandard, Works
from gis.rules.sources import Text
from gis.rules.texts import Decision, RuleData
from gis.rules.verdict import Verdict


def _require_wkt(text: str) -> str:
    try:
        geometry = shapely.from_wkt(text)
    except shapely.GEOSException as error:
        raise ValueError(f"no well-known text: {error}") from error
    if geometry.is_empty or not geometry.is_valid:
        raise ValueError(f"an example has a valid geometry: {text}")
    return text


#: Well-known text in metres of a plane.
WellKnownText = Annotated[str, AfterValidator(_require_wkt)]


class ExampleKind(StrEnum):
    """What an example shows: a finding, none, or the last case before the verdict changes."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    NEAR_MISS = "near_miss"


class LandKind(StrEnum):
    """Classes of land by which the approving level is decided."""

    PERMANENT_FARMLAND = "permanent_farmland"
    CULTIVATED = "cultivated"
    OTHER = "other"
    UNKNOWN = "unknown"


class ExampleArea(RuleData):
    """One feature near the example's site; which attributes it has depends on the rule."""

    wkt: WellKnownText
    control_zone: str | None = None
    use_code: str | None = None
    state: ContaminationState | None = None
    agency: str | None = None
    land: LandKind | None = None
    object_class: str | None = None
    place_class: str | None = None
    land_width_m: float | None = Field(default=None, description="Width of the object's land, for a centre line")
    accuracy_m: float | None = None


class ExampleFacts(RuleData):
    """What the example's project is, as ``gis.rules.facts.SiteFacts``."""

    use_code: str | None = None
    use_code_version: CodeVersion = CodeVersion.GUIDE_2023
    industry_code: str | None = None
    industry_standard: IndustryStandard = IndustryStandard.GBT4754_2017
    activity_code: str | None = None
    takes_new_construction_land: bool | None = None
    is_national_major_project: bool | None = None
    works: frozenset[Works] | None = None
    exemption_document: str | None = None
    is_building_outline: bool = False


class RuleExample(RuleData):
    """One case: a site, what is around it, what is known of the project, and what the rule has to say.

    ``expect`` is the worst verdict of all features; PASS when there is no finding.
    """

    kind: ExampleKind
    name: Text
    site: WellKnownText = "POLYGON ((0 0, 100 0, 100 100, 0 100, 0 0))"
    areas: tuple[ExampleArea, ...] = ()
    facts: ExampleFacts = ExampleFacts()
    value: float | None = Field(default=None, description="The project's figure, for an indicator")
    plan_limit: float | None = Field(default=None, description="The plan's limit, for an indicator")
    expect: Verdict
    decision: Decision | None = Field(default=None, description="Expected of the finding with the worst verdict")

    @model_validator(mode="after")
    def _require_what_the_kind_says(self) -> Self:
        if self.kind is ExampleKind.POSITIVE and self.expect is Verdict.PASS:
            raise ValueError(f"{self.name}: a positive example has a finding")
        if self.kind is ExampleKind.NEGATIVE and self.expect is not Verdict.PASS:
            raise ValueError(f"{self.name}: a negative example has no finding")
        return self


def _require_every_kind(examples: tuple[RuleExample, ...]) -> tuple[RuleExample, ...]:
    if missing := set(ExampleKind) - {example.kind for example in examples}:
        raise ValueError(f"no example of the kind {', '.join(sorted(missing))}")
    return examples


Examples = Annotated[tuple[RuleExample, ...], AfterValidator(_require_every_kind)]
