"""Rules as typed data: a discriminated union that ``gis.rules.judging`` evaluates with ``match``.

A new kind of rule is a new class here and a new case there; a case that is missing fails type checking.
"""

import string
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from gis.landuse.control_kinds import ControlKind
from gis.rules.sources import Source, Text
from gis.rules.verdict import Verdict

#: What a text template may name: the overlap with its numbers, the names of the areas hit, and the legal source.
PLACEHOLDERS = frozenset({"measure", "names", "citation"})


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BilingualText(_Data):
    """A text in Chinese and English."""

    zh: Text
    en: Text


class BilingualTemplate(BilingualText):
    """A sentence in Chinese and English whose ``{measure}``, ``{names}`` and ``{citation}`` are filled in."""

    @model_validator(mode="after")
    def _require_known_placeholders(self) -> Self:
        for template in (self.zh, self.en):
            named = {field for _, field, _, _ in string.Formatter().parse(template) if field is not None}
            if unknown := named - PLACEHOLDERS:
                raise ValueError(f"unknown placeholders {sorted(unknown)} in {template!r}")
            if "measure" not in named or "citation" not in named:
                raise ValueError(f"a sentence gives its numbers and its source: {template!r}")
        return self


class Outcome(_Data):
    """What a rule says about a part of the place: a verdict, its sentence, and what can be done."""

    verdict: Verdict
    text: BilingualTemplate
    remedy: BilingualText
    source: Source | None = Field(default=None, description="Where this outcome rests on another article than its rule")


class NamedZone(_Data):
    """One zone or partition of a control area (``gis.landuse.control_zones``); without an outcome it is free of findings."""

    name: BilingualText
    outcome: Outcome | None = None


class _RuleBase(_Data):
    rule_id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
    control_kinds: Annotated[tuple[ControlKind, ...], Field(min_length=1)]
    title: BilingualText
    source: Source
    is_prohibition: bool = Field(
        description="A hard line: a sliver on it needs manual confirmation (REVIEW) and is not a mere warning"
    )


class ForbiddenOverlap(_RuleBase):
    """The control area may not be touched at all."""

    type: Literal["forbidden_overlap"]
    outcome: Outcome


class LimitedOverlap(_RuleBase):
    """What an overlap means depends on the zone of the control area."""

    type: Literal["limited_overlap"]
    zones: Annotated[dict[str, NamedZone], Field(min_length=1)]
    unknown_zone: Outcome = Field(description="For a zone that the source left out or wrote in an unknown way")


class RequiredContainment(_RuleBase):
    """The place must lie inside the control area; what a partition inside it means depends on its zone."""

    type: Literal["required_containment"]
    zones: Annotated[dict[str, NamedZone], Field(min_length=1)]
    unknown_zone: Outcome = Field(description="For a partition that the source left out or wrote in an unknown way")
    outside: Outcome = Field(description="For the part of the place that no area of the layer covers")


Rule = Annotated[ForbiddenOverlap | LimitedOverlap | RequiredContainment, Field(discriminator="type")]
