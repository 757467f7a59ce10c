"""OGC API - Tiles: vector tiles of a collection or of several, and what there is of them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from starlette.responses import Response

from app.clock import today
from app.collections.catalog import Collection, find_collection, list_collections
from app.collections.periods import Period
from app.collections.rows import Rows, current_scope
from app.collections.searching import SEARCH_PARAMETERS, RequestedSearch
from app.collections.states import Lookup, read_states
from app.collections.statistics import collection_statistics
from app.collections.times import TIME_PARAMETERS, RequestedTimes, Times
from app.deps import AppSettings, ReadSession, allow_parameters, require_scope
from app.keys.access import Scope
from app.ogc.links import MVT
from app.ogc.parameters import CollectionId, FormatJson, JsonAccepted, RequestedCollection
from app.ogc.tile_answers import AskedTile
from app.ogc.tile_documents import describe_set, list_sets, list_tilesets, tilejson, tileset_metadata
from app.ogc.tile_matrix_sets import find_tile_matrix_set, parse_tile
from app.problems import InvalidParameterError
from app.settings import Settings

# Collections in one tile; their layers are drawn in this order.
MAX_COLLECTIONS = 30
TILE_PARAMETERS = ("f", *TIME_PARAMETERS, *SEARCH_PARAMETERS)
TILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    204: {"description": "Nothing of the collection lies in the tile."},
    304: {"description": "The tile has not changed."},
}

router = APIRouter(tags=["tiles"])
only_f = Depends(allow_parameters("f"))
f_and_collections = Depends(allow_parameters("f", "collections"))
reader = Depends(require_scope(Scope.READ))
TilesetEncoding = Annotated[
    Literal["json", "tilejson"] | None, Query(alias="f", description="`tilejson` for TileJSON 3.0.")
]
Collections = Annotated[
    str | None, Query(description="Ids of collections, separated by commas; a layer of the tile for each.")
]
TileFormat = Annotated[Literal["mvt"] | None, Query(alias="f")]


@router.get("/tileMatrixSets", summary="Tile matrix sets", dependencies=[reader, only_f, JsonAccepted])
def get_tile_matrix_sets(request: Request, _format: FormatJson = None) -> dict[str, Any]:
    """List the tile matrix sets that collections have tiles in."""
    return list_sets(request)


@router.get(
    "/tileMatrixSets/{tile_matrix_set_id}",
    summary="One tile matrix set",
    dependencies=[reader, only_f, JsonAccepted],
)
def get_tile_matrix_set(tile_matrix_set_id: str, _format: FormatJson = None) -> dict[str, Any]:
    """Return the definition of a tile matrix set."""
    return describe_set(find_tile_matrix_set(tile_matrix_set_id))


@router.get(
    "/collections/{collection_id}/tiles", summary="Tile sets of a collection", dependencies=[only_f, JsonAccepted]
)
def get_tilesets(request: Request, collection: RequestedCollection, _format: FormatJson = None) -> dict[str, Any]:
    """List the tile sets of a collection."""
    return list_tilesets(request, [collection], ("collections", collection.id, "tiles"))


@router.get("/tiles", summary="Tile sets of several collections", dependencies=[f_and_collections, JsonAccepted])
def get_dataset_tilesets(
    request: Request, session: ReadSession, collections: Collections = None, _format: FormatJson = None
) -> dict[str, Any]:
    """List the tile sets that hold several collections at once."""
    return list_tilesets(request, _chosen(session, collections, Times(Period.of_day(today()))), ("tiles",))


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
    encoding: TilesetEncoding = None,
) -> dict[str, Any]:
    """Describe the tiles of a collection, for OGC clients or, with `f=tilejson`, for map libraries."""
    path = ("collections", collection.id, "tiles")
    return _tileset(request, session, settings, [collection], path, tile_matrix_set_id, encoding)


@router.get(
    "/tiles/{tile_matrix_set_id}",
    summary="A tile set of several collections: its metadata or TileJSON",
    dependencies=[f_and_collections, JsonAccepted],
)
def get_dataset_tileset(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    tile_matrix_set_id: str,
    collections: Collections = None,
    encoding: TilesetEncoding = None,
) -> dict[str, Any]:
    """Describe tiles with a layer for each of several collections."""
    chosen = _chosen(session, collections, Times(Period.of_day(today())))
    return _tileset(request, session, settings, chosen, ("tiles",), tile_matrix_set_id, encoding)


def _tileset(
    request: Request,
    session: ReadSession,
    settings: Settings,
    collections: Sequence[Collection],
    path: tuple[str, ...],
    tile_matrix_set_id: str,
    encoding: str | None,
) -> dict[str, Any]:
    matrix_set = find_tile_matrix_set(tile_matrix_set_id)
    groups = [Rows(collection, current_scope(session, collection)) for collection in collections]
    cache = request.app.state.statistics
    boxes = [one.box for one in collection_statistics(session, cache, groups, settings.storage_srid) if one.box]
    describe = tilejson if encoding == "tilejson" else tileset_metadata
    return describe(request, collections, boxes, matrix_set, path)


@router.get(
    "/collections/{collection_id}/tiles/{tile_matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile",
    dependencies=[Depends(allow_parameters(*TILE_PARAMETERS))],
    response_class=Response,
    responses=TILE_RESPONSES,
)
def get_tile(
    request: Request,
    session: ReadSession,
    collection_id: CollectionId,
    tile_matrix_set_id: str,
    tile_matrix: str,
    tile_row: str,
    tile_col: str,
    times: RequestedTimes,
    search: RequestedSearch,
    if_none_match: Annotated[str | None, Header()] = None,
    _format: TileFormat = None,
) -> Response:
    """Return a Mapbox vector tile whose layer is named as the collection; features without geometry are in none."""
    lookup = Lookup((collection_id,), times.period, times.known_at)
    found = read_states(session, request.app.state.collection_states, lookup)
    tile = parse_tile(find_tile_matrix_set(tile_matrix_set_id), tile_matrix, tile_row, tile_col)
    is_plain = not request.query_params
    return AskedTile(request.scope, session, tile, lookup, search, is_plain=is_plain).answer(found, if_none_match)


@router.get(
    "/tiles/{tile_matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile of several collections",
    dependencies=[Depends(allow_parameters("collections", "f", *TIME_PARAMETERS))],
    response_class=Response,
    responses=TILE_RESPONSES,
)
def get_dataset_tile(
    request: Request,
    session: ReadSession,
    tile_matrix_set_id: str,
    tile_matrix: str,
    tile_row: str,
    tile_col: str,
    times: RequestedTimes,
    collections: Collections = None,
    if_none_match: Annotated[str | None, Header()] = None,
    _format: TileFormat = None,
) -> Response:
    """Return a Mapbox vector tile with a layer for each collection; without a choice, those of the published layers."""
    lookup = Lookup(_names(collections), times.period, times.known_at, MAX_COLLECTIONS)
    found = read_states(session, request.app.state.collection_states, lookup)
    tile = parse_tile(find_tile_matrix_set(tile_matrix_set_id), tile_matrix, tile_row, tile_col)
    return AskedTile(request.scope, session, tile, lookup).answer(found, if_none_match)


def _chosen(session: ReadSession, collections: str | None, times: Times) -> list[Collection]:
    """Return the collections of tiles of several."""
    names = _names(collections)
    if names is None:
        return [one for one in list_collections(session, times.period) if one.version is not None][:MAX_COLLECTIONS]
    return [find_collection(session, name, times.period, times.known_at) for name in names]


def _names(collections: str | None) -> tuple[str, ...] | None:
    """Return the ids that a request names; None for those of the published layers."""
    if collections is None:
        return None
    names = tuple(dict.fromkeys(name.strip() for name in collections.split(",") if name.strip()))
    if not 1 <= len(names) <= MAX_COLLECTIONS:
        raise InvalidParameterError("collections", f"expected 1 to {MAX_COLLECTIONS} ids, separated by commas.")
    return names
