"""The kinds of fault: group, severity, titles and sentences, as a table that can be read and translated."""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib import resources

from gis.validation.severity import Severity


class FaultGroup(StrEnum):
    """What a kind of fault is about, in the order of a report."""

    DELIVERY = "delivery"
    CRS = "crs"
    GEOMETRY = "geometry"
    TOPOLOGY = "topology"
    ATTRIBUTE = "attribute"
    AREA = "area"


@dataclass(frozen=True, slots=True)
class KindOfFault:
    """One kind of fault; the sentences have places for values, such as ``{found}``."""

    kind: str
    group: FaultGroup
    severity: Severity
    title_zh: str
    title_en: str
    text_zh: str
    text_en: str
    remedy_zh: str
    remedy_en: str


@cache
def fault_kinds() -> dict[str, KindOfFault]:
    """Load the kinds of fault in the order of a report.

    Examples
    --------
    >>> from gis.validation.kinds import fault_kinds
    >>> fault_kinds()["self_intersection"].title_zh
    '自相交'
    """
    text = (resources.files("gis.validation") / "tables" / "fault_kinds.csv").read_text(encoding="utf-8")
    kinds = {}
    for row in csv.DictReader(text.splitlines(), strict=True):
        named = {name: row[name] for name in row if name not in {"group", "severity"}}
        kinds[row["kind"]] = KindOfFault(group=FaultGroup(row["group"]), severity=Severity(row["severity"]), **named)
    return kinds


def fault_kind(kind: str) -> KindOfFault:
    """Look up a kind of fault.

    Raises
    ------
    KeyError
        When there is no such kind: a report never has a fault that it cannot explain.
    """
    try:
        return fault_kinds()[kind]
    except KeyError as error:
        raise KeyError(f"there is no kind of fault {kind!r}") from error
