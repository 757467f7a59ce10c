"""Scoring schemes and rules of classes as data, each with its document, article, region, period and status."""

from collections.abc import Sequence
from decimal import Decimal
from enum import StrEnum
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from gis.errors import GisError
from gis.performance.model import PerformanceIndicator, Scale
from gis.rules.sources import InForce, Text

PositiveDecimal = Annotated[Decimal, Field(gt=0)]
ShareOfAll = Annotated[Decimal, Field(ge=0, le=1)]


class ScoringMethod(StrEnum):
    """How the value of an indicator becomes points."""

    BENCHMARK_RATIO = "benchmark_ratio"  # value / base x weight
    MIN_MAX = "min_max"  # weight x (floor + span x (value - min) / (max - min))


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ScoredItem(_Data):
    """One indicator of a scheme."""

    indicator: PerformanceIndicator
    weight: PositiveDecimal
    base: PositiveDecimal | None = None
    is_mean_when_missing: bool = Field(
        default=False,
        description="A firm without the figure gets the mean points of those with it; otherwise it is not graded",
    )


class ScoringScheme(InForce):
    """How firms are scored in a place.

    ``item_cap`` is the most that an item can give, as a multiple of its weight; ``floor_share`` of the weight is given for the
    lowest value of a min-max scheme.
    """

    scheme_id: Text
    title_zh: Text
    title_en: Text
    method: ScoringMethod
    items: dict[Scale, tuple[ScoredItem, ...]]
    item_cap: PositiveDecimal | None = None
    floor_share: ShareOfAll = Decimal("0.2")
    note: str = ""

    @model_validator(mode="after")
    def _require_whole_weights(self) -> Self:
        for scale, items in self.items.items():
            total = sum(item.weight for item in items)
            if total != 100:
                raise ValueError(f"scheme {self.scheme_id}: the weights of {scale} add up to {total}, not 100")
            if self.method is ScoringMethod.BENCHMARK_RATIO and any(item.base is None for item in items):
                raise ValueError(f"scheme {self.scheme_id}: every item of {scale} needs a base")
        return self


class TierPolicy(InForce):
    """How scores become classes in a place.

    The best ``a_share`` of the firms are A, those up to ``b_share`` B, the last ``d_share`` D, the rest C. Of a number of firms
    that is not whole A takes the smaller and D the greater number unless the roundings say otherwise.
    """

    policy_id: Text
    a_share: ShareOfAll
    b_share: ShareOfAll
    d_share: ShareOfAll
    a_rounding: Literal["floor", "ceil"] = "floor"
    d_rounding: Literal["floor", "ceil"] = "ceil"
    d_below_tax_per_mu: Decimal | None = Field(default=None, description="A firm with less tax per mu is D")
    veto_class: Literal["C", "D"] = "D"
    ungraded_as: Literal["A", "B", "C", "D"] | None = Field(
        default=None, description="Class of a firm that is not graded"
    )
    new_firm_years: int = Field(default=2, ge=0, description="A firm in production for less is not graded")
    exempt_divisions: tuple[str, ...] = ()
    below_scale_min_mu: Decimal = Field(
        default=Decimal(3), description="A firm below scale with less land is not evaluated"
    )
    note: str = ""

    @model_validator(mode="after")
    def _require_order(self) -> Self:
        if not self.a_share <= self.b_share <= 1 - self.d_share:
            raise ValueError(f"policy {self.policy_id}: the shares of A, B and D overlap")
        return self


class SchemeRefusedError(GisError):
    """A file of scoring schemes or rules of classes is not valid."""


def load_schemes(*files: Path) -> dict[str, ScoringScheme]:
    """Read the shipped scoring schemes by their id, and those of a bureau's own files, which go before them.

    Parameters
    ----------
    *files : Path
        JSON lists of the form of ``schemes/scoring.json``.

    Raises
    ------
    SchemeRefusedError
        Naming the file, the field and what is wrong with it.

    Examples
    --------
    >>> from gis.performance import load_schemes
    >>> sorted(load_schemes())
    ['anhui_min_max', 'huangyan_2021', 'huangyan_2022']
    """
    return {scheme.scheme_id: scheme for scheme in _read(_SCHEMES, "scoring.json", files)}


def load_tier_policies(*files: Path) -> dict[str, TierPolicy]:
    """Read the shipped rules of classes by their id, and those of a bureau's own files, which go before them.

    Parameters
    ----------
    *files : Path
        JSON lists of the form of ``schemes/tiers.json``.

    Raises
    ------
    SchemeRefusedError

    Examples
    --------
    >>> from gis.performance import load_tier_policies
    >>> sorted(load_tier_policies())
    ['anhui', 'shandong', 'zhejiang']
    """
    return {policy.policy_id: policy for policy in _read(_POLICIES, "tiers.json", files)}


Entry = TypeVar("Entry")
_SCHEMES = TypeAdapter(tuple[ScoringScheme, ...])
_POLICIES = TypeAdapter(tuple[TierPolicy, ...])


def _read(adapter: TypeAdapter[tuple[Entry, ...]], shipped: str, files: Sequence[Path]) -> list[Entry]:
    own = resources.files("gis.performance") / "schemes" / shipped
    texts = [
        (shipped, own.read_text(encoding="utf-8")),
        *((file.name, file.read_text(encoding="utf-8")) for file in files),
    ]
    entries: list[Entry] = []
    for name, text in texts:
        try:
            entries += adapter.validate_json(text)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the file"
            raise SchemeRefusedError(f"{name}: {place}: {first['msg']}") from error
    return entries
