"""The hard lines inside which no construction land is proposed, as data."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources

from pydantic import BaseModel, ConfigDict, TypeAdapter

from gis.rules.sources import SourceStatus

__all__ = ["deciding_lines", "deciding_mask"]


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    line: str
    document: str
    status: SourceStatus


@cache
def _lines() -> Mapping[str, _Line]:
    text = (resources.files("gis.plans") / "deciding_lines.json").read_text(encoding="utf-8")
    return {entry.line: entry for entry in TypeAdapter(list[_Line]).validate_python(json.loads(text))}


def deciding_lines(lines: Iterable[str]) -> tuple[str, ...]:
    """Pick the lines that go before every plan: red line, permanent farmland, first protection areas, cores of reserves.

    Parameters
    ----------
    lines : iterable of str
        Names of bits (:mod:`gis.plans.lines`).

    Returns
    -------
    tuple of str
        In the order given. Ground outside of a boundary, and ground of which a layer says nothing, decides nothing.

    References
    ----------
    .. [1] 差异图斑协调: 红线、永久基本农田、水源一级保护区、自然保护地核心区 first; the source of each line stands in the table.

    Examples
    --------
    >>> deciding_lines(["urban_development_boundary.outside", "ecological_redline.core", "water_source.level_2"])
    ('ecological_redline.core',)
    """
    return tuple(line for line in lines if line in _lines())


def deciding_mask(lines: Sequence[str]) -> int:
    """Return the bits of the lines that go before every plan, in a mask whose bits have some names, the lowest first.

    Examples
    --------
    >>> bin(deciding_mask(["urban_development_boundary.outside", "ecological_redline.core", "permanent_basic_farmland"]))
    '0b110'
    """
    return sum(1 << lines.index(line) for line in deciding_lines(lines))
