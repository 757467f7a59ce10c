"""The counties (县级行政区) that parcel codes may name: a table that the bureau gives, and one at second hand that ships with the library."""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TypeAlias

__all__ = ["County", "CountyTable", "shipped_counties"]

#: (west, south, east, north) in degrees.
_Bounds: TypeAlias = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class County:
    """A county-level region.

    Attributes
    ----------
    code, name : str
        The code has six digits.
    bounds : tuple of float, optional
        Where it lies in (lon, lat) degrees.
    listed_until : str, optional
        Of a code that was abolished: the last list that has it, YYYY-MM.
    """

    code: str
    name: str
    bounds: _Bounds | None = None
    listed_until: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class CountyTable:
    """Counties by their code.

    Attributes
    ----------
    source : str
        What the table was read from, for reports.
    counties : mapping of str to County
    is_complete : bool
        Whether a county that is not in it does not exist; otherwise that is only not known.

    Examples
    --------
    >>> from gis.landuse.counties import County, CountyTable
    >>> table = CountyTable.of("counties.csv", [County("430121", "长沙县")])
    >>> table.find("430121001001GB00001").name, table.find("430122001001GB00001")
    ('长沙县', None)
    """

    source: str
    counties: Mapping[str, County]
    is_complete: bool = True

    @classmethod
    def of(cls, source: str, counties: Iterable[County]) -> "CountyTable":
        """Make a table of counties whose codes differ."""
        return cls(source, {county.code: county for county in counties})

    def find(self, code: str) -> County | None:
        """Return the county that a code begins with."""
        return self.counties.get(code[:6])


@cache
def shipped_counties() -> CountyTable:
    """Load the table that ships: put together at second hand, not compared with the official list, and therefore never complete.

    Returns
    -------
    CountyTable
        All rows are assumed. Extents are one degree about the seat of the county, rounded to 0.1 degree, good for plausibility only; there are none in
        provinces whose counties reach farther.

    References
    ----------
    .. [1] ``tables/county_sources.csv``: where each row is from.

    Examples
    --------
    >>> from gis.landuse.counties import shipped_counties
    >>> [shipped_counties().find(code) and shipped_counties().find(code).listed_until for code in ("340209", "340203")]
    [None, '2019-04']
    >>> shipped_counties().find("430121").name
    '长沙县'
    """
    text = (resources.files("gis.landuse") / "tables" / "counties.csv").read_text(encoding="utf-8")
    counties = {row["code"]: _read_county(row) for row in csv.DictReader(text.splitlines(), strict=True)}
    return CountyTable("counties.csv (assumed)", counties, is_complete=False)


def _read_county(row: Mapping[str, str]) -> County:
    bounds = None
    if row["west"]:
        bounds = (float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"]))
    return County(row["code"], row["name_zh"], bounds, row["listed_until"] or None)
