"""OGC API - Tiles: vector tiles of a collection or of several, and what there is of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Request
from sqlalchemy import ColumnElement
from sqlalchemy.exc import DataError
from starlette.responses import Response

from app.clock import today
from app.collections.catalog import Collection, find_collection, list_collections
from app.collections.periods import Period
from app.collections.rows import Rows, current_scope
from app.collections.searching import SEARCH_PARAMETERS, RequestedSearch, Search
from app.collections.statistics import Key, collection_statistics, state_keys, statistics_of_states
from app.collections.times import TIME_PARAMETERS, RequestedTimes, Times, require_history
from app.deps import AppSettings, ReadSession, allow_parameters, require_scope
from app.etags import matches_etag
from app.keys.access import Scope
from app.ogc.links import MVT
from app.ogc.parameters import CollectionId, FormatJson, JsonAccepted, RequestedCollection
from app.ogc.tile_cache import TileCache
from app.ogc.tile_documents import describe_set, list_sets, list_tilesets, tilejson, tileset_metadata
from app.ogc.tile_matrix_sets import Tile, find_tile_matrix_set, parse_tile
from app.ogc.vector_tiles import Source, choose_source, render_tile, require_room, tile_etag
from app.problems import InvalidParameterError
from app.settings import Settings

TILE_CACHE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Authorization, X-API-Key"}
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
    settings: AppSettings,
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
    collection = find_collection(session, collection_id, times.period, times.known_at)
    tile = parse_tile(find_tile_matrix_set(tile_matrix_set_id), tile_matrix, tile_row, tile_col)
    asked = _Asked(request, session, settings, tile, times, search)
    return asked.answer([collection], if_none_match)


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
    settings: AppSettings,
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
    chosen = _chosen(session, collections, times)
    tile = parse_tile(find_tile_matrix_set(tile_matrix_set_id), tile_matrix, tile_row, tile_col)
    return _Asked(request, session, settings, tile, times, None).answer(chosen, if_none_match)


def _chosen(session: ReadSession, collections: str | None, times: Times) -> list[Collection]:
    """Return the collections of a tile of several."""
    if collections is None:
        return [one for one in list_collections(session, times.period) if one.version is not None][:MAX_COLLECTIONS]
    names = list(dict.fromkeys(name.strip() for name in collections.split(",") if name.strip()))
    if not 1 <= len(names) <= MAX_COLLECTIONS:
        raise InvalidParameterError("collections", f"expected 1 to {MAX_COLLECTIONS} ids, separated by commas.")
    return [find_collection(session, name, times.period, times.known_at) for name in names]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request for a tile."""

    request: Request
    session: ReadSession
    settings: Settings
    tile: Tile
    times: Times
    search: Search | None

    def answer(self, collections: Sequence[Collection], if_none_match: str | None) -> Response:
        """Answer from the caller's cache, from ours, or from the database."""
        groups = [self._rows(collection) for collection in collections]
        states = state_keys(self.session, groups)
        sources = [
            choose_source(self.session, rows, state, self.tile) for rows, state in zip(groups, states, strict=True)
        ]
        properties = [collection.schema.tile_properties() for collection in collections]
        said = [(one.id, source) for one, source in zip(collections, sources, strict=True)]
        asked = [said, self.search, self.times.known_at]
        etag = tile_etag(states, self.tile, asked, properties)
        headers = {**TILE_CACHE_HEADERS, "ETag": etag}
        if matches_etag(if_none_match, etag):
            return Response(status_code=304, headers=headers)
        cache: TileCache = self.request.app.state.tiles
        content = cache.get(etag)
        if content is None:
            content = b"".join(self._render(*part) for part in zip(groups, states, sources, strict=True))
            cache.put(etag, content)
        if not content:
            return Response(status_code=204, headers=headers)
        return Response(content, media_type=MVT, headers=headers)

    def _rows(self, collection: Collection) -> Rows:
        require_history(collection, self.times.known_at)
        rows = Rows(collection, current_scope(self.session, collection), self.times.known_at)
        return rows.narrowed((), (), self._condition(collection))

    def _condition(self, collection: Collection) -> ColumnElement[bool] | None:
        if self.search is None:
            return None
        # A tile may be shared, so it knows nothing that needs a key.
        return self.search.condition(collection, has_key=False, srid=self.settings.storage_srid)

    def _render(self, rows: Rows, state: Key, source: Source) -> bytes:
        srid, limit = self.settings.storage_srid, self.settings.max_tile_features
        properties = rows.collection.schema.tile_properties()
        cache = self.request.app.state.statistics
        whole = Rows(rows.collection, rows.scope_ids)
        try:
            # Only a collection that is larger than a tile may be can have a tile that is too full.
            is_large = statistics_of_states(self.session, cache, [whole], [state], srid)[0].count > limit
            if is_large and source.zoom is None:
                require_room(self.session, rows, self.tile, srid=srid, max_features=limit)
            return render_tile(self.session, rows, properties, self.tile, srid=srid, source=source)
        except DataError as error:
            if self.search is None:
                raise
            raise InvalidParameterError("filter", f"it cannot be computed: {error.orig}.") from error
