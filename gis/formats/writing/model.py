"""What is written: fields, batches of features, and the report of it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from gis.arrays import GeometryArray
from gis.errors import GisError

__all__ = ["FieldType", "OutputBatch", "OutputField", "WriteRefusedError", "WriteReport"]


class WriteRefusedError(GisError):
    """The features cannot be written in this format, this reference system or at this place."""


class FieldType(StrEnum):
    """Type of the values of a field; ``JSON`` is any JSON value, written as its text where a format has no such type."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class OutputField:
    """One field: its name and the type of its values."""

    name: str
    type: FieldType = FieldType.STRING


@dataclass(frozen=True, slots=True)
class OutputBatch:
    """Consecutive features: geometries in longitude and latitude (None allowed), and the values of every field by its name."""

    geometries: GeometryArray
    columns: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.geometries)


@dataclass(slots=True)
class WriteReport:
    """What was written, and where it is not all that was given.

    Attributes
    ----------
    count : int
        Features written.
    renamed : dict
        Name in the file by name of the field, for names that the format cannot hold.
    truncated, replaced : Counter
        By field: values that were cut because the format has no room for them, and values with characters that the encoding lacks.
    without_geometry : int
        Features written without geometry: because they have none, or because the format has no room for it.
    left_out : int
        Features that the format cannot hold at all.
    omitted_fields : list of str
        Fields that the format has no place for.
    """

    driver: str
    crs: str
    encoding: str
    count: int = 0
    renamed: dict[str, str] = field(default_factory=dict)
    truncated: Counter[str] = field(default_factory=Counter)
    replaced: Counter[str] = field(default_factory=Counter)
    without_geometry: int = 0
    left_out: int = 0
    omitted_fields: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether everything that was given is in the file, be it under a shorter name."""
        return not (self.truncated or self.replaced or self.left_out or self.omitted_fields)

    def as_json(self) -> dict[str, Any]:
        """Return the report as a JSON object."""
        return {
            "driver": self.driver,
            "crs": self.crs,
            "encoding": self.encoding,
            "count": self.count,
            "renamed": self.renamed,
            "truncated": dict(self.truncated),
            "replaced": dict(self.replaced),
            "without_geometry": self.without_geometry,
            "left_out": self.left_out,
            "omitted_fields": self.omitted_fields,
        }
