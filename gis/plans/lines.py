"""The hard lines and functional zones as bits of a comparison, with the names people read."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_kind_style, control_zones
from gis.plans.comparison import HardLine

__all__ = ["LINE_KINDS", "line_names", "lines_of_layer"]

#: The kinds of control areas that a comparison of plans looks at, in the order of the mask.
LINE_KINDS = (
    ControlKind.ECOLOGICAL_REDLINE,
    ControlKind.PERMANENT_BASIC_FARMLAND,
    ControlKind.URBAN_DEVELOPMENT_BOUNDARY,
    ControlKind.ECOLOGICAL_CONTROL_LINE,
    ControlKind.FUNCTIONAL_ZONE,
    ControlKind.WATER_SOURCE,
    ControlKind.NATURE_RESERVE,
    ControlKind.RIVER_MANAGEMENT,
    ControlKind.WETLAND,
    ControlKind.FLOOD_ZONE,
    ControlKind.FOREST,
)

_UNKNOWN, _OUTSIDE, _NOT_COVERED = "unknown", "outside", "not_covered"


def lines_of_layer(
    layer: str, kind: ControlKind, zones: Sequence[str | None], *, coverage: str | None = None
) -> tuple[HardLine, ...]:
    """Return the bits that one layer of control areas sets: one for each zone of its kind, or one for all of it.

    Parameters
    ----------
    layer : str
        Name of the layer in the partition.
    kind : ControlKind
    zones : sequence of str or None, length n
        Zone of each area (:mod:`gis.landuse.control_zones`), in the order of the layer's polygons.
    coverage : str, optional
        The layer of the partition that says where the areas are known: one more bit is set outside of it.

    Returns
    -------
    tuple of HardLine
        For the urban development boundary the one bit is set outside of it.

    Examples
    --------
    >>> from gis.landuse.control_kinds import ControlKind
    >>> [line.name for line in lines_of_layer("lines", ControlKind.ECOLOGICAL_REDLINE, ["core", None])]
    ['ecological_redline.core', 'ecological_redline.general', 'ecological_redline.unknown']
    """
    silence = () if coverage is None else (HardLine(f"{kind}.{_NOT_COVERED}", coverage, outside=True),)
    if kind is ControlKind.URBAN_DEVELOPMENT_BOUNDARY:
        return (HardLine(f"{kind}.{_OUTSIDE}", layer, outside=True), *silence)
    known = [zone.value for zone in control_zones(kind)]
    if not known:
        return (HardLine(kind.value, layer), *silence)
    written = [zone if zone in known else _UNKNOWN for zone in zones]
    return (
        tuple(
            HardLine(f"{kind}.{zone}", layer, np.array([one == zone for one in written], dtype=bool))
            for zone in [*known, _UNKNOWN]
        )
        + silence
    )


@lru_cache(maxsize=1024)
def line_names(name: str) -> tuple[str, str]:
    """Return the Chinese and the English name of a bit.

    Parameters
    ----------
    name : str
        As :func:`lines_of_layer` gives it.

    Raises
    ------
    ValueError
        For a name that it never gives.

    Examples
    --------
    >>> line_names("ecological_redline.core")
    ('生态保护红线（核心保护区）', 'Ecological red line (core protection zone)')
    >>> line_names("urban_development_boundary.outside")
    ('城镇开发边界外', 'Outside of the urban development boundary')
    """
    kind_name, _, zone = name.partition(".")
    kind = ControlKind(kind_name)
    style = control_kind_style(kind)
    names = {each.value: each.style for each in control_zones(kind)}
    if not zone:
        return style.name_zh, style.name_en
    if zone == _OUTSIDE:
        return f"{style.name_zh}外", f"Outside of the {style.name_en.lower()}"
    if zone == _UNKNOWN:
        return f"{style.name_zh}（分区不明）", f"{style.name_en} (zone not known)"
    if zone == _NOT_COVERED:
        return f"{style.name_zh}无数据", f"No data of the {style.name_en.lower()}"
    if zone not in names:
        message = f"{kind} has no zone {zone!r}."
        raise ValueError(message)
    return f"{style.name_zh}（{names[zone].name_zh}）", f"{style.name_en} ({names[zone].name_en.lower()})"
