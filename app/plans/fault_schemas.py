"""What is asked of a search for faults of plans and lines."""

from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.stored_texts import NoNul

Slug = Annotated[str, Field(min_length=1, max_length=100)]
Attribute = Annotated[str, Field(min_length=1, max_length=200), NoNul]


class TopologyRequest(BaseModel):
    """A search for the topology faults of one layer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plan: Annotated[Slug, Field(description="The layer.")]
    scope: Annotated[Slug | None, Field(description="A layer; what lies outside all of it is a fault.")] = None
    level: Annotated[
        Attribute | None,
        Field(description="A column of the source that says on (地表), above (地上) or below (地下) ground."),
    ] = None
    valid_from: Annotated[Attribute | None, Field(description="A column of the source: from when a feature holds.")] = (
        None
    )
    valid_to: Annotated[Attribute | None, Field(description="A column of the source: until when it holds.")] = None
    least_width_m: Annotated[
        float | None,
        Field(ge=0, le=100, description="Nowhere wider is no fault; the tolerance in force when left out."),
    ] = None
    least_area_m2: Annotated[float, Field(ge=0, le=1e6, description="Not larger is no fault.")] = 0.0
    as_of: date | None = None


class LinesRequest(BaseModel):
    """A search for hard lines that cross each other."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lines: Annotated[
        list[Slug] | None,
        Field(
            min_length=2, max_length=12, description="Layers of the three control lines; all in force when left out."
        ),
    ] = None
    as_of: date | None = None


class LevelsRequest(BaseModel):
    """A search for construction land beyond the plan of the level above."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lower: Annotated[Slug, Field(description="The plan.")]
    upper: Annotated[Slug, Field(description="The plan of the level above.")]
    as_of: date | None = None

    @model_validator(mode="after")
    def _are_two(self) -> Self:
        if self.lower == self.upper:
            message = "The plan and the plan above are the same."
            raise ValueError(message)
        return self


class NeighboursRequest(BaseModel):
    """A search for class 3 industry beside housing, within each plan and between the plans."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    plans: Annotated[list[Slug], Field(min_length=1, max_length=12, description="Layers with land-use codes.")]
    within_m: Annotated[
        float,
        Field(
            ge=0,
            le=10_000,
            allow_inf_nan=False,
            description="Further apart they are not beside each other; 0 is touching.",
        ),
    ] = 0.0
    as_of: date | None = None


class FaultSearch(BaseModel):
    """One search: exactly one of the four."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    topology: TopologyRequest | None = None
    lines: LinesRequest | None = None
    levels: LevelsRequest | None = None
    neighbours: NeighboursRequest | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if len(self.model_fields_set) != 1:
            message = "Name exactly one of topology, lines, levels and neighbours."
            raise ValueError(message)
        return self

    @property
    def layers(self) -> list[str]:
        """Return the layers that are named."""
        if self.topology is not None:
            return [slug for slug in (self.topology.plan, self.topology.scope) if slug is not None]
        if self.levels is not None:
            return [self.levels.lower, self.levels.upper]
        if self.neighbours is not None:
            return list(self.neighbours.plans)
        return [] if self.lines is None or self.lines.lines is None else list(self.lines.lines)
