"""Links as OGC API writes them."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from starlette.requests import Request

from app.links import absolute_url, request_origin

JSON = "application/json"
GEOJSON = "application/geo+json"
SCHEMA_JSON = "application/schema+json"
MVT = "application/vnd.mapbox-vector-tile"
OPENAPI_JSON = "application/vnd.oai.openapi+json;version=3.0"
HTML = "text/html"

QUERYABLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/queryables"
TILESETS_REL = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
TILING_SCHEMES_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-schemes"
TILING_SCHEME_REL = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
GEODATA_REL = "http://www.opengis.net/def/rel/ogc/1.0/geodata"
PROCESSES_REL = "http://www.opengis.net/def/rel/ogc/1.0/processes"
JOB_LIST_REL = "http://www.opengis.net/def/rel/ogc/1.0/job-list"
EXECUTE_REL = "http://www.opengis.net/def/rel/ogc/1.0/execute"
STYLES_REL = "http://www.opengis.net/def/rel/ogc/1.0/styles"
LEGEND_REL = "http://www.opengis.net/def/rel/ogc/1.0/legend"

Link = dict[str, Any]


def link(
    request: Request,
    rel: str,
    *segments: str,
    media_type: str = JSON,
    title: str | None = None,
    query: Iterable[tuple[str, str]] = (),
) -> Link:
    """Make a link to a path of this service."""
    made = {"rel": rel, "type": media_type, "href": absolute_url(request, *segments, query=query)}
    return made if title is None else {**made, "title": title}


def self_link(request: Request, *, media_type: str = JSON) -> Link:
    """Make the link to the resource that was asked for, its parameters included."""
    path = quote(request.url.path, safe="/")
    query = f"?{request.url.query}" if request.url.query else ""
    return {"rel": "self", "type": media_type, "href": request_origin(request).base_url + path + query}
