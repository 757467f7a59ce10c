"""A layer of a delivered file, its features in batches, and their geometries out of WKB."""

from collections.abc import Generator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyproj
import shapely

from gis.arrays import GeometryArray, IntArray
from gis.formats.kept_batches import KeptBatches
from gis.formats.limits import DEFAULT_LIMITS, ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.workspace import Workspace
from gis.plain_polygons import PlainPolygons

__all__ = [
    "FeatureBatch",
    "SourceLayer",
    "VectorSource",
    "decode_wkb",
    "plain_polygons_of",
    "unreadable_reason",
    "wkb_values",
]

# Types of Simple Features with arcs in them: circular string, compound curve, curve polygon, multi-curve, multi-surface.
CURVED_KINDS: Final = frozenset({8, 9, 10, 11, 12})


@dataclass(frozen=True, slots=True)
class SourceLayer:
    """A layer of a delivery: its name, and its type of geometry; None for a table without."""

    name: str
    geometry_type: str | None


@dataclass(frozen=True, slots=True)
class VectorSource:
    """One layer of one delivered file.

    What was unpacked for it is there until :meth:`close`, the end of a ``with`` block, or until nothing uses the source any
    more.

    Attributes
    ----------
    driver : str
        Name of the format, as of :class:`gis.formats.identification.SourceKind`.
    crs : pyproj.CRS or None
        None when the file does not say.
    encoding : str or None
        Of the attribute texts, for formats that do not fix it; None for those that do, and where GDAL knows best.
    encoding_source : str or None
        What the encoding was told from; ``given`` when the caller named it.
    feature_count : int
        -1 when only reading can tell.
    notes : tuple of str
        What was assumed on opening that a person should know.
    member : SourceMember
        The file with the layer, which of an archive is one of its files.
    inner_layer : str
        Name of the layer in that file.
    kept : KeptBatches, optional
        Where its features stay when they were read once.
    begun : list of generator
        Its features, once, where the process that described the layer goes on to them.
    """

    path: Path
    layer: str
    driver: str
    crs: pyproj.CRS | None
    crs_text: str | None
    encoding: str | None
    encoding_source: str | None
    fields: tuple[str, ...]
    geometry_type: str | None
    feature_count: int
    member: SourceMember
    inner_layer: str
    notes: tuple[str, ...] = ()
    limits: ReadingLimits = DEFAULT_LIMITS
    workspace: Workspace | None = field(default=None, repr=False, compare=False)
    kept: KeptBatches | None = field(default=None, repr=False, compare=False)
    begun: list[Generator[pa.RecordBatch]] = field(default_factory=list, repr=False, compare=False)

    def close(self) -> None:
        """Remove what was unpacked, and end a process that still reads it."""
        while self.begun:
            self.begun.pop().close()
        if self.workspace is not None:
            self.workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class FeatureBatch:
    """Consecutive features: raw WKB (None where there is no geometry), their geometries, and their attributes.

    Parameters
    ----------
    first_row : int
        Counts from 1, as people do.
    wkb : ndarray of bytes or None, or Arrow array of these
        Of formats whose geometry is text, what cannot be read stands here as that text.
    geometries : ndarray of geometry or None, optional
        None where the WKB is missing or cannot be read (``unreadable_reason`` says why). Default: made of the WKB once they are asked for.
    attributes : list of dict
    """

    def __init__(
        self,
        first_row: int,
        wkb: npt.NDArray[np.object_] | pa.Array,
        geometries: GeometryArray | None,
        attributes: list[dict[str, Any]],
    ) -> None:
        self.first_row, self._wkb, self.attributes = first_row, wkb, attributes
        self._geometries = geometries

    def __len__(self) -> int:
        return len(self.attributes)

    @property
    def wkb(self) -> npt.NDArray[np.object_]:
        """The geometries as they came; of an Arrow array made once they are asked for."""
        if isinstance(self._wkb, pa.Array):
            self._wkb = wkb_values(self._wkb)
        return self._wkb

    def wkb_at(self, positions: IntArray) -> npt.NDArray[np.object_]:
        """Return some of the geometries as they came."""
        if isinstance(self._wkb, pa.Array):
            return wkb_values(self._wkb.take(pa.array(positions)))
        return self._wkb[positions]

    def plain_polygons(self) -> tuple[IntArray, PlainPolygons]:
        """Return the polygons of one ring, with their positions; see :meth:`gis.plain_polygons.PlainPolygons.among`."""
        return plain_polygons_of(self._wkb) if isinstance(self._wkb, pa.Array) else PlainPolygons.among(self._wkb)

    @property
    def geometries(self) -> GeometryArray:
        """The geometries of all features."""
        if self._geometries is None:
            self._geometries = decode_wkb(self.wkb)
        return self._geometries

    def geometries_at(self, positions: IntArray) -> GeometryArray:
        """Return the geometries of some features."""
        return decode_wkb(self.wkb_at(positions)) if self._geometries is None else self._geometries[positions]

    def with_attributes(self, attributes: list[dict[str, Any]]) -> Self:
        """Return the same features with other attributes."""
        return type(self)(self.first_row, self._wkb, self._geometries, attributes)


def wkb_values(column: pa.Array) -> npt.NDArray[np.object_]:
    """Return the values of an Arrow array of WKB."""
    values = np.empty(len(column), dtype=object)
    values[:] = column.to_pylist()
    return values


def plain_polygons_of(column: pa.Array) -> tuple[IntArray, PlainPolygons]:
    """Return the polygons of one ring among Arrow's WKB, with their positions; no value is made a Python object for it."""
    _, offsets, content = column.buffers()
    # What is null may take room all the same.
    if column.null_count or content is None:
        return PlainPolygons.among(column.to_pylist())
    width = np.int64 if pa.types.is_large_binary(column.type) else np.int32
    bounds = np.frombuffer(offsets, width)[column.offset : column.offset + len(column) + 1].astype(np.int64)
    return PlainPolygons.among_packed(memoryview(content), bounds)


def decode_wkb(wkb: npt.NDArray[np.object_]) -> GeometryArray:
    """Decode WKB; one curved geometry makes shapely refuse the whole array, so then each is asked by itself."""
    # Coordinates that are no numbers are found and named later on; decoding them is no reason for a warning.
    with np.errstate(invalid="ignore"):
        try:
            return shapely.from_wkb(wkb, on_invalid="ignore")
        except NotImplementedError:
            geometries = np.full(len(wkb), None, dtype=object)
            for position in range(len(wkb)):
                with suppress(NotImplementedError):
                    geometries[position] = shapely.from_wkb(wkb[position], on_invalid="ignore")
            return geometries


def unreadable_reason(wkb: bytes) -> str:
    """Say why a geometry could not be decoded: ``curved geometry`` or ``unreadable geometry``.

    Examples
    --------
    >>> from gis.formats.features import unreadable_reason
    >>> unreadable_reason(bytes.fromhex("010A00000000000000")), unreadable_reason(b"POLYGON ((1 2, 3")
    ('curved geometry', 'unreadable geometry')
    """
    if wkb[:1] not in {b"\0", b"\1"}:
        return "unreadable geometry"
    order: Literal["little", "big"] = "big" if wkb[:1] == b"\0" else "little"
    # ISO WKB counts Z and M in thousands; extended WKB has them in the highest bits.
    kind = (int.from_bytes(wkb[1:5], order) & 0x0FFF_FFFF) % 1000
    return "curved geometry" if kind in CURVED_KINDS else "unreadable geometry"
