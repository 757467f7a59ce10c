"""What the source attributes of a control area say of the object in it: class, voltage, width, authority, state.

Layers of roads, lines, jurisdictions and contaminated land come in many forms; how their fields are called is a table
(``tables/object_fields.csv``). What a source does not say is None: a rule then says which fact is missing.
"""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from gis.landuse.reading import read_table

__all__ = ["OBJECT_FIELDS", "ObjectFacts", "read_object_facts"]

#: What can be said of an object.
OBJECT_FIELDS: Final = (
    "object_class",
    "voltage_kv",
    "place_class",
    "land_width_m",
    "agency",
    "power",
    "contamination_state",
)


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What is known of one object.

    Attributes
    ----------
    object_class : str or None
        As the source writes it; of a power line without a class its voltage, such as ``110kV``.
    place_class : str or None
    land_width_m : float or None
        Width of the land of what is drawn as a line.
    agency, power, contamination_state : str or None
    """

    object_class: str | None = None
    place_class: str | None = None
    land_width_m: float | None = None
    agency: str | None = None
    power: str | None = None
    contamination_state: str | None = None


def read_object_facts(attributes: Mapping[str, Any]) -> ObjectFacts:
    """Read what the attributes of a source say; names match without regard to width, blanks and case.

    Examples
    --------
    >>> from gis.landuse.objects import read_object_facts
    >>> read_object_facts({"DYDJ": 110, "宽度": "24"})
    ObjectFacts(object_class='110kV', place_class=None, land_width_m=24.0, agency=None, power=None, contamination_state=None)
    >>> read_object_facts({"GLDJ": "国道"}).object_class, read_object_facts({}).object_class
    ('国道', None)
    """
    found: dict[str, Any] = {}
    names = _fields_by_written()
    plain = {_plain(name): value for name, value in attributes.items()}
    for written, field in names.items():
        if field not in found and (text := _text(plain.get(written))) is not None:
            found[field] = text
    return ObjectFacts(
        object_class=found.get("object_class") or _voltage(found.get("voltage_kv")),
        place_class=found.get("place_class"),
        land_width_m=_metres(found.get("land_width_m")),
        agency=found.get("agency"),
        power=found.get("power"),
        contamination_state=found.get("contamination_state"),
    )


@cache
def _fields_by_written() -> dict[str, str]:
    """Return the fields by how sources call them, the surest names first."""
    return {
        _plain(written): row["field"]
        for row in read_table("object_fields.csv")
        for written in row["written"].split("|")
    }


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


def _text(value: object) -> str | None:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip() or None


def _voltage(written: str | None) -> str | None:
    if written is None:
        return None
    return f"{written}kV" if written.replace(".", "", 1).isdigit() else written


def _metres(written: str | None) -> float | None:
    """Read a width; one that is no positive number is not known."""
    try:
        metres = float(written) if written is not None else math.nan
    except ValueError:
        return None
    return metres if math.isfinite(metres) and metres > 0 else None
