"""What is asked about cases of idle land."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.cases.letter_texts import LetterKind

MAX_CONTRACTS = 10_000


class OpeningRequest(BaseModel):
    """For which contracts of the current scan a case is opened."""

    model_config = ConfigDict(extra="forbid")

    contract_nos: Annotated[
        list[str] | None,
        Field(min_length=1, max_length=MAX_CONTRACTS, description="All idle land of the scan when left out."),
    ] = None
    on: Annotated[date | None, Field(description="Day of the finding; today when left out.")] = None


class LetterRequest(BaseModel):
    """Which letter is issued, and by whom."""

    model_config = ConfigDict(extra="forbid")

    kind: LetterKind
    office: Annotated[str, Field(min_length=1, max_length=100, description="Head of the letter: who issues it.")]
