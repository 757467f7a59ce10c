"""Writes the files so that the same contents give the same bytes: no clock, no order that hangs on the machine."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import openpyxl
import pyogrio
import rasterio
from rasterio.transform import Affine

# What the files say of when they were written.
WRITTEN_ON = "2026-06-30"
_WRITTEN_AT = f"{WRITTEN_ON}T00:00:00Z"

# Byte 29 of a dBASE header: the language driver. 0x4D is code page 936 (GBK); 0 says nothing.
_LANGUAGE_DRIVER_AT = 29
CODE_PAGE_936 = 0x4D
NO_LANGUAGE_DRIVER = 0


def write_shapefile(frame: gpd.GeoDataFrame, path: Path, *, language_driver: int) -> None:
    """Write a shapefile as bureaus do: text in GBK, no ``.cpg``.

    Parameters
    ----------
    frame : GeoDataFrame
        Polygons; rows without geometry become null shapes.
    path : Path
        The ``.shp``.
    language_driver : int
        Byte of the ``.dbf`` that names the code page: 0x4D for GBK, 0 for a writer that left it out.
    """
    with _fixed_clock():
        pyogrio.write_dataframe(
            frame,
            path,
            driver="ESRI Shapefile",
            encoding="GBK",
            geometry_type="Polygon",
            layer_options={"RESIZE": "YES", "DBF_DATE_LAST_UPDATE": WRITTEN_ON},
        )
    path.with_suffix(".cpg").unlink()
    table = path.with_suffix(".dbf")
    content = bytearray(table.read_bytes())
    content[_LANGUAGE_DRIVER_AT] = language_driver
    table.write_bytes(content)


def write_geopackage(frame: gpd.GeoDataFrame, path: Path, layer: str, geometry_type: str = "MultiPolygon") -> None:
    """Write a GeoPackage of one layer."""
    path.unlink(missing_ok=True)
    with _fixed_clock():
        pyogrio.write_dataframe(
            frame, path, layer=layer, driver="GPKG", geometry_type=geometry_type, promote_to_multi=True
        )


def write_geojson(features: Sequence[Mapping[str, Any]], path: Path, name: str) -> None:
    """Write GeoJSON (RFC 7946): longitude and latitude, no ``crs`` member, one feature a line."""
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    text = f'{{"type":"FeatureCollection","name":{json.dumps(name, ensure_ascii=False)},"features":[\n{lines}\n]}}\n'
    path.write_bytes(text.encode())


def write_json(content: Any, path: Path) -> None:  # noqa: ANN401  whatever JSON can hold
    """Write indented JSON in the order given."""
    path.write_bytes((json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode())


def write_csv(columns: Sequence[str], rows: Sequence[Mapping[str, str]], path: Path) -> None:
    """Write a table as Excel does for "CSV UTF-8": with a byte order mark and CRLF."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def write_text(text: str, path: Path) -> None:
    """Write text in GBK with CRLF, as Chinese Windows programs do."""
    path.write_bytes(text.replace("\n", "\r\n").encode("gbk"))


def write_workbook(sheets: Mapping[str, tuple[Sequence[str], Sequence[Mapping[str, Any]]]], path: Path) -> None:
    """Write a workbook; sheets by name, each with its columns and rows."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for title, (columns, rows) in sheets.items():
        sheet = workbook.create_sheet(title)
        sheet.append(list(columns))
        for row in rows:
            sheet.append([row[column] for column in columns])
        sheet.freeze_panes = "A2"
    buffer = io.BytesIO()
    workbook.save(buffer)
    path.write_bytes(_without_times(buffer))


def write_raster(values: npt.NDArray[np.float32], path: Path, transform: Affine, no_data: float, year: int) -> None:
    """Write one band as a GeoTIFF in EPSG:4547."""
    rows, columns = values.shape
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=rows,
        width=columns,
        count=1,
        dtype="float32",
        crs="EPSG:4547",
        transform=transform,
        nodata=no_data,
        compress="deflate",
        predictor=3,
        zlevel=9,
    ) as file:
        file.write(values, 1)
        file.set_band_description(1, "NDVI")
        file.update_tags(TIFFTAG_DATETIME=f"{year}:07:15 00:00:00")


@contextmanager
def _fixed_clock() -> Iterator[None]:
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": _WRITTEN_AT})
    try:
        yield
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})


def _without_times(workbook: io.BytesIO) -> bytes:
    """Replace the times that openpyxl writes: those of the zip members and the document's own."""
    fixed = io.BytesIO()
    with zipfile.ZipFile(workbook) as source, zipfile.ZipFile(fixed, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = source.read(member)
            if member.filename == "docProps/core.xml":
                content = _core_properties()
            entry = zipfile.ZipInfo(member.filename, datetime.fromisoformat(WRITTEN_ON).timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, content)
    return fixed.getvalue()


def _core_properties() -> bytes:
    time = f'<dcterms:{{0}} xsi:type="dcterms:W3CDTF">{_WRITTEN_AT}</dcterms:{{0}}>'
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:creator>sample_layers</dc:creator>{time.format('created')}{time.format('modified')}</cp:coreProperties>"
    ).encode()
