"""The counties (县级行政区) that parcel codes may name: a table that the bureau gives, since no complete one ships with the library."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["County", "CountyTable"]

#: (west, south, east, north) in degrees.
_Bounds: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class County:
    """A county-level region: its code of six digits, its name, and where it lies in (lon, lat) degrees if that is known."""

    code: str
    name: str
    bounds: _Bounds | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CountyTable:
    """Counties by their code.

    Attributes
    ----------
    source : str
        What the table was read from, for reports.
    counties : mapping of str to County

    Examples
    --------
    >>> from gis.landuse.counties import County, CountyTable
    >>> table = CountyTable.of("counties.csv", [County("430121", "长沙县")])
    >>> table.find("430121001001GB00001").name, table.find("430122001001GB00001")
    ('长沙县', None)
    """

    source: str
    counties: Mapping[str, County]

    @classmethod
    def of(cls, source: str, counties: Iterable[County]) -> "CountyTable":
        """Make a table of counties whose codes differ."""
        return cls(source, {county.code: county for county in counties})

    def find(self, code: str) -> County | None:
        """Return the county that a code begins with."""
        return self.counties.get(code[:6])
