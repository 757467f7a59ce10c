"""Code tables of a place's own, such as the districts of its zoning ordinance: what each code means is data that a bureau gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from gis.landuse.codes import ConstructionStatus

__all__ = ["LocalCode", "LocalCodes"]

#: By the name of a table, and by the code in it, whether a code is construction land.
LocalCodes: TypeAlias = Mapping[str, Mapping[str, ConstructionStatus]]


@dataclass(frozen=True, slots=True)
class LocalCode:
    """One code of a table of its own.

    Attributes
    ----------
    code : str
        As zones have it.
    construction_status : ConstructionStatus
        ``no_data`` for a code of which it is known that it says nothing, such as a district that only adds rules to others.
    name : str or None
    """

    code: str
    construction_status: ConstructionStatus
    name: str | None = None
