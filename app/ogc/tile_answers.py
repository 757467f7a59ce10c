"""The answer to a request for a tile: unchanged, from the service's memory, or made by the database."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session
from starlette.responses import Response
from starlette.types import Scope

from app.collections.catalog import Collection
from app.collections.rows import Rows
from app.collections.searching import Search
from app.collections.states import CollectionState, Lookup, StatesInSnapshot
from app.collections.times import require_history
from app.etags import matches_etag
from app.ogc.known_tiles import KnownTile, KnownTiles, noted_address, tile_headers
from app.ogc.links import MVT
from app.ogc.tile_cache import TileCache
from app.ogc.tile_matrix_sets import Tile
from app.ogc.vector_tiles import Source, choose_source, render_known_tile, render_tile, tile_etag
from app.problems import InvalidParameterError
from app.settings import Settings

__all__ = ["AskedTile"]


@dataclass(frozen=True, slots=True)
class AskedTile:
    """A request for a tile; a plain one is of one collection and asks for nothing else.

    It is read in the transaction of a session; or, without one, by the engine, whose single statement has to see the state that is known.
    """

    scope: Scope
    database: Session | Engine
    tile: Tile
    lookup: Lookup
    search: Search | None = None
    is_plain: bool = False

    @property
    def settings(self) -> Settings:
        """Return the settings of the service."""
        settings: Settings = self.scope["app"].state.settings
        return settings

    def answer(self, found: StatesInSnapshot, if_none_match: str | None) -> Response:
        """Answer from the caller's cache, from ours, or from the database, and remember what was answered.

        Raises
        ------
        SnapshotPassedError
            There is no transaction, and something was committed since the states were found.
        """
        groups = [self._rows(state) for state in found.states]
        sources = [choose_source(state, rows, self.tile) for state, rows in zip(found.states, groups, strict=True)]
        etag = tile_etag(found.facts, self.tile, [sources, self.search, self.lookup.known_at])
        headers = tile_headers(etag)
        cache: TileCache = self.scope["app"].state.tiles
        is_unchanged = matches_etag(if_none_match, etag)
        content = b"" if is_unchanged else cache.get(etag)
        if content is None:
            content = b"".join(
                self._render(rows, source, found.snapshot) for rows, source in zip(groups, sources, strict=True)
            )
            cache.put(etag, content)
        self._remember(found, etag)
        if is_unchanged:
            return Response(status_code=304, headers=headers)
        return Response(content, media_type=MVT, headers=headers) if content else Response(None, 204, headers=headers)

    def _remember(self, found: StatesInSnapshot, etag: str) -> None:
        known: KnownTiles = self.scope["app"].state.known_tiles
        route = self.scope.get("route")
        address = noted_address(self.scope)
        if address is not None:
            known.put(address, KnownTile(self.lookup, found, etag, route))
        if self.is_plain:
            known.plain_route = route

    def _rows(self, state: CollectionState) -> Rows:
        require_history(state.collection, self.lookup.known_at)
        rows = Rows(state.collection, state.scope_ids, self.lookup.known_at)
        return rows.narrowed((), (), self._condition(state.collection))

    def _condition(self, collection: Collection) -> ColumnElement[bool] | None:
        if self.search is None:
            return None
        # A tile may be shared, so it knows nothing that needs a key.
        return self.search.condition(collection, has_key=False, srid=self.settings.storage_srid)

    def _render(self, rows: Rows, source: Source, snapshot: str) -> bytes:
        srid, limit = self.settings.storage_srid, self.settings.max_tile_features
        database = self.database
        if isinstance(database, Engine):
            return render_known_tile(
                database, rows, self.tile, snapshot=snapshot, srid=srid, source=source, max_features=limit
            )
        try:
            return render_tile(database, rows, self.tile, srid=srid, source=source, max_features=limit)
        except DataError as error:
            if self.search is None:
                raise
            raise InvalidParameterError("filter", f"it cannot be computed: {error.orig}.") from error
