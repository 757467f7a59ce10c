"""What is sent and answered at sign-in."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from app.keys.access import Scope


class SignIn(BaseModel):
    """A key, or the secret of a link that signs in once: one of the two."""

    model_config = ConfigDict(extra="forbid")

    key: SecretStr | None = Field(default=None, max_length=200)
    link: SecretStr | None = Field(default=None, max_length=200)

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.key is None) == (self.link is None):
            raise ValueError("send either `key` or `link`")
        return self


class SessionInfo(BaseModel):
    """Who looks at the page, and what the service lets them do."""

    holder: str | None = Field(description="The name of the key; null for a caller without one.")
    office: str | None = None
    scope: Scope | None = Field(description="What the caller may do; null where everything needs a key.")
    expires_at: datetime | None = Field(default=None, description="When the session ends, where there is one.")
