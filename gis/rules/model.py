"""Rules that a control layer alone decides, as typed data: a discriminated union that ``gis.rules.judging`` evaluates.

A new kind of rule is a new class here and a new case there; a case that is missing fails type checking. Rules that need
more than the layer (a use, an activity, a distance, a plan's limits) are in ``gis.rules.site_model``.
"""

from typing import Annotated, Literal

from pydantic import Field

from gis.landuse.control_kinds import ControlKind
from gis.rules.examples import Examples
from gis.rules.sources import Source
from gis.rules.texts import PLACEHOLDERS, BilingualTemplate, BilingualText, DottedName, Outcome, RuleData

__all__ = [
    "PLACEHOLDERS",
    "BilingualTemplate",
    "BilingualText",
    "ForbiddenOverlap",
    "LimitedOverlap",
    "NamedZone",
    "Outcome",
    "RequiredContainment",
    "Rule",
    "RuleBase",
]


class NamedZone(RuleData):
    """One zone or partition of a control area (``gis.landuse.control_zones``); without an outcome it is free of findings."""

    name: BilingualText
    outcome: Outcome | None = None


class RuleBase(RuleData):
    """What every rule has: a name, a legal source, and examples that prove it whenever it is loaded."""

    rule_id: DottedName
    title: BilingualText
    source: Source
    examples: Examples = Field(
        description="At least one positive, one negative and one near-miss case; they run on loading"
    )


class _LayerRule(RuleBase):
    control_kinds: Annotated[tuple[ControlKind, ...], Field(min_length=1)]
    is_prohibition: bool = Field(
        description="A hard line: a sliver on it needs manual confirmation (REVIEW) and is not a mere warning"
    )


class ForbiddenOverlap(_LayerRule):
    """The control area may not be touched at all."""

    type: Literal["forbidden_overlap"]
    outcome: Outcome


class LimitedOverlap(_LayerRule):
    """What an overlap means depends on the zone of the control area."""

    type: Literal["limited_overlap"]
    zones: Annotated[dict[str, NamedZone], Field(min_length=1)]
    unknown_zone: Outcome = Field(description="For a zone that the source left out or wrote in an unknown way")


class RequiredContainment(_LayerRule):
    """The place must lie inside the control area; what a partition inside it means depends on its zone."""

    type: Literal["required_containment"]
    zones: Annotated[dict[str, NamedZone], Field(min_length=1)]
    unknown_zone: Outcome = Field(description="For a partition that the source left out or wrote in an unknown way")
    outside: Outcome = Field(description="For the part of the place that no area of the layer covers")


Rule = Annotated[ForbiddenOverlap | LimitedOverlap | RequiredContainment, Field(discriminator="type")]
