"""How ready recovered land is for supply: seven connections and levelling, and the clean-land test."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Known = Annotated[bool | None, Field(description="Left out: not known.")]


class Readiness(BaseModel):
    """Seven connections and levelled ground (七通一平); None where it is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    water: Known = None
    drainage: Known = None
    power: Known = None
    telecom: Known = None
    road: Known = None
    gas: Known = None
    heat: Known = None
    levelled: Known = None

    @property
    def count(self) -> int:
        """How many of the eight are there."""
        return sum(getattr(self, name) is True for name in type(self).model_fields)

    @property
    def is_supply_ready(self) -> bool | None:
        """Whether water, power, road and level ground are there (三通一平); None where one is not known and none lacks.

        Examples
        --------
        >>> from gis.disposal import Readiness
        >>> three = {"water": True, "power": True, "road": True}
        >>> Readiness(**three, levelled=True).is_supply_ready, Readiness(**three).is_supply_ready
        (True, None)
        """
        return _all_of(getattr(self, name) for name in ("water", "power", "road", "levelled"))


class CleanLand(BaseModel):
    """The five conditions of clean land (净地, Order 53 art. 21); None where it is not known."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    has_clear_rights: Known = None
    is_compensated: Known = None
    is_undisputed: Known = None
    has_fixed_conditions: Known = None
    has_start_conditions: Known = None

    @property
    def missing(self) -> tuple[str, ...]:
        """Conditions that are not met, or not known to be."""
        return tuple(name for name in type(self).model_fields if getattr(self, name) is not True)

    @property
    def is_clean(self) -> bool | None:
        """Whether all five hold; None where one is not known and none fails."""
        return _all_of(getattr(self, name) for name in type(self).model_fields)


def _all_of(values: Iterable[bool | None]) -> bool | None:
    found = list(values)
    if False in found:
        return False
    return None if None in found else True
