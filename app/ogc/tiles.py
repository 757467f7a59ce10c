"""OGC API - Tiles: vector tiles of a collection, and what there is of them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from app.deps import AppSettings, ReadSession, allow_parameters, require_scope
from app.etags import matches_etag
from app.keys.access import Scope
from app.links import absolute_url
from app.ogc.catalog import Collection
from app.ogc.constants import CRS84, MAX_TILE_MATRIX, TILE_MATRIX_SET
from app.ogc.errors import TileNotFoundError
from app.ogc.links import GEODATA_REL, MVT, TILING_SCHEME_REL, Link, link, self_link
from app.ogc.parameters import FormatJson, JsonAccepted, RequestedCollection
from app.ogc.repository import Statistics
from app.ogc.rows import Rows, current_scope
from app.ogc.schema import PropertyType
from app.ogc.statistics import collection_statistics, state_keys, statistics_of_states
from app.ogc.vector_tiles import (
    parse_tile,
    render_tile,
    require_room,
    tile_etag,
    tile_matrix_set_document,
)

TILE_MATRIX_SET_URI = "http://www.opengis.net/def/tilematrixset/OGC/1.0/WebMercatorQuad"
MERCATOR_URI = "http://www.opengis.net/def/crs/EPSG/0/3857"
TILE_CACHE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key"}

router = APIRouter(tags=["tiles"])
only_f = Depends(allow_parameters("f"))
reader = Depends(require_scope(Scope.READ))


@router.get("/tileMatrixSets", summary="Tile matrix sets", dependencies=[reader, only_f, JsonAccepted])
def get_tile_matrix_sets(request: Request, _format: FormatJson = None) -> dict[str, Any]:
    """List the tile matrix sets that collections have tiles in."""
    item = {
        "id": TILE_MATRIX_SET,
        "title": "Web Mercator",
        "uri": TILE_MATRIX_SET_URI,
        "crs": MERCATOR_URI,
        "links": [link(request, "self", "tileMatrixSets", TILE_MATRIX_SET)],
    }
    return {"tileMatrixSets": [item], "links": [self_link(request)]}


@router.get(
    "/tileMatrixSets/{tile_matrix_set_id}",
    summary="One tile matrix set",
    dependencies=[reader, only_f, JsonAccepted],
)
def get_tile_matrix_set(tile_matrix_set_id: str, _format: FormatJson = None) -> dict[str, Any]:
    """Return the definition of a tile matrix set."""
    _require_tile_matrix_set(tile_matrix_set_id)
    return tile_matrix_set_document()


@router.get(
    "/collections/{collection_id}/tiles", summary="Tile sets of a collection", dependencies=[only_f, JsonAccepted]
)
def get_tilesets(request: Request, collection: RequestedCollection, _format: FormatJson = None) -> dict[str, Any]:
    """List the tile sets of a collection."""
    item = {
        "title": collection.title,
        "dataType": "vector",
        "crs": MERCATOR_URI,
        "tileMatrixSetURI": TILE_MATRIX_SET_URI,
        "links": [
            link(request, "self", "collections", collection.id, "tiles", TILE_MATRIX_SET),
            link(request, TILING_SCHEME_REL, "tileMatrixSets", TILE_MATRIX_SET),
        ],
    }
    return {"tilesets": [item], "links": [self_link(request)]}


@router.get(
    "/collections/{collection_id}/tiles/{tile_matrix_set_id}",
    summary="A tile set: its metadata or TileJSON",
    dependencies=[only_f, JsonAccepted],
)
def get_tileset(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    collection: RequestedCollection,
    tile_matrix_set_id: str,
    encoding: Annotated[
        Literal["json", "tilejson"] | None, Query(alias="f", description="`tilejson` for TileJSON 3.0.")
    ] = None,
) -> dict[str, Any]:
    """Describe the tiles of a collection, for OGC clients or, with `f=tilejson`, for map libraries."""
    _require_tile_matrix_set(tile_matrix_set_id)
    rows = Rows(collection, current_scope(session, collection))
    cache = request.app.state.statistics
    statistics = collection_statistics(session, cache, [rows], settings.storage_srid)[0]
    if encoding == "tilejson":
        return _tilejson(request, collection, statistics)
    return _tileset_metadata(request, collection, statistics)


def _tilejson(request: Request, collection: Collection, statistics: Statistics) -> dict[str, Any]:
    numeric = {PropertyType.NUMBER, PropertyType.INTEGER}
    fields = {item.name: "Number" if item.type in numeric else "String" for item in collection.schema.tile_properties()}
    box = statistics.box
    bounds = [-180.0, -85.05, 180.0, 85.05] if box is None else [box.west, box.south, box.east, box.north]
    return {
        "tilejson": "3.0.0",
        "name": collection.title,
        "scheme": "xyz",
        "tiles": [_tile_template(request, collection, "{z}/{y}/{x}")],
        "minzoom": 0,
        "maxzoom": MAX_TILE_MATRIX,
        "bounds": bounds,
        "vector_layers": [
            {
                "id": collection.id,
                "description": collection.title,
                "minzoom": 0,
                "maxzoom": MAX_TILE_MATRIX,
                "fields": {"feature_id": "String", **fields},
            }
        ],
    }


def _tileset_metadata(request: Request, collection: Collection, statistics: Statistics) -> dict[str, Any]:
    path = ("collections", collection.id, "tiles", TILE_MATRIX_SET)
    template = _tile_template(request, collection, "{tileMatrix}/{tileRow}/{tileCol}")
    tile_link: Link = {"rel": "item", "type": MVT, "href": template, "templated": True}
    schema = {
        "type": "object",
        "properties": {item.name: item.json_schema() for item in collection.schema.tile_properties()},
    }
    document: dict[str, Any] = {
        "title": collection.title,
        "dataType": "vector",
        "crs": MERCATOR_URI,
        "tileMatrixSetURI": TILE_MATRIX_SET_URI,
        "mediaTypes": [MVT],
        "layers": [
            {
                "id": collection.id,
                "title": collection.title,
                "dataType": "vector",
                "geometryDimension": 2,
                "propertiesSchema": schema,
            }
        ],
        "links": [
            self_link(request),
            link(request, "alternate", *path, query=[("f", "tilejson")], title="TileJSON"),
            link(request, TILING_SCHEME_REL, "tileMatrixSets", TILE_MATRIX_SET),
            link(request, GEODATA_REL, "collections", collection.id),
            tile_link,
        ],
    }
    if statistics.box is not None:
        box = statistics.box
        document["boundingBox"] = {
            "lowerLeft": [box.west, box.south],
            "upperRight": [box.east, box.north],
            "crs": CRS84,
        }
    return document


def _tile_template(request: Request, collection: Collection, address: str) -> str:
    return f"{absolute_url(request, 'collections', collection.id, 'tiles', TILE_MATRIX_SET)}/{address}"


@router.get(
    "/collections/{collection_id}/tiles/{tile_matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile",
    dependencies=[only_f],
    response_class=Response,
    responses={
        200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
        204: {"description": "Nothing of the collection lies in the tile."},
        304: {"description": "The tile has not changed."},
    },
)
def get_tile(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    collection: RequestedCollection,
    tile_matrix_set_id: str,
    tile_matrix: str,
    tile_row: str,
    tile_col: str,
    if_none_match: Annotated[str | None, Header()] = None,
    _format: Annotated[Literal["mvt"] | None, Query(alias="f")] = None,
) -> Response:
    """Return a Mapbox vector tile whose layer is named as the collection; features without geometry are in none."""
    _require_tile_matrix_set(tile_matrix_set_id)
    tile = parse_tile(tile_matrix, tile_row, tile_col)
    rows = Rows(collection, current_scope(session, collection))
    properties = collection.schema.tile_properties()
    states = state_keys(session, [rows])
    etag = tile_etag(states[0], collection.id, tile, properties)
    headers = {**TILE_CACHE_HEADERS, "ETag": etag}
    if matches_etag(if_none_match, etag):
        return Response(status_code=304, headers=headers)
    srid, limit = settings.storage_srid, settings.max_tile_features
    cache = request.app.state.statistics
    # Only a collection that is larger than a tile may be can have a tile that is too full.
    if statistics_of_states(session, cache, [rows], states, srid)[0].count > limit:
        require_room(session, rows, tile, srid=srid, max_features=limit)
    content = render_tile(session, rows, properties, tile, srid=srid)
    if not content:
        return Response(status_code=204, headers=headers)
    return Response(content, media_type=MVT, headers=headers)


def _require_tile_matrix_set(tile_matrix_set_id: str) -> None:
    if tile_matrix_set_id != TILE_MATRIX_SET:
        raise TileNotFoundError
