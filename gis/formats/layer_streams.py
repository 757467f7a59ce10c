"""What every reader of a kind of file answers with: the layers of a file, one layer described, its features as Arrow batches."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Protocol

import pyarrow as pa

from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember

__all__ = [
    "GEOMETRY_MARK",
    "GEOMETRY_METADATA",
    "LayerDescription",
    "LayerReader",
    "geometry_field",
    "geometry_position",
]

# What GDAL marks the geometry with in an Arrow stream; its name alone may also be the name of an attribute.
GEOMETRY_MARK: Final = b"geoarrow.wkb"
GEOMETRY_METADATA: Final = {b"ARROW:extension:name": GEOMETRY_MARK}


@dataclass(frozen=True, slots=True)
class LayerDescription:
    """One layer of a file; see :class:`gis.formats.features.VectorSource`.

    Attributes
    ----------
    notes : tuple of str
        What was assumed or left away on reading that a person should know.
    """

    driver: str
    crs_text: str | None
    encoding: str | None
    encoding_source: str | None
    fields: tuple[str, ...]
    geometry_type: str | None
    feature_count: int
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it for another process."""
        return asdict(self)


class LayerReader(Protocol):
    """Reads the files of one kind. Each function raises the errors of :mod:`gis.formats.errors`."""

    def list_layers(self, member: SourceMember, limits: ReadingLimits) -> list[tuple[str, str | None]]:
        """Return names and types of geometry, None for a table without."""

    def describe(
        self, member: SourceMember, layer: str, encoding: str | None, limits: ReadingLimits
    ) -> LayerDescription:
        """Describe a layer; ``encoding`` is what the caller named."""

    def stream(
        self,
        member: SourceMember,
        layer: str,
        encoding: str | None,
        *,
        columns: Sequence[str] | None,
        with_geometry: bool,
        batch_size: int,
        limits: ReadingLimits,
    ) -> Iterator[pa.RecordBatch]:
        """Read the features in their order.

        Columns are those named, or all, each as its own; the geometry is WKB and marked by its metadata.
        """


def geometry_field(name: str = "geometry") -> pa.Field:
    """Return the field of a geometry column."""
    return pa.field(name, pa.binary(), metadata=GEOMETRY_METADATA)


def geometry_position(schema: pa.Schema) -> int | None:
    """Return the position of the geometry in a schema."""
    for position, field in enumerate(schema):
        if (field.metadata or {}).get(b"ARROW:extension:name") == GEOMETRY_MARK:
            return position
    return None
