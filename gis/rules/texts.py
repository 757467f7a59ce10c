"""Sentences of rules in Chinese and English: templates that give their numbers and their source, and outcomes."""

import string
from enum import StrEnum
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gis.rules.sources import Source, Text
from gis.rules.verdict import Verdict

#: What a text template may name: the overlap with its numbers, the names of the areas hit, and the legal source.
PLACEHOLDERS = frozenset({"measure", "names", "citation"})

#: Name of a rule, a parameter or a list: lower-case words with points between.
DottedName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]


class RuleData(BaseModel):
    """Base of everything in a rule file: immutable, and an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BilingualText(RuleData):
    """A text in Chinese and English."""

    zh: Text
    en: Text


class BilingualTemplate(BilingualText):
    """A sentence in Chinese and English whose ``{measure}``, ``{names}`` and ``{citation}`` are filled in."""

    allowed: ClassVar[frozenset[str]] = PLACEHOLDERS
    needed: ClassVar[frozenset[str]] = frozenset({"measure", "citation"})

    @model_validator(mode="after")
    def _require_known_placeholders(self) -> Self:
        for template in (self.zh, self.en):
            named = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
            if unknown := named - self.allowed:
                raise ValueError(f"unknown placeholders {sorted(unknown)} in {template!r}")
            if missing := self.needed - named:
                raise ValueError(f"a sentence gives its numbers and its source, {sorted(missing)}: {template!r}")
        return self


class ActivityTemplate(BilingualTemplate):
    """An overlap and the activity that is planned in it, with the condition the law sets."""

    allowed = PLACEHOLDERS | {"activity", "condition"}


class UseTemplate(BilingualTemplate):
    """An overlap, the zone it lies in and the use that is intended; ``{planned}`` is the use a plan names."""

    allowed = PLACEHOLDERS | {"use", "zone", "planned"}


class ShareTemplate(BilingualTemplate):
    """An overlap and the largest share that is allowed."""

    allowed = PLACEHOLDERS | {"limit"}
    needed = frozenset({"measure", "limit", "citation"})


class DistanceTemplate(BilingualTemplate):
    """A distance in metres, the one that is required, and the class of the object."""

    allowed = frozenset({"distance", "required", "object", "names", "citation"})
    needed = frozenset({"distance", "citation"})


class IndicatorTemplate(BilingualTemplate):
    """An indicator, its value and its limit."""

    allowed = frozenset({"indicator", "value", "limit", "citation"})
    needed = frozenset({"indicator", "citation"})


class IndustryTemplate(BilingualTemplate):
    """An industry and the item of a list that speaks of it."""

    allowed = frozenset({"industry", "item", "citation"})
    needed = frozenset({"citation"})


class AgencyTemplate(BilingualTemplate):
    """Who is competent for which part of a place."""

    allowed = frozenset({"power", "agencies", "measure", "citation"})
    needed = frozenset({"power", "citation"})


class LandTemplate(BilingualTemplate):
    """Areas of land by class, in hectares, against the limits of an approving authority."""

    allowed = frozenset({"farmland", "cultivated", "other", "unknown", "cultivated_limit", "other_limit", "citation"})
    needed = frozenset({"citation"})


class Decision(StrEnum):
    """What follows from a finding, for programs; the sentence says it to people."""

    FORBIDDEN = "forbidden"
    NEEDS_OPINION = "needs_opinion"  # 省级人民政府符合有限人为活动认定意见, or the consent of an authority or operator
    NEEDS_UNAVOIDABILITY = "needs_unavoidability"  # 不可避让论证
    CONDITIONAL = "conditional"
    NEEDS_SURVEY = "needs_survey"
    NEEDS_STATE_COUNCIL = "needs_state_council"
    NEEDS_PROVINCE = "needs_province"
    MISSING_FACT = "missing_fact"
    ALLOWED = "allowed"


class OutcomeBase(RuleData):
    """What a rule says about a part of the place: a verdict, its sentence, and what can be done."""

    verdict: Verdict
    text: BilingualTemplate
    remedy: BilingualText
    source: Source | None = Field(default=None, description="Where this outcome rests on another article than its rule")
    decision: Decision | None = Field(default=None, description="What follows, for programs")


class Outcome(OutcomeBase):
    """An outcome about an overlap."""


class ActivityOutcome(OutcomeBase):
    """An outcome about an activity in an overlap."""

    text: ActivityTemplate


class UseOutcome(OutcomeBase):
    """An outcome about an intended use."""

    text: UseTemplate


class ShareOutcome(OutcomeBase):
    """An outcome about a share that is too large."""

    text: ShareTemplate


class DistanceOutcome(OutcomeBase):
    """An outcome about a distance."""

    text: DistanceTemplate


class IndicatorOutcome(OutcomeBase):
    """An outcome about an indicator."""

    text: IndicatorTemplate


class IndustryOutcome(OutcomeBase):
    """An outcome about an industry."""

    text: IndustryTemplate


class AgencyOutcome(OutcomeBase):
    """An outcome about who is competent."""

    text: AgencyTemplate


class LandOutcome(OutcomeBase):
    """An outcome about areas by class of land."""

    text: LandTemplate
