"""The one function that writes features: it chooses the writer, and a file appears whole or not at all."""

import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import pyproj

from gis.formats.shapefile_encoding import known_encoding
from gis.formats.writing.formats import OutputFormat, format_of_driver
from gis.formats.writing.gdal_layers import write_gdal_layer, write_shapefile
from gis.formats.writing.geoparquet import write_geoparquet
from gis.formats.writing.model import OutputBatch, OutputField, WriteRefusedError, WriteReport
from gis.formats.writing.plots import write_plots
from gis.formats.writing.projecting import is_in_degrees, output_crs
from gis.formats.writing.tables import write_csv, write_xlsx

__all__ = ["write_features"]

# GBK is what programs for boundary points expect; spreadsheets know UTF-8 by its mark.
_ENCODINGS: Final = {"TXT": "GBK", "CSV": "utf-8-sig"}


def write_features(
    path: Path,
    batches: Iterable[OutputBatch],
    *,
    driver: str,
    crs: pyproj.CRS | str,
    fields: Sequence[OutputField],
    encoding: str | None = None,
    layer: str | None = None,
    geometry_type: str = "MultiPolygon",
) -> WriteReport:
    """Write features to a file, batch by batch.

    The file is made under another name beside its place and moved there when it is whole, so that nobody reads half a file and a failure
    leaves what was there before. Memory holds one batch, and what the format itself keeps until its end: the index of FlatGeobuf.

    Parameters
    ----------
    path : Path
        Replaced if it exists. A shapefile whose ending is ``.zip`` is written as an archive.
    batches : iterable of OutputBatch
        Geometries in longitude and latitude.
    driver : str
        A driver or a format of :data:`FORMATS`.
    crs : CRS or str
        On CGCS2000 or WGS 84, such as ``EPSG:4526``; of GeoJSON only longitude and latitude.
    fields : sequence of OutputField
        In their order; every batch has a column for each.
    encoding : str, optional
        Of a shapefile (UTF-8 when left out), TXT (GBK) or CSV (UTF-8 with a mark for spreadsheets); other formats fix theirs.
    layer : str, optional
        Name of the layer; that of the file when left out.
    geometry_type : str
        Of the layer, as GDAL names it. One that begins with ``Multi`` makes single parts multipart; ``Unknown`` takes everything.

    Returns
    -------
    WriteReport

    Raises
    ------
    WriteRefusedError
        For a format that cannot hold this, or a place that cannot be written to.
    CRSRefusedError, GeometryRefusedError, EncodingUnknownError

    Examples
    --------
    >>> import tempfile, shapely
    >>> from pathlib import Path
    >>> from gis.formats.writing import OutputBatch, OutputField, write_features
    >>> batch = OutputBatch([shapely.box(113, 28, 113.01, 28.01)], {"name": ["一号"]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     report = write_features(Path(folder) / "a.gpkg", [batch], driver="GPKG", crs="EPSG:4526", fields=[OutputField("name")])
    >>> report.count, report.is_complete
    (1, True)
    """
    target = output_crs(crs)
    chosen = _format_for(path, driver)
    _refuse_what_does_not_fit(path, chosen, target, fields, encoding)
    report = WriteReport(chosen.driver, _name_of(target), _encoding(chosen, encoding))
    name = layer or path.stem
    try:
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".writing-") as folder:
            part = Path(folder) / path.name
            _write(part, batches, fields, target, report, name, geometry_type)
            _move(Path(folder), path)
    except OSError as error:
        raise WriteRefusedError(f"{path.name} cannot be written: {error.strerror or error}") from error
    # Counters keep fields with nothing to say.
    report.truncated, report.replaced = +report.truncated, +report.replaced
    return report


def _format_for(path: Path, driver: str) -> OutputFormat:
    chosen = format_of_driver(driver)
    if chosen.driver == "ESRI Shapefile" and path.suffix.lower() not in {".shp", ".zip"}:
        raise WriteRefusedError(f"{path.name}: the name of a shapefile ends in .shp, or in .zip for an archive of it.")
    return chosen


def _refuse_what_does_not_fit(
    path: Path, chosen: OutputFormat, crs: pyproj.CRS, fields: Sequence[OutputField], encoding: str | None
) -> None:
    names = [item.name.lower() for item in fields]
    if len(set(names)) < len(names):
        raise WriteRefusedError("Two fields have the same name.")
    if chosen.is_geographic_only and not is_in_degrees(crs):
        message = f"{chosen.driver} is in longitude and latitude (RFC 7946), not in '{crs.name}': leave the system out."
        raise WriteRefusedError(message)
    if encoding is not None and not chosen.chooses_encoding:
        raise WriteRefusedError(f"{chosen.driver} fixes its encoding itself: do not name one.")
    if path.is_dir():
        raise WriteRefusedError(f"{path.name} cannot be written: it is a folder.")
    if not path.parent.is_dir():
        raise WriteRefusedError(f"{path.name} cannot be written: there is no folder {path.parent}.")


def _encoding(chosen: OutputFormat, encoding: str | None) -> str:
    if encoding is None:
        return _ENCODINGS.get(chosen.driver, "UTF-8")
    return known_encoding(encoding)


def _name_of(crs: pyproj.CRS) -> str:
    authority = crs.to_authority()
    return crs.name if authority is None else ":".join(authority)


def _write(
    path: Path,
    batches: Iterable[OutputBatch],
    fields: Sequence[OutputField],
    crs: pyproj.CRS,
    report: WriteReport,
    layer: str,
    geometry_type: str,
) -> None:
    match report.driver:
        case "ESRI Shapefile":
            write_shapefile(path, batches, fields, crs, report, layer=layer, geometry_type=geometry_type)
        case "Parquet":
            write_geoparquet(path, batches, fields, crs, report)
        case "TXT":
            write_plots(path, batches, fields, crs, report)
        case "CSV":
            write_csv(path, batches, fields, crs, report)
        case "XLSX":
            write_xlsx(path, batches, fields, crs, report, layer=layer)
        case _:
            write_gdal_layer(path, batches, fields, crs, report, layer=layer, geometry_type=geometry_type)


def _move(folder: Path, path: Path) -> None:
    """Move what was written to its place; of a shapefile the ``.shp``, by which it is opened, comes last."""
    parts = sorted(folder.iterdir(), key=lambda part: part.name == path.name)
    for part in parts:
        part.replace(path.with_name(part.name))
