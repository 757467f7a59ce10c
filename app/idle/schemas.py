"""What is asked of the supervision of land over HTTP."""

from pydantic import BaseModel, ConfigDict


class AppealChange(BaseModel):
    """Whether a firm's objection to its class is open."""

    model_config = ConfigDict(extra="forbid")

    is_under_appeal: bool
