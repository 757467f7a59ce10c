"""The formats that are offered over HTTP."""

import re
from enum import StrEnum

from app.collections.catalog import Collection
from gis.formats.writing import FORMATS, OutputFormat


class ExportFormat(StrEnum):
    """How formats are asked for."""

    GPKG = "gpkg"
    SHP = "shp"
    GEOJSON = "geojson"
    GEOJSONL = "geojsonl"
    FGB = "fgb"
    PARQUET = "parquet"
    TXT = "txt"
    XLSX = "xlsx"
    CSV = "csv"


# Over HTTP a shapefile is an archive: it has several parts.
OFFERED = {item: FORMATS["shz" if item is ExportFormat.SHP else item.value] for item in ExportFormat}


def file_name(collection: Collection, wanted: OutputFormat) -> str:
    """Return the name under which a collection is saved."""
    return re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", f"{collection.title_zh}{wanted.suffix}")
