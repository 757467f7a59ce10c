"""Polygon files as GDAL opens them: what is in a file, and its features in a stream."""

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyogrio.raw import open_arrow

from gis.arrays import GeometryArray
from gis.errors import GisError
from gis.formats.shapefile_encoding import detect_shapefile_encoding, find_shapefile, known_encoding

BATCH_SIZE = 20_000
# What GDAL marks the geometry with in an Arrow stream; its name alone may also be the name of an attribute.
GEOMETRY_MARK = b"geoarrow.wkb"
# Types of Simple Features with arcs in them: circular string, compound curve, curve polygon, multi-curve, multi-surface.
CURVED_KINDS = frozenset({8, 9, 10, 11, 12})
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


class SourceUnreadableError(GisError):
    """GDAL cannot open the file, or cannot read it to its end."""


class SourceLayerError(GisError):
    """The layer asked for is not in the file or has no geometry, or the file has several and none was named."""


@dataclass(frozen=True, slots=True)
class VectorSource:
    """One layer of one file.

    Attributes
    ----------
    crs : pyproj.CRS or None
        None when the file does not say.
    encoding : str or None
        Of the attribute texts, for formats that do not fix it; None for those that do, and where GDAL knows best.
    encoding_source : str or None
        What the encoding was told from; ``given`` when the caller named it.
    feature_count : int
        -1 when only reading can tell.
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


@dataclass(frozen=True, slots=True)
class FeatureBatch:
    """Consecutive features: raw WKB (None where there is no geometry), their geometries, and their attributes.

    ``geometries`` holds None where the WKB is missing or cannot be read (``unreadable_reason`` says why); ``first_row``
    counts from 1, as people do.
    """

    first_row: int
    wkb: npt.NDArray[np.object_]
    geometries: GeometryArray
    attributes: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.attributes)


def open_source(path: Path, *, layer: str | None = None, encoding: str | None = None) -> VectorSource:
    """Describe one layer of a file.

    Parameters
    ----------
    path : Path
        Any file or folder that GDAL opens.
    layer : str, optional
        May be left out when the file has only one with geometry.
    encoding : str, optional
        Of a shapefile's attribute table; detected when left out (``gis.formats.shapefile_encoding``). Other formats
        say theirs.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, EncodingUnknownError
    """
    if not path.exists():
        raise SourceUnreadableError(f"There is no file {path}.")
    try:
        chosen = _choose_layer(path, layer)
        source, detected = _encoding(path, chosen, encoding)
        info = pyogrio.read_info(path, layer=chosen, encoding=source)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, LookupError) as error:
        raise SourceUnreadableError(f"{path.name} cannot be read: {error}") from error
    if source is not None and info["driver"] != "ESRI Shapefile":
        raise SourceUnreadableError(f"{path.name} ({info['driver']}) fixes its encoding itself: do not name one.")
    crs_text = info["crs"]
    return VectorSource(
        path=path,
        layer=chosen,
        driver=info["driver"],
        crs=None if crs_text is None else pyproj.CRS(crs_text),
        crs_text=crs_text,
        encoding=source,
        encoding_source=detected,
        fields=tuple(str(name) for name in info["fields"]),
        geometry_type=info["geometry_type"],
        feature_count=info["features"],
    )


def _encoding(path: Path, layer: str, given: str | None) -> tuple[str | None, str | None]:
    """Return the encoding to read with, and what it is known from."""
    shapefile = find_shapefile(path, layer)
    if given is not None:
        return known_encoding(given), "given"
    if shapefile is None:
        return None, None
    found = detect_shapefile_encoding(shapefile)
    return found.encoding, found.source


def _choose_layer(path: Path, wanted: str | None) -> str:
    layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    names = [name for name, _ in layers]
    spatial = [name for name, kind in layers if kind is not None]
    if wanted is not None:
        if wanted not in names:
            raise SourceLayerError(f"{path.name} has no layer {wanted!r}; it has {', '.join(names)}.")
        if wanted not in spatial:
            raise SourceLayerError(f"Layer {wanted!r} of {path.name} is a table without geometry.")
        return wanted
    if len(spatial) == 1:
        return spatial[0]
    if not spatial:
        raise SourceLayerError(f"{path.name} has no layer with geometry.")
    raise SourceLayerError(f"{path.name} has {len(spatial)} layers; name one of {', '.join(spatial)}.")


def iter_features(source: VectorSource, *, batch_size: int = BATCH_SIZE) -> Iterator[FeatureBatch]:
    """Read the features of a source in their order, batch by batch.

    Raises
    ------
    SourceUnreadableError
        When GDAL fails half way: what came before was not the whole file.
    """
    try:
        with open_arrow(
            source.path, layer=source.layer, encoding=source.encoding, batch_size=batch_size, use_pyarrow=True
        ) as (_, reader):
            position = _geometry_position(source, reader.schema)
            first_row = 1
            for batch in reader:
                wkb = np.asarray(batch.column(position).to_pylist(), dtype=object)
                others = batch.select([column for column in range(batch.num_columns) if column != position])
                attributes = others.to_pylist() if others.num_columns else [{} for _ in range(len(wkb))]
                yield FeatureBatch(first_row, wkb, _decode(wkb), attributes)
                first_row += len(wkb)
    except UnicodeDecodeError as error:
        raise SourceUnreadableError(_wrong_encoding(source)) from error
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, OSError) as error:
        raise SourceUnreadableError(f"{source.path.name} cannot be read to its end: {error}") from error


def _geometry_position(source: VectorSource, schema: pa.Schema) -> int:
    marked = [
        position
        for position, field in enumerate(schema)
        if (field.metadata or {}).get(b"ARROW:extension:name") == GEOMETRY_MARK
    ]
    if not marked:
        raise SourceLayerError(f"Layer {source.layer!r} of {source.path.name} has no geometry.")
    return marked[0]


def _decode(wkb: npt.NDArray[np.object_]) -> GeometryArray:
    """Decode WKB; one curved geometry makes shapely refuse the whole array, so then each is asked by itself."""
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
    >>> from gis.formats.vector import unreadable_reason
    >>> unreadable_reason(bytes.fromhex("010A00000000000000")), unreadable_reason(b"?")
    ('curved geometry', 'unreadable geometry')
    """
    order: Literal["little", "big"] = "big" if wkb[:1] == b"\0" else "little"
    # ISO WKB counts Z and M in thousands; extended WKB has them in the highest bits.
    kind = (int.from_bytes(wkb[1:5], order) & 0x0FFF_FFFF) % 1000
    return "curved geometry" if kind in CURVED_KINDS else "unreadable geometry"


def _wrong_encoding(source: VectorSource) -> str:
    if source.encoding is not None:
        return f"The text in {source.path.name} cannot be read in the encoding {source.encoding}; name its encoding."
    return f"The text in {source.path.name} is not UTF-8, and nothing says what it is; name its encoding, such as GBK."


def read_column(source: VectorSource, field: str) -> list[Any]:
    """Read one attribute of all features, in their order.

    Raises
    ------
    SourceUnreadableError
    """
    try:
        with open_arrow(
            source.path,
            layer=source.layer,
            encoding=source.encoding,
            columns=[field],
            read_geometry=False,
            use_pyarrow=True,
        ) as (_, reader):
            return [value for batch in reader for value in batch.column(0).to_pylist()]
    except UnicodeDecodeError as error:
        raise SourceUnreadableError(_wrong_encoding(source)) from error


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a delivery: of the file, or of all parts of a shapefile or folder with their names."""
    digest = hashlib.sha256()
    for part in _parts(path):
        if part != path:
            digest.update(part.name.lower().encode())
        with part.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _parts(path: Path) -> list[Path]:
    if path.is_dir():
        return sorted(part for part in path.rglob("*") if part.is_file())
    if path.suffix.lower() == ".shp":
        return sorted(
            part for part in path.parent.iterdir() if part.stem == path.stem and part.suffix.lower() in SHAPEFILE_PARTS
        )
    return [path]
