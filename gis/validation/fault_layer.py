"""The faults of a report as a layer, to be opened over the delivery in a GIS."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from gis.cgcs2000 import STORAGE_CRS
from gis.formats.writing import (
    FORMATS,
    FieldType,
    OutputBatch,
    OutputField,
    OutputFormat,
    WriteRefusedError,
    format_of_path,
    write_features,
)
from gis.validation.kinds import fault_kind
from gis.validation.model import Fault

__all__ = ["FAULTS", "POINTS", "POLYGONS", "WITHOUT_PLACE", "write_fault_layer"]

POINTS: Final = "fault_points"
POLYGONS: Final = "fault_polygons"
WITHOUT_PLACE: Final = "faults_without_place"
FAULTS: Final = "faults"
_MIXED: Final = ("geojson", "geojsonl", "parquet", "csv", "xlsx")
_POINT: Final = shapely.GeometryType.POINT.value
_COLUMNS: Final[dict[str, Callable[[Fault], Any]]] = {
    "severity": lambda fault: fault.severity.value,
    "kind": lambda fault: fault.kind,
    "title_zh": lambda fault: fault_kind(fault.kind).title_zh,
    "title_en": lambda fault: fault_kind(fault.kind).title_en,
    "source_row": lambda fault: fault.source_row,
    "feature_id": lambda fault: fault.feature_id,
    "field": lambda fault: fault.field,
    "found": lambda fault: fault.found,
    "expected": lambda fault: fault.expected,
    "text_zh": lambda fault: fault.text_zh,
    "text_en": lambda fault: fault.text_en,
    "width_m": lambda fault: fault.width_m,
    "area_m2": lambda fault: fault.area_m2,
}
_TYPES: Final = {"source_row": "Int64", "width_m": "float64", "area_m2": "float64"}


def write_fault_layer(faults: Iterable[Fault], path: Path) -> dict[str, int]:
    """Write faults as a layer: a GeoPackage with a layer of points, a layer of polygons, and a table of those without a place; in other formats as one.

    Parameters
    ----------
    faults : iterable of Fault
        For example ``report.faults``.
    path : Path
        ``.gpkg``, ``.geojson``, ``.geojsonl``, ``.parquet``, ``.csv`` or ``.xlsx``. An existing file is replaced.

    Returns
    -------
    dict of str to int
        Layer to number of faults; all three of a GeoPackage are there, also when they are empty.

    Raises
    ------
    WriteRefusedError
        For a format that cannot hold points, polygons and faults without a place together, or is not known.
    OSError, pyogrio.errors.DataSourceError
        When the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import shapely
    >>> from gis.validation import describe_fault, write_fault_layer
    >>> faults = [describe_fault("zero_area", source_row=3, geometry=shapely.Point(113, 28)), describe_fault("no_features")]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_fault_layer(faults, Path(folder) / "faults.gpkg")
    {'fault_points': 1, 'fault_polygons': 0, 'faults_without_place': 1}
    """
    chosen = format_of_path(path)
    if chosen.name != "gpkg":
        return _write_as_one(list(faults), path, chosen)
    parts: dict[str, list[Fault]] = {POINTS: [], POLYGONS: [], WITHOUT_PLACE: []}
    for fault in faults:
        parts[_layer_of(fault)].append(fault)
    path.unlink(missing_ok=True)
    for name, geometry_type in ((POINTS, "Point"), (POLYGONS, "MultiPolygon")):
        frame = gpd.GeoDataFrame(_frame(parts[name]), geometry=_geometries(parts[name], name), crs=STORAGE_CRS)
        pyogrio.write_dataframe(
            frame, path, layer=name, driver="GPKG", geometry_type=geometry_type, append=path.exists()
        )
    pyogrio.write_dataframe(_frame(parts[WITHOUT_PLACE]), path, layer=WITHOUT_PLACE, driver="GPKG", append=True)
    return {name: len(part) for name, part in parts.items()}


def _write_as_one(faults: Sequence[Fault], path: Path, chosen: OutputFormat) -> dict[str, int]:
    if chosen.name not in _MIXED:
        endings = ", ".join([".gpkg", *(FORMATS[name].suffix for name in _MIXED)])
        message = f"{path.name}: faults are points and polygons, and some have no place, which {chosen.driver} does not hold; write {endings}."
        raise WriteRefusedError(message)
    types = {"source_row": FieldType.INTEGER, "width_m": FieldType.NUMBER, "area_m2": FieldType.NUMBER}
    fields = [OutputField(name, types.get(name, FieldType.STRING)) for name in _COLUMNS]
    columns = {name: [read(fault) for fault in faults] for name, read in _COLUMNS.items()}
    batch = OutputBatch(_geometries(faults, FAULTS), columns)
    write_features(
        path, [batch], driver=chosen.name, crs=STORAGE_CRS, fields=fields, layer=FAULTS, geometry_type="Unknown"
    )
    return {FAULTS: len(faults)}


def _layer_of(fault: Fault) -> str:
    if fault.geometry is None:
        return WITHOUT_PLACE
    return POINTS if shapely.get_type_id(fault.geometry) == _POINT else POLYGONS


def _frame(faults: Sequence[Fault]) -> pd.DataFrame:
    columns = {
        name: pd.Series([read(fault) for fault in faults], dtype=_TYPES.get(name, "str"))
        for name, read in _COLUMNS.items()
    }
    return pd.DataFrame(columns)


def _geometries(faults: Sequence[Fault], layer: str) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
    geometries = np.empty(len(faults), dtype=object)
    geometries[:] = [fault.geometry for fault in faults]
    if layer == POLYGONS:
        single = shapely.get_type_id(geometries) == shapely.GeometryType.POLYGON.value
        geometries[single] = shapely.multipolygons(geometries[single], indices=np.arange(single.sum()))
    return geometries
