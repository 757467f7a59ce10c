"""What there is of tiles: lists of tile sets, their metadata, TileJSON."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from app.collections.boxes import Box
from app.collections.catalog import Collection
from app.collections.reference_systems import CRS84
from app.collections.schema import PropertyType
from app.links import absolute_url
from app.ogc.constants import MAX_TILE_MATRIX
from app.ogc.links import GEODATA_REL, MVT, TILING_SCHEME_REL, link, self_link
from app.ogc.tile_matrix_sets import TILE_MATRIX_SETS, TileMatrixSet

__all__ = ["describe_set", "list_sets", "list_tilesets", "tilejson", "tileset_metadata", "vector_layer"]

Document = dict[str, Any]
_NUMERIC = frozenset({PropertyType.NUMBER, PropertyType.INTEGER})
_WORLD = (-180.0, -90.0, 180.0, 90.0)
_DIMENSIONS = {"Point": 0, "MultiPoint": 0, "LineString": 1, "MultiLineString": 1}


def list_sets(request: Request) -> Document:
    """List the tile matrix sets."""
    items = [
        {
            "id": one.id,
            "title": one.title,
            "uri": one.uri,
            "crs": one.crs,
            "links": [link(request, "self", "tileMatrixSets", one.id)],
        }
        for one in TILE_MATRIX_SETS.values()
    ]
    return {"tileMatrixSets": items, "links": [self_link(request)]}


def describe_set(matrix_set: TileMatrixSet) -> Document:
    """Return the definition of a tile matrix set."""
    return matrix_set.definition()


def list_tilesets(request: Request, collections: Sequence[Collection], path: tuple[str, ...]) -> Document:
    """List the tile sets of collections, one in each tile matrix set."""
    query = _choice(request)
    items = [
        {
            "title": _title(collections),
            "dataType": "vector",
            "crs": one.crs,
            "tileMatrixSetURI": one.uri,
            "links": [
                link(request, "self", *path, one.id, query=query),
                link(request, TILING_SCHEME_REL, "tileMatrixSets", one.id),
            ],
        }
        for one in TILE_MATRIX_SETS.values()
    ]
    return {"tilesets": items, "links": [self_link(request)]}


def tilejson(
    request: Request,
    collections: Sequence[Collection],
    boxes: Sequence[Box],
    matrix_set: TileMatrixSet,
    path: tuple[str, ...],
) -> Document:
    """Return TileJSON 3.0; the address has the row before the column."""
    box = _around(boxes)
    return {
        "tilejson": "3.0.0",
        "name": _title(collections),
        "scheme": "xyz",
        "tiles": [_template(request, path, matrix_set, "{z}/{y}/{x}")],
        "minzoom": 0,
        "maxzoom": MAX_TILE_MATRIX,
        "bounds": [-180.0, -85.05, 180.0, 85.05] if box is None else [box.west, box.south, box.east, box.north],
        "vector_layers": [vector_layer(collection) for collection in collections],
    }


def vector_layer(collection: Collection, max_zoom: int = MAX_TILE_MATRIX) -> Document:
    """Return what TileJSON says of the layer of a collection."""
    fields = {
        item.name: "Number" if item.type in _NUMERIC else "Boolean" if item.type is PropertyType.BOOLEAN else "String"
        for item in collection.schema.tile_properties()
    }
    return {
        "id": collection.id,
        "description": collection.title,
        "minzoom": 0,
        "maxzoom": max_zoom,
        "fields": {"feature_id": "String", **fields},
    }


def tileset_metadata(
    request: Request,
    collections: Sequence[Collection],
    boxes: Sequence[Box],
    matrix_set: TileMatrixSet,
    path: tuple[str, ...],
) -> Document:
    """Return the metadata of a tile set (OGC 17-083r4)."""
    template = _template(request, path, matrix_set, "{tileMatrix}/{tileRow}/{tileCol}")
    document: Document = {
        "title": _title(collections),
        "dataType": "vector",
        "crs": matrix_set.crs,
        "tileMatrixSetURI": matrix_set.uri,
        "mediaTypes": [MVT],
        "tileMatrixSetLimits": _limits(_around(boxes), matrix_set),
        "layers": [_layer(collection) for collection in collections],
        "links": [
            self_link(request),
            link(
                request,
                "alternate",
                *path,
                matrix_set.id,
                query=[*_choice(request), ("f", "tilejson")],
                title="TileJSON",
            ),
            link(request, TILING_SCHEME_REL, "tileMatrixSets", matrix_set.id),
            *(link(request, GEODATA_REL, "collections", collection.id) for collection in collections),
            {"rel": "item", "type": MVT, "href": template, "templated": True},
        ],
    }
    box = _around(boxes)
    if box is not None:
        corners = {"lowerLeft": [box.west, box.south], "upperRight": [box.east, box.north]}
        document["boundingBox"] = {**corners, "crs": CRS84}
    return document


def _limits(box: Box | None, matrix_set: TileMatrixSet) -> list[Document]:
    """Return the tiles of each matrix in which there may be anything; a definition has more matrices than there are tiles for."""
    west, south, east, north = _WORLD if box is None else (box.west, box.south, box.east, box.north)
    found = []
    for level in range(MAX_TILE_MATRIX + 1):
        first_column, first_row = matrix_set.tile_at(level, west, north)
        last_column, last_row = matrix_set.tile_at(level, east, south)
        found.append(
            {
                "tileMatrix": str(level),
                "minTileRow": first_row,
                "maxTileRow": last_row,
                "minTileCol": first_column,
                "maxTileCol": last_column,
            }
        )
    return found


def _layer(collection: Collection) -> Document:
    properties = {item.name: item.json_schema() for item in collection.schema.tile_properties()}
    return {
        "id": collection.id,
        "title": collection.title,
        "dataType": "vector",
        "geometryDimension": _DIMENSIONS.get(collection.schema.geometry_type, 2),
        "propertiesSchema": {"type": "object", "properties": properties},
    }


def _title(collections: Sequence[Collection]) -> str:
    return ", ".join(collection.title for collection in collections)


def _around(boxes: Sequence[Box]) -> Box | None:
    if not boxes:
        return None
    return Box(
        min(box.west for box in boxes),
        min(box.south for box in boxes),
        max(box.east for box in boxes),
        max(box.north for box in boxes),
    )


def _choice(request: Request) -> list[tuple[str, str]]:
    chosen = request.query_params.get("collections")
    return [] if chosen is None else [("collections", chosen)]


def _template(request: Request, path: tuple[str, ...], matrix_set: TileMatrixSet, address: str) -> str:
    chosen = _choice(request)
    # The braces of a template are not part of an address that could be escaped.
    query = absolute_url(request, query=chosen).partition("?")[2]
    return f"{absolute_url(request, *path, matrix_set.id)}/{address}" + (f"?{query}" if query else "")
