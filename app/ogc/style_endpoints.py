"""OGC API - Styles: of each collection and of the whole map, in the standard colours."""

from enum import StrEnum
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.clock import today
from app.collections.catalog import Collection, find_collection, list_collections
from app.collections.periods import Period
from app.deps import AppSettings, ReadSession, allow_parameters
from app.links import absolute_url
from app.ogc.legend import Legend, find_legend
from app.ogc.links import Link, link, self_link
from app.ogc.parameters import FormatJson
from app.ogc.responses import CACHE_HEADERS
from app.ogc.style_documents import maplibre_style, qml_style, sld_style, style_layers
from app.problems import InvalidParameterError

WHOLE_MAP: Final = "map"

router = APIRouter(tags=["styles"], dependencies=[Depends(allow_parameters("f"))])


class StyleEncoding(StrEnum):
    """How a style is written."""

    MAPLIBRE = "mapbox"
    SLD = "sld"
    QML = "qml"


MEDIA_TYPES: Final = {
    StyleEncoding.MAPLIBRE: "application/vnd.mapbox.style+json",
    StyleEncoding.SLD: "application/vnd.ogc.sld+xml;version=1.1",
    StyleEncoding.QML: "application/x-qgis-layer-settings",
}


@router.get("/styles", summary="Styles")
def get_styles(request: Request, session: ReadSession, _format: FormatJson = None) -> dict[str, Any]:
    """List the styles: of the whole map for browsers, and of each collection for browsers and desktop GIS."""
    collections = list_collections(session, Period.of_day(today()))
    whole = {
        "id": WHOLE_MAP,
        "title": "整图 / Whole map",
        "links": [_stylesheet(request, WHOLE_MAP, StyleEncoding.MAPLIBRE)],
    }
    return {"styles": [whole, *(_entry(request, one) for one in collections)], "links": [self_link(request)]}


def _entry(request: Request, collection: Collection) -> dict[str, Any]:
    links = [_stylesheet(request, collection.id, encoding) for encoding in StyleEncoding]
    return {"id": collection.id, "title": collection.title, "links": links}


def _stylesheet(request: Request, style_id: str, encoding: StyleEncoding) -> Link:
    return link(request, "stylesheet", "styles", style_id, media_type=MEDIA_TYPES[encoding], query=[("f", encoding)])


@router.get(
    "/styles/{style_id}",
    summary="One style",
    response_class=Response,
    responses={200: {"content": {media_type: {} for media_type in MEDIA_TYPES.values()}}},
)
def get_style(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    style_id: Annotated[str, Path(max_length=100, description="`map`, or the id of a collection.")],
    encoding: Annotated[
        StyleEncoding, Query(alias="f", description="`mapbox` for map libraries, `sld` and `qml` for desktop GIS.")
    ] = StyleEncoding.MAPLIBRE,
) -> Response:
    """Return a style; those of map libraries draw the vector tiles of this service."""

    def legend_of(collection: Collection) -> Legend:
        return find_legend(session, request.app.state.legend_values, collection, settings.storage_srid)

    period = Period.of_day(today())
    is_map = style_id == WHOLE_MAP
    if is_map and encoding is not StyleEncoding.MAPLIBRE:
        raise InvalidParameterError(
            "f", "the whole map is drawn by map libraries only; a collection has this encoding."
        )
    chosen = list_collections(session, period) if is_map else [find_collection(session, style_id, period)]
    match encoding:
        case StyleEncoding.SLD:
            content = sld_style(chosen[0], legend_of(chosen[0]))
        case StyleEncoding.QML:
            content = qml_style(chosen[0], legend_of(chosen[0]))
        case StyleEncoding.MAPLIBRE:
            content = orjson.dumps(_maplibre(request, style_id, chosen, [legend_of(one) for one in chosen]))
    headers = dict(CACHE_HEADERS)
    if encoding is not StyleEncoding.MAPLIBRE:
        headers["Content-Disposition"] = f'attachment; filename="{chosen[0].id}.{encoding}"'
    return Response(content, media_type=MEDIA_TYPES[encoding], headers=headers)


def _maplibre(request: Request, name: str, collections: list[Collection], legends: list[Legend]) -> dict[str, Any]:
    sources = {
        one.id: absolute_url(request, "collections", one.id, "tiles", "WebMercatorQuad", query=[("f", "tilejson")])
        for one in collections
    }
    layers = [part for pair in zip(collections, legends, strict=True) for part in style_layers(*pair)]
    return maplibre_style(name, sources, layers)
