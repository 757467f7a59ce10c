"""Which form of an answer a caller wants: ``f`` decides, else ``Accept``."""

from enum import StrEnum
from typing import Final

from starlette.requests import Request

from app.negotiation import HTML, JSON, choose_type

GEOPACKAGE: Final = "application/geopackage+sqlite3"
GEOJSON: Final = "application/geo+json"


class ReportFormat(StrEnum):
    """Forms of a report."""

    JSON = "json"
    HTML = "html"


class FaultFormat(StrEnum):
    """Forms of a layer of faults."""

    GEOJSON = "geojson"
    GPKG = "gpkg"


def report_format(request: Request, named: ReportFormat | None) -> ReportFormat:
    """Return the form of a report that a caller wants; JSON unless a page is wanted more.

    Raises
    ------
    NotAcceptableError
    """
    if named is not None:
        return named
    return ReportFormat.HTML if choose_type(request, (JSON, HTML)) == HTML else ReportFormat.JSON


def fault_format(request: Request, named: FaultFormat | None) -> FaultFormat:
    """Return the form of the faults that a caller wants; GeoJSON unless a GeoPackage is wanted more.

    Raises
    ------
    NotAcceptableError
    """
    if named is not None:
        return named
    return FaultFormat.GPKG if choose_type(request, (GEOJSON, GEOPACKAGE)) == GEOPACKAGE else FaultFormat.GEOJSON
