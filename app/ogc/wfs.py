"""WFS 2.0 for older desktop GIS: the same collections, read-only, by way of MapServer."""

import re
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from app.collections.boxes import Box
from app.collections.catalog import Collection, list_collections
from app.collections.rows import Rows, current_scope
from app.collections.statistics import collection_statistics
from app.collections.times import RequestedTimes
from app.deps import AppEngine, AppSettings, ReadSession
from app.links import absolute_url
from app.ogc.mapfile import MIXED_PARTS, WfsService, make_mapfile
from app.ogc.mapserver import serve
from app.ogc.responses import CACHE_HEADERS
from app.ogc.wfs_values import check_values
from app.problems import InvalidParameterError
from app.settings import Settings

# What WFS 1.0 to 2.0 name; MapServer knows more, which would let a caller choose files.
PARAMETERS: Final = (
    *("service", "version", "acceptversions", "acceptformats", "sections", "updatesequence", "request", "resulttype"),
    *(
        "typename",
        "typenames",
        "namespace",
        "namespaces",
        "featureid",
        "resourceid",
        "bbox",
        "filter",
        "filter_language",
    ),
    *("count", "maxfeatures", "startindex", "sortby", "propertyname", "valuereference", "outputformat", "srsname"),
    *("storedquery_id", "storedquery", "id"),
)
REQUESTS: Final = (
    "GetCapabilities",
    "DescribeFeatureType",
    "GetFeature",
    "GetPropertyValue",
    "ListStoredQueries",
    "DescribeStoredQueries",
)

# Ours, and no part of WFS: it stands in the address of the service that a client is given.
TIMES: Final = ("as-of",)
# Where WFS names collections, or features by collection and number.
NAMING: Final = ("typename", "typenames", "featureid", "resourceid", "id")

router = APIRouter(tags=["wfs"])


@router.get(
    "/wfs",
    summary="WFS 2.0",
    response_class=Response,
    responses={200: {"content": {"text/xml": {}, "application/gml+xml": {}, "application/json": {}}}},
)
def get_wfs(
    request: Request, session: ReadSession, engine: AppEngine, settings: AppSettings, times: RequestedTimes
) -> Response:
    """Answer a request of WFS 1.0, 1.1 or 2.0 by key and value: GML 3.2 or GeoJSON of every collection, without what needs a key."""
    asked = _checked(request)
    known = {name: value for name in TIMES if (value := request.query_params.get(name)) is not None}
    found = _named(list_collections(session, times.period), asked)
    groups = [Rows(collection, current_scope(session, collection)) for collection in found]
    service = WfsService(
        engine.url,
        absolute_url(request, "wfs", query=known.items()),
        srid=settings.storage_srid,
        max_features=settings.max_items_limit,
        timeout_s=settings.statement_timeout_s,
    )
    boxes = _boxes(request, session, settings, groups) if asked["request"].lower() == "getcapabilities" else {}
    mapfile = make_mapfile(service, [(rows, boxes.get(rows.collection.id)) for rows in groups])
    query = urlencode([(name, value) for name, value in asked.items() if name not in TIMES])
    password = engine.url.password
    served = serve(mapfile, query, password=password, timeout_s=settings.statement_timeout_s + 5)
    return Response(served.body, served.status, media_type=served.media_type, headers=CACHE_HEADERS)


def _named(collections: Sequence[Collection], asked: Mapping[str, str]) -> list[Collection]:
    """Return the collections that a request is about: all, if it names none that there is."""
    texts = [part for name in NAMING for part in re.split(r"[,()\s]+", asked.get(name, "")) if part]
    names = {text.rpartition(":")[2] for text in texts}
    names |= {name.rpartition(".")[0] for name in names}
    names |= {name.removesuffix(part.suffix) for name in names for part in MIXED_PARTS if part.suffix}
    return [one for one in collections if one.id in names] or list(collections)


def _boxes(request: Request, session: ReadSession, settings: Settings, groups: Sequence[Rows]) -> dict[str, Box | None]:
    """Return where the features of each collection lie, as they are in force, so that nothing has to look for it."""
    cache = request.app.state.statistics
    found = collection_statistics(session, cache, groups, settings.storage_srid)
    return {rows.collection.id: one.box for rows, one in zip(groups, found, strict=True)}


def _checked(request: Request) -> dict[str, str]:
    """Return the query, if it holds only what WFS names, each once (names in any case: OGC 09-025r2, 6.2.2)."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name.lower() not in PARAMETERS and name not in TIMES:
            raise InvalidParameterError(name, f"not known here; known are {', '.join((*PARAMETERS, *TIMES))}.")
        if name.lower() in given:
            raise InvalidParameterError(name, "given more than once.")
        given[name.lower()] = value
    if given.get("service", "").upper() != "WFS":
        raise InvalidParameterError("service", "expected WFS.")
    if given.get("request", "").lower() not in {name.lower() for name in REQUESTS}:
        raise InvalidParameterError("request", f"expected one of {', '.join(REQUESTS)}.")
    check_values(given)
    return given
