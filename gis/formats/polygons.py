"""A whole polygon file at once: in longitude and latitude, repaired, with the report of it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyproj

from gis.crs import to_geographic
from gis.errors import CRSRefusedError
from gis.formats.reading import FeatureBatch, VectorSource, iter_features, open_source, unreadable_reason
from gis.validity import RepairReport, repair_geometries


@dataclass(frozen=True, slots=True)
class PolygonFile:
    """The features of a file, in their order.

    Attributes
    ----------
    crs : pyproj.CRS
        That the file was read in: the one the caller named, or else its own.
    report : RepairReport
        Of the geometries in longitude and latitude; what could not be decoded is rejected with that as its reason.
    attributes : list of dict, length n
    """

    source: VectorSource
    crs: pyproj.CRS
    report: RepairReport
    attributes: list[dict[str, Any]]

    def __len__(self) -> int:
        return len(self.attributes)


def read_polygons(
    path: Path, *, layer: str | None = None, crs: str | None = None, encoding: str | None = None
) -> PolygonFile:
    """Read all polygons of one layer of a file.

    Parameters
    ----------
    path : Path
        A file of any format of the intake.
    layer : str, optional
        May be left out when the file has only one with geometry.
    crs : str, optional
        For a file that does not say its own, or says a wrong one.
    encoding : str, optional
        Of the texts of a shapefile, DXF drawing or table; told from the file when left out.

    Raises
    ------
    SourceUnreadableError, SourceLayerError, SourceLimitError, EncodingUnknownError
    CRSRefusedError
        When there is no CRS, what was named is none, or it has no exact path to longitude and latitude.
    GeometryRefusedError
        When coordinates lie outside of the CRS.
    """
    with open_source(path, layer=layer, encoding=encoding) as source:
        named = _crs(source, crs)
        batches = list(iter_features(source))
    geographic = [to_geographic(batch.geometries, named) for batch in batches]
    report = repair_geometries(np.concatenate(geographic) if geographic else np.array([], dtype=object))
    attributes = [row for batch in batches for row in batch.attributes]
    return PolygonFile(source, named, _with_unreadable(report, batches), attributes)


def _crs(source: VectorSource, given: str | None) -> pyproj.CRS:
    if given is None:
        if source.crs is None:
            raise CRSRefusedError("it does not say its coordinate reference system. Name it, for example EPSG:4547.")
        return source.crs
    try:
        return pyproj.CRS.from_user_input(given)
    except pyproj.exceptions.CRSError as error:
        raise CRSRefusedError(f"{given!r} is no coordinate reference system: {error}") from error


def _with_unreadable(report: RepairReport, batches: list[FeatureBatch]) -> RepairReport:
    """Give geometries that are there but cannot be decoded that as their reason, not that they are missing."""
    reason = report.reason.copy()
    for batch in batches:
        for position, (wkb, geometry) in enumerate(zip(batch.wkb, batch.geometries, strict=True)):
            if geometry is None and wkb is not None:
                reason[batch.first_row - 1 + position] = unreadable_reason(wkb)
    return replace(report, reason=reason)
