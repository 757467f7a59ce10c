"""Polygon files as GDAL opens them: what is in a file, and its features in a stream."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyogrio
import pyogrio.errors
import pyproj
import shapely
from pyogrio.raw import open_arrow

from gis.arrays import GeometryArray
from gis.errors import GisError
from gis.formats.shapefile_encoding import detect_shapefile_encoding

BATCH_SIZE = 20_000
SHAPEFILE_PARTS = (".shp", ".dbf", ".shx", ".prj", ".cpg")


class SourceUnreadableError(GisError):
    """GDAL cannot open the file, or cannot read it to its end."""


class SourceLayerError(GisError):
    """The layer asked for is not in the file, or the file has several and none was named."""


@dataclass(frozen=True, slots=True)
class VectorSource:
    """One layer of one file.

    Attributes
    ----------
    crs : pyproj.CRS or None
        None when the file does not say.
    encoding : str or None
        Of the attribute texts, for formats that do not fix it; None for those that do.
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

    ``geometries`` holds None where the WKB is missing or cannot be read; ``first_row`` counts from 1, as people do.
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
        Of a shapefile's attribute table; detected when left out (``gis.formats.shapefile_encoding``).

    Raises
    ------
    SourceUnreadableError, SourceLayerError, EncodingUnknownError
    """
    if not path.exists():
        raise SourceUnreadableError(f"There is no file {path}.")
    try:
        chosen = _choose_layer(path, layer)
        source, detected = encoding, "given" if encoding else None
        if path.suffix.lower() == ".shp" and encoding is None:
            found = detect_shapefile_encoding(path)
            source, detected = found.encoding, found.source
        info = pyogrio.read_info(path, layer=chosen, encoding=source)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, LookupError) as error:
        raise SourceUnreadableError(f"{path.name} cannot be read: {error}") from error
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


def _choose_layer(path: Path, wanted: str | None) -> str:
    layers = [(str(name), kind) for name, kind in pyogrio.list_layers(path)]
    names = [name for name, _ in layers]
    if wanted is not None:
        if wanted not in names:
            raise SourceLayerError(f"{path.name} has no layer {wanted!r}; it has {', '.join(names)}.")
        return wanted
    spatial = [name for name, kind in layers if kind is not None]
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
        ) as (meta, reader):
            geometry_column = meta["geometry_name"] or "wkb_geometry"
            first_row = 1
            for batch in reader:
                wkb = np.asarray(batch.column(geometry_column).to_pylist(), dtype=object)
                others = batch.select([name for name in batch.schema.names if name != geometry_column])
                attributes = others.to_pylist() if others.num_columns else [{} for _ in range(len(wkb))]
                yield FeatureBatch(first_row, wkb, shapely.from_wkb(wkb, on_invalid="ignore"), attributes)
                first_row += len(wkb)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.FeatureError, UnicodeDecodeError, OSError) as error:
        raise SourceUnreadableError(f"{source.path.name} cannot be read to its end: {error}") from error


def read_column(source: VectorSource, field: str) -> list[Any]:
    """Read one attribute of all features, in their order."""
    with open_arrow(
        source.path,
        layer=source.layer,
        encoding=source.encoding,
        columns=[field],
        read_geometry=False,
        use_pyarrow=True,
    ) as (_, reader):
        return [value for batch in reader for value in batch.column(field).to_pylist()]


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
