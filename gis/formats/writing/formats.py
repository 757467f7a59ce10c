"""The formats that features are written in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gis.formats.writing.model import WriteRefusedError

__all__ = ["FORMATS", "OutputFormat", "format_of_driver", "format_of_path"]


@dataclass(frozen=True, slots=True)
class OutputFormat:
    """One format: how it is asked for, the driver that writes it, the ending of its files and their media type."""

    name: str
    driver: str
    suffix: str
    media_type: str
    is_geographic_only: bool = False
    chooses_encoding: bool = False


_XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

FORMATS: Final = {
    item.name: item
    for item in (
        OutputFormat("gpkg", "GPKG", ".gpkg", "application/geopackage+sqlite3"),
        OutputFormat("shp", "ESRI Shapefile", ".shp", "application/octet-stream", chooses_encoding=True),
        OutputFormat("shz", "ESRI Shapefile", ".zip", "application/zip", chooses_encoding=True),
        # RFC 7946 section 4: GeoJSON is in longitude and latitude, and names no other system.
        OutputFormat("geojson", "GeoJSON", ".geojson", "application/geo+json", is_geographic_only=True),
        OutputFormat("geojsonl", "GeoJSONSeq", ".geojsonl", "application/x-ndjson", is_geographic_only=True),
        OutputFormat("fgb", "FlatGeobuf", ".fgb", "application/flatgeobuf"),
        OutputFormat("parquet", "Parquet", ".parquet", "application/vnd.apache.parquet"),
        OutputFormat("txt", "TXT", ".txt", "text/plain", chooses_encoding=True),
        OutputFormat("xlsx", "XLSX", ".xlsx", _XLSX),
        OutputFormat("csv", "CSV", ".csv", "text/csv", chooses_encoding=True),
    )
}


def format_of_path(path: Path) -> OutputFormat:
    """Return the format that a file's ending names.

    Raises
    ------
    WriteRefusedError

    Examples
    --------
    >>> from pathlib import Path
    >>> from gis.formats.writing import format_of_path
    >>> format_of_path(Path("宗地.GPKG")).driver
    'GPKG'
    """
    for item in FORMATS.values():
        if path.suffix.lower() == item.suffix:
            return item
    endings = ", ".join(item.suffix for item in FORMATS.values())
    raise WriteRefusedError(f"{path.name}: the ending names no format; write {endings}.")


def format_of_driver(driver: str) -> OutputFormat:
    """Return the first format of a driver, or the format of a name.

    Raises
    ------
    WriteRefusedError
    """
    for item in FORMATS.values():
        if driver.lower() in {item.driver.lower(), item.name}:
            return item
    raise WriteRefusedError(f"There is no format {driver!r}; there are {', '.join(FORMATS)}.")
