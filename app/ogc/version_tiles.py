"""Vector tiles of one version of a layer, whether it is in force or not: what a draft looks like before it is published."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app.collections.catalog import collection_of_version
from app.collections.rows import Rows
from app.collections.statistics import collection_statistics
from app.deps import AppSettings, ReadSession, allow_parameters, require_scope
from app.keys.access import Scope
from app.layers.repository import require_layer, require_version
from app.layers.schemas import VersionInPath
from app.ogc.links import MVT
from app.ogc.tile_documents import tilejson
from app.ogc.tile_matrix_sets import find_tile_matrix_set, parse_tile
from app.ogc.tiles import TILE_RESPONSES
from app.ogc.vector_tiles import render_tile

# Whoever may examine a delivery may see what it made.
router = APIRouter(
    prefix="/layers/{slug}/versions/{number}/tiles",
    tags=["layers"],
    dependencies=[Depends(require_scope(Scope.CHECK)), Depends(allow_parameters())],
)


@router.get("/{tile_matrix_set_id}", summary="The tiles of a version, as TileJSON")
def get_version_tileset(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    slug: str,
    number: VersionInPath,
    tile_matrix_set_id: str,
) -> dict[str, Any]:
    """Return TileJSON 3.0 of a version, be it a draft: where its features lie, and the address of its tiles."""
    matrix_set = find_tile_matrix_set(tile_matrix_set_id)
    rows = _rows(session, slug, number)
    cache = request.app.state.statistics
    boxes = [one.box for one in collection_statistics(session, cache, [rows], settings.storage_srid) if one.box]
    path = ("layers", slug, "versions", str(number), "tiles")
    return tilejson(request, [rows.collection], boxes, matrix_set, path)


@router.get(
    "/{tile_matrix_set_id}/{tile_matrix}/{tile_row}/{tile_col}",
    summary="A vector tile of a version",
    response_class=Response,
    responses={status: described for status, described in TILE_RESPONSES.items() if status != 304},
)
def get_version_tile(
    session: ReadSession,
    settings: AppSettings,
    slug: str,
    number: VersionInPath,
    tile_matrix_set_id: str,
    tile_matrix: str,
    tile_row: str,
    tile_col: str,
) -> Response:
    """Return a Mapbox vector tile of a version, be it a draft; its layer is named as the layer's slug."""
    tile = parse_tile(find_tile_matrix_set(tile_matrix_set_id), tile_matrix, tile_row, tile_col)
    rows = _rows(session, slug, number)
    limit = settings.max_tile_features
    content = render_tile(session, rows, tile, srid=settings.storage_srid, max_features=limit)
    # A draft is published or discarded soon, and under its number another one may be made.
    headers = {"Cache-Control": "private, no-store"}
    return Response(content, media_type=MVT, headers=headers) if content else Response(None, 204, headers=headers)


def _rows(session: ReadSession, slug: str, number: int) -> Rows:
    layer = require_layer(session, slug)
    version = require_version(session, layer, number)
    return Rows(collection_of_version(layer, version), (version.id,))
