"""GeoPackage, Shapefile, GeoJSON and FlatGeobuf, by GDAL, which takes the features from a stream."""

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyogrio
import pyogrio.errors
import pyproj
import shapely

from gis.formats.writing.arrow import GEOMETRY_NAME, arrow_schema, iter_record_batches, without_conflict
from gis.formats.writing.fitting import SHAPEFILE_TEXT_BYTES, fit_texts, shorten_names
from gis.formats.writing.model import OutputBatch, OutputField, WriteRefusedError, WriteReport
from gis.formats.writing.projecting import promote_to_multi

__all__ = ["write_gdal_layer", "write_shapefile"]

# 1e-9 degrees are a tenth of a millimetre.
_GEOJSON_OPTIONS: Final = {"COORDINATE_PRECISION": "9"}
_OPTIONS: Final[dict[str, dict[str, str]]] = {
    "GPKG": {},
    # Past 2 GB many readers fail; the format is refused rather than a file made that only some can read.
    "ESRI Shapefile": {"2GB_LIMIT": "YES"},
    "GeoJSON": {"RFC7946": "YES", **_GEOJSON_OPTIONS},
    "GeoJSONSeq": {"RS": "NO", **_GEOJSON_OPTIONS},
    "FlatGeobuf": {},
}
_LIMITS: Final = {"ESRI Shapefile": " A shapefile holds at most 2 GB in each of its parts: write a GeoPackage instead."}


def write_gdal_layer(
    path: Path,
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    crs: pyproj.CRS,
    report: WriteReport,
    *,
    layer: str,
    geometry_type: str,
) -> None:
    """Write one layer to a new file.

    Raises
    ------
    WriteRefusedError
        GDAL does not write it.
    """
    _write(path, batches, fields, crs, report, layer=layer, geometry_type=geometry_type, names={})


def write_shapefile(
    path: Path,
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    crs: pyproj.CRS,
    report: WriteReport,
    *,
    layer: str,
    geometry_type: str,
) -> None:
    """Write a shapefile of the given name, or its parts in a ZIP archive when the ending is ``.zip``.

    Raises
    ------
    WriteRefusedError
    """
    encoding = report.encoding
    names = shorten_names((item.name for item in fields), encoding=encoding)
    report.renamed.update({name: short for name, short in names.items() if name != short})
    is_archive = path.suffix.lower() == ".zip"
    target = path.with_name(f"{layer}.shp") if is_archive else path
    _write(target, batches, fields, crs, report, layer=target.stem, geometry_type=geometry_type, names=names)
    # GDAL writes none for some code pages; without it readers take the table for ISO-8859-1.
    target.with_suffix(".cpg").write_text(encoding, encoding="ascii")
    if is_archive:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part in sorted(path.parent.glob("*")):
                if part != path:
                    archive.write(part, part.name)
                    part.unlink()


def _write(
    path: Path,
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    crs: pyproj.CRS,
    report: WriteReport,
    *,
    layer: str,
    geometry_type: str,
    names: dict[str, str],
) -> None:
    geometry_name = without_conflict(GEOMETRY_NAME, (names.get(item.name, item.name) for item in fields))
    schema = arrow_schema(fields, names, geometry_name)
    records = _records(batches, fields, schema, crs, report, is_multi=geometry_type.startswith("Multi"))
    stream = _Stream(records)
    is_geojson = report.driver.startswith("GeoJSON")
    try:
        pyogrio.write_arrow(
            pa.RecordBatchReader.from_batches(schema, stream),
            path,
            layer=layer,
            driver=report.driver,
            geometry_name=geometry_name,
            geometry_type=geometry_type,
            crs="OGC:CRS84" if is_geojson else crs.to_wkt(),
            **_options(report, schema.names),
        )
    except (RuntimeError, pyogrio.errors.DataLayerError) as error:
        # What fails while features are made comes back through the stream as an error of the stream.
        if stream.failure is not None:
            raise stream.failure from None
        raise WriteRefusedError(f"{path.name} cannot be written: {error}{_LIMITS.get(report.driver, '')}") from error


def _options(report: WriteReport, names: Sequence[str]) -> dict[str, str]:
    options = dict(_OPTIONS[report.driver])
    if report.driver == "ESRI Shapefile":
        options["encoding"] = report.encoding
    if report.driver == "GPKG":
        options["GEOMETRY_NAME"] = without_conflict("geom", names)
        options["FID"] = without_conflict("fid", names)
    return options


class _Stream:
    """Gives record batches on, and remembers what went wrong while they were made."""

    def __init__(self, records: Iterator[pa.RecordBatch]) -> None:
        self._records = records
        self.failure: Exception | None = None

    def __iter__(self) -> "_Stream":
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            return next(self._records)
        except StopIteration:
            raise
        except Exception as error:
            self.failure = error
            raise


def _records(
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    schema: pa.Schema,
    crs: pyproj.CRS,
    report: WriteReport,
    *,
    is_multi: bool,
) -> Iterator[pa.RecordBatch]:
    is_shapefile = report.driver == "ESRI Shapefile"

    def fit(name: str, values: Sequence[str | None]) -> Sequence[str | None]:
        return fit_texts(values, name, report, encoding=report.encoding, limit=SHAPEFILE_TEXT_BYTES)

    finish = promote_to_multi if is_multi else None
    for made, placed in iter_record_batches(
        batches, fields, schema, crs, fit=fit if is_shapefile else None, finish=finish
    ):
        record, empty = made, shapely.is_missing(placed) | shapely.is_empty(placed)
        if report.driver == "FlatGeobuf":
            # Its index of boxes has no place for a feature without one.
            report.left_out += int(empty.sum())
            record, empty = made.filter(pa.array(~empty)), empty[~empty]
        report.count += len(empty)
        report.without_geometry += int(empty.sum())
        yield record
