"""What is asked about cases of idle land."""

from datetime import date
from decimal import Decimal
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


class CandidateValues(BaseModel):
    """What is known of a case that may be taken, in place of the defaults."""

    model_config = ConfigDict(extra="forbid")

    case_id: int
    area_m2: Annotated[Decimal | None, Field(gt=0)] = None
    officer_days: Annotated[Decimal | None, Field(ge=0)] = None
    compensation_yuan: Annotated[Decimal | None, Field(ge=0)] = None
    use: Annotated[str | None, Field(min_length=1, max_length=50)] = None
    place: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    is_required: bool | None = None


class DemandRequest(BaseModel):
    """Land that is wanted."""

    model_config = ConfigDict(extra="forbid")

    use: Annotated[str, Field(min_length=1, max_length=50, description="Land-use code.")]
    place: Annotated[
        str | None, Field(min_length=1, max_length=200, description="Zone or county; anywhere when left out.")
    ] = None
    area_m2: Annotated[Decimal, Field(gt=0)]


class ImageryRequest(BaseModel):
    """What imagery shows is put on the file of a case."""

    model_config = ConfigDict(extra="forbid")

    on: Annotated[date | None, Field(description="Day on which it was put on the file; today when left out.")] = None


class PlanRequest(BaseModel):
    """Limits and demand of a recovery plan."""

    model_config = ConfigDict(extra="forbid")

    officer_days: Annotated[Decimal, Field(ge=0)]
    budget_yuan: Annotated[Decimal, Field(ge=0)]
    demands: Annotated[list[DemandRequest], Field(min_length=1, max_length=200)]
    cases: Annotated[list[CandidateValues], Field(max_length=1000)] = []
