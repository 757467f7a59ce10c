"""Zones inside a control area, how sources write them, and the colours of control areas on a map."""

import unicodedata
from dataclasses import dataclass
from functools import cache

from gis.landuse.control_kinds import ControlKind
from gis.landuse.reading import read_table


@dataclass(frozen=True, slots=True)
class MapStyle:
    """Names and colours of one legend entry; colours are ``#rrggbb``."""

    name_zh: str
    name_en: str
    fill: str
    outline: str


@dataclass(frozen=True, slots=True)
class ControlZone:
    """One zone (分区) of a kind of control area; ``value`` is what the database stores and a rule names."""

    control_kind: ControlKind
    value: str
    style: MapStyle
    source_values: frozenset[str]


def normalise_control_zone(control_kind: ControlKind | str, source_value: object) -> str | None:
    """Turn a source's zone into the stored value.

    Parameters
    ----------
    control_kind : ControlKind or str
    source_value : object
        Code or name as the source writes it; full-width characters, blanks and a number's missing leading zero do not matter.

    Returns
    -------
    str or None
        None when the source says nothing or something unknown: a rule then judges by its ``unknown_zone``, never as free.

    Raises
    ------
    ValueError
        For an unknown control kind.

    Examples
    --------
    >>> from gis.landuse.control_zones import normalise_control_zone
    >>> normalise_control_zone("functional_zone", "限制开发区"), normalise_control_zone("urban_development_boundary", 1.0)
    ('restricted', '01')
    >>> normalise_control_zone("ecological_redline", "") is None
    True
    """
    written = _plain(source_value)
    return _zones_by_written(ControlKind(control_kind)).get(written) if written else None


@cache
def control_zones(control_kind: ControlKind | str) -> tuple[ControlZone, ...]:
    """List the zones of a kind of control area in the order of a legend; empty for a kind that has none."""
    kind = ControlKind(control_kind)
    return tuple(
        ControlZone(
            control_kind=kind,
            value=row["control_zone"],
            style=_style(row),
            source_values=frozenset(filter(None, row["source_values"].split("|"))),
        )
        for row in read_table("control_zones.csv")
        if row["control_kind"] == kind
    )


@cache
def control_kind_style(control_kind: ControlKind | str) -> MapStyle:
    """Look up the names and colours of a kind of control area.

    Examples
    --------
    >>> from gis.landuse.control_zones import control_kind_style
    >>> control_kind_style("wetland").name_zh
    '湿地'
    """
    kind = ControlKind(control_kind)
    return next(_style(row) for row in read_table("control_kinds.csv") if row["control_kind"] == kind)


@cache
def _zones_by_written(control_kind: ControlKind) -> dict[str, str]:
    return {
        _plain(written): zone.value
        for zone in control_zones(control_kind)
        for written in (zone.value, zone.style.name_zh, zone.style.name_en, *zone.source_values)
    }


def _style(row: dict[str, str]) -> MapStyle:
    return MapStyle(row["name_zh"], row["name_en"], row["fill"], row["outline"])


def _plain(value: object) -> str:
    """Write a source value without width, case and blank variants; a whole float loses its ``.0``, NaN and None are empty."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is the only value unequal to itself
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "".join(unicodedata.normalize("NFKC", str(value)).split()).casefold()
