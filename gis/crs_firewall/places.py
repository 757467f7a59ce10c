"""Where a delivery is expected to lie: the extent of what is known already, or of the province that its parcel codes name."""

import csv
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from operator import itemgetter
from typing import Final, TypeAlias

from gis.landuse.counties import CountyTable

__all__ = ["Bounds", "ExpectedPlace", "Province", "place_of_codes", "provinces"]

#: (west, south, east, north) in degrees.
Bounds: TypeAlias = tuple[float, float, float, float]

# A neighbouring town lies within this; the wrong zone of the national grid is six times farther.
_MARGIN_DEG: Final = 0.5
# Most codes have to agree before they say where a delivery lies.
_AGREEING_SHARE: Final = 0.9
_FIRST_SIX: Final = itemgetter(slice(6))


@dataclass(frozen=True, slots=True)
class ExpectedPlace:
    """An extent in (lon, lat) degrees, and what it is called in a sentence, such as 原版本范围 and "the extent of the former version"."""

    bounds: Bounds
    where_zh: str = "预期范围"
    where_en: str = "the expected extent"

    def holds(self, lon: float, lat: float) -> bool:
        """Tell whether a place lies in the extent or near it.

        Examples
        --------
        >>> from gis.crs_firewall import ExpectedPlace
        >>> hunan = ExpectedPlace((108.7, 24.6, 114.3, 30.2))
        >>> hunan.holds(113.08, 28.24), hunan.holds(116.08, 28.24)
        (True, False)
        """
        west, south, east, north = self.bounds
        return west - _MARGIN_DEG <= lon <= east + _MARGIN_DEG and south - _MARGIN_DEG <= lat <= north + _MARGIN_DEG


@dataclass(frozen=True, slots=True)
class Province:
    """A province-level region of GB/T 2260 with an extent rounded outward to 0.1 degree; good for plausibility only.

    References
    ----------
    .. [1] GB/T 2260-2007《中华人民共和国行政区划代码》, the first two digits. The extents are read off public maps and are assumed.
    """

    code: str
    name_zh: str
    name_en: str
    bounds: Bounds


@cache
def provinces() -> dict[str, Province]:
    """Load the provinces by the first two digits of a code."""
    text = (resources.files("gis.crs_firewall") / "tables" / "provinces.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Province(
            row["code"],
            row["name_zh"],
            row["name_en"],
            (float(row["west"]), float(row["south"]), float(row["east"]), float(row["north"])),
        )
        for row in csv.DictReader(text.splitlines(), strict=True)
    }


def place_of_codes(codes: Iterable[str], counties: CountyTable | None = None) -> ExpectedPlace | None:
    """Return the extent of the county, or else of the province, that nearly all parcel codes begin with.

    Parameters
    ----------
    codes : iterable of str
        Parcel codes or county codes; what does not begin with six digits is left out.
    counties : CountyTable, optional
        Counties, with extents.

    Returns
    -------
    ExpectedPlace or None
        None where neither a county nor a province has nine tenths of the codes.

    Examples
    --------
    >>> from gis.crs_firewall import place_of_codes
    >>> place_of_codes(["430121001001GB00001", "430121001001GB00002"]).where_en
    'Hunan, which the codes name (43)'
    """
    begun = Counter(map(_FIRST_SIX, codes))
    named = Counter({code: n for code, n in begun.items() if len(code) == 6 and code.isascii() and code.isdigit()})
    if not named:
        return None
    place = None if counties is None else _county_place(named, counties)
    return place or _province_place(named)


def _county_place(named: Counter[str], counties: CountyTable) -> ExpectedPlace | None:
    code, count = named.most_common(1)[0]
    county = counties.find(code)
    if county is None or county.bounds is None or count < _AGREEING_SHARE * named.total():
        return None
    return ExpectedPlace(
        county.bounds, f"代码所示的{county.name}（{code}）", f"{county.name}, which the codes name ({code})"
    )


def _province_place(named: Counter[str]) -> ExpectedPlace | None:
    firsts: Counter[str] = Counter()
    for code, times in named.items():
        firsts[code[:2]] += times
    first, count = firsts.most_common(1)[0]
    province = provinces().get(first)
    if province is None or count < _AGREEING_SHARE * firsts.total():
        return None
    return ExpectedPlace(
        province.bounds,
        f"代码所示的{province.name_zh}（{first}）",
        f"{province.name_en}, which the codes name ({first})",
    )
