"""Which form of an answer a caller wants: ``f`` decides, else ``Accept``."""

from enum import StrEnum

from starlette.requests import Request


class ReportFormat(StrEnum):
    """Forms of a report."""

    JSON = "json"
    HTML = "html"


class FaultFormat(StrEnum):
    """Forms of a layer of faults."""

    GEOJSON = "geojson"
    GPKG = "gpkg"


def report_format(request: Request, named: ReportFormat | None) -> ReportFormat:
    """Return the form of a report that a caller wants; JSON unless a page is asked for."""
    if named is not None:
        return named
    return ReportFormat.HTML if prefers(request, "text/html", "application/json") else ReportFormat.JSON


def fault_format(request: Request, named: FaultFormat | None) -> FaultFormat:
    """Return the form of the faults that a caller wants; GeoJSON unless a GeoPackage is asked for."""
    if named is not None:
        return named
    asked = prefers(request, "application/geopackage+sqlite3", "application/geo+json")
    return FaultFormat.GPKG if asked else FaultFormat.GEOJSON


def prefers(request: Request, one: str, other: str) -> bool:
    """Whether a caller's ``Accept`` names a media type, and not another before it."""
    accepted = [part.split(";")[0].strip().lower() for part in request.headers.get("accept", "").split(",")]
    return one in accepted and (other not in accepted or accepted.index(one) < accepted.index(other))
