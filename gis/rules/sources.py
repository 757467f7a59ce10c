"""Where a rule or a number comes from, when and where it is in force, and whether its text has been checked."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

#: Region code of what holds in the whole country.
NATIONAL = "CN"

#: ``CN``, or a GB/T 2260 code of a province (2 digits), city (4) or county (6).
RegionCode = Annotated[str, StringConstraints(pattern=r"^(CN|\d{2}(\d{2}(\d{2})?)?)$")]

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class SourceStatus(StrEnum):
    """Whether the text was read in a published source (confirmed) or is a default still to be checked (assumed)."""

    CONFIRMED = "confirmed"
    ASSUMED = "assumed"


class InForce(BaseModel):
    """The legal source that rules and parameter rows share: document, article, region and period.

    ``valid_from`` is the first day in force, ``valid_to`` the first day no longer in force; None leaves that side open.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    document: Text = Field(description="Title and number of the document, in its own language")
    article: str = Field(default="", description="Article, section or table of the document, in its own language")
    region: RegionCode = NATIONAL
    valid_from: date | None = None
    valid_to: date | None = None
    status: SourceStatus

    @model_validator(mode="after")
    def _require_period(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to <= self.valid_from:
            raise ValueError(f"valid_to {self.valid_to} is not after valid_from {self.valid_from}")
        return self

    @property
    def citation(self) -> str:
        """Document and article, marked when the text has still to be checked."""
        return f"{self.document}{self.article}" + ("（依据待核实）" if self.is_assumed else "")

    @property
    def is_assumed(self) -> bool:
        """Whether the text has still to be checked against the published document."""
        return self.status is SourceStatus.ASSUMED

    def is_in_force(self, as_of: date) -> bool:
        """Whether the document is in force on a day."""
        started = self.valid_from is None or self.valid_from <= as_of
        return started and (self.valid_to is None or as_of < self.valid_to)

    def applies_in(self, region: str) -> bool:
        """Whether the document holds in a region: national texts everywhere, local ones in their region and below."""
        return self.region == NATIONAL or shorten_region(region).startswith(shorten_region(self.region))


class Source(InForce):
    """Legal source of a rule, with what an English sentence needs to cite it."""

    document_en: Text
    article_en: str = ""

    @cached_property
    def citation_zh(self) -> str:
        """Document and article in Chinese, marked when still to be checked."""
        return self.citation

    @cached_property
    def citation_en(self) -> str:
        """Document and article in English, marked when still to be checked."""
        cited = f"{self.document_en}, {self.article_en}" if self.article_en else self.document_en
        return cited + (" (source to be confirmed)" if self.is_assumed else "")


def shorten_region(region: str) -> str:
    """Cut the trailing ``00`` pairs of an administrative code, so that a region's code starts with its parent's.

    Examples
    --------
    >>> from gis.rules.sources import shorten_region
    >>> shorten_region("430100"), shorten_region("430121"), shorten_region("CN")
    ('4301', '430121', 'CN')
    """
    while len(region) > 2 and region.endswith("00"):
        region = region[:-2]
    return region


def region_of_parcel(parcel_code: str | None) -> str:
    """Return the county whose law holds for a parcel: the first six digits of its code (TD/T 1001-2012).

    Examples
    --------
    >>> from gis.rules.sources import region_of_parcel
    >>> region_of_parcel("430121020001GB00001"), region_of_parcel("91-89"), region_of_parcel(None)
    ('430121', 'CN', 'CN')
    """
    county = (parcel_code or "")[:6]
    return county if len(county) == 6 and county.isascii() and county.isdigit() else NATIONAL
