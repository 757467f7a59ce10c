"""What is asked of blueprints and what-if branches over HTTP."""

from datetime import date
from typing import Annotated

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

BranchId = Annotated[int, Path(ge=1, lt=2**63, description="Number of the branch.")]
Slug = Annotated[str, Field(min_length=1, max_length=63)]


class BlueprintRequest(BaseModel):
    """A blueprint of a comparison."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[Slug, Field(description="Slug of the layer; it is made if there is none.")] = "blueprint"
    valid_from: Annotated[date | None, Field(description="From when it shall hold; today when left out.")] = None
    complete: Annotated[bool, Field(description="Refuse a blueprint in which something is undecided.")] = False


class PlanBranchRequest(BaseModel):
    """A draft that is taken for granted."""

    model_config = ConfigDict(extra="forbid")

    plans: Annotated[
        list[Slug],
        Field(min_length=2, max_length=20, description="The plans whose latest comparison is the published state."),
    ]
    layer: Annotated[Slug, Field(description="The plan, or the layer of a line, that has the draft.")]
    version: Annotated[
        int | None, Field(ge=1, lt=2**31, description="Number of the draft; the newest version when left out.")
    ] = None


class BranchKeepRequest(BaseModel):
    """A branch to make ordinary."""

    model_config = ConfigDict(extra="forbid")

    confirm_loss: Annotated[
        bool, Field(description="It is right that the draft has much less than the version in force.")
    ] = False
