"""The OpenAPI 3.0 document, made from the catalogue: a path per collection, with each queryable as a parameter.

The framework's own document (``/openapi.json``) has one path for all collections, whose parameters it cannot name.
"""

from collections.abc import Iterable, Sequence
from importlib.metadata import version as package_version
from typing import Any

from app.collections.catalog import DESCRIPTIONS, Collection
from app.collections.cql2 import FilterLanguage
from app.collections.filters import RESERVED_PARAMETERS
from app.collections.schema import JSON_TYPES, Property
from app.ogc.constants import MAX_TILE_MATRIX
from app.ogc.links import GEOJSON, JSON, MVT, OPENAPI_JSON, SCHEMA_JSON
from app.ogc.parameters import NumberMatched
from app.ogc.processes.openapi import PROCESS_SCHEMAS, process_paths
from app.ogc.tile_matrix_sets import TILE_MATRIX_SETS
from app.settings import Settings
from gis.formats.writing import FORMATS

Document = dict[str, Any]

# Over HTTP a shapefile is an archive of its parts.
EXPORT_FORMATS = [name for name in FORMATS if name != "shz"]
EXPORT_MEDIA_TYPES = sorted({FORMATS["shz" if name == "shp" else name].media_type for name in EXPORT_FORMATS})

# Which parameters of the components the items of every collection take, besides their queryables.
TIMES = ("datetime", "as-of", "known-at")
FILTER = ("filter", "filter-lang", "filter-crs")
ITEMS = ("limit", "bbox", "bbox-crs", "crsUri", *TIMES, "after", *FILTER, "sortby", "properties", "q", "numberMatched")

FEATURE_ID: Document = {
    "name": "featureId",
    "in": "path",
    "required": True,
    "description": "Identifier of the feature in its collection.",
    "schema": {"type": "string"},
}


def build_openapi(collections: Sequence[Collection], settings: Settings, *, base_url: str, has_key: bool) -> Document:
    """Describe the service as it is for a caller: what needs a key is not in the document of one who has none."""
    return {
        "openapi": "3.0.3",
        "info": {
            "title": "Duogui 多规",
            "version": package_version("duogui"),
            "description": "Land-use and zoning GIS service: OGC API - Features and Tiles over every published layer, "
            "and OGC API - Processes. "
            "Failures are problem documents (RFC 9457).",
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "servers": [{"url": base_url}],
        "tags": [
            {"name": "capabilities", "description": "What the service offers."},
            {"name": "processes", "description": "What can be executed, and the jobs of it."},
            *({"name": item.id, "description": item.title} for item in collections),
        ],
        # Reading may or may not need a key, which depends on how the service is run.
        "security": [{}, {"bearer": []}, {"apiKey": []}],
        "paths": {
            **_common_paths(),
            **_dataset_tiles(),
            **process_paths(),
            **_collection_paths(collections, has_key=has_key),
        },
        "components": {
            "parameters": _parameters(settings),
            "schemas": {**SCHEMAS, **PROCESS_SCHEMAS},
            "responses": RESPONSES,
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _common_paths() -> Document:
    tag = "capabilities"
    matrix_set = {"name": "tileMatrixSetId", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "/": _get(tag, "getLandingPage", "Landing page", JSON, "landingPage", format_parameter="fPage"),
        "/conformance": _get(
            tag, "getConformance", "Conformance classes", JSON, "confClasses", format_parameter="fPage"
        ),
        "/collections": _get(tag, "getCollections", "All collections", JSON, "collections", format_parameter="fPage"),
        "/api": _get(tag, "getApi", "This document", OPENAPI_JSON, "object"),
        "/tileMatrixSets": _get(tag, "getTileMatrixSets", "Tile matrix sets", JSON, "object"),
        "/tileMatrixSets/{tileMatrixSetId}": _get(
            tag, "getTileMatrixSet", "One tile matrix set", JSON, "object", [matrix_set]
        ),
    }


def _dataset_tiles() -> Document:
    """Describe the tiles that hold several collections."""
    tag = "capabilities"
    matrix_set = {"name": "tileMatrixSetId", "in": "path", "required": True, "schema": STRING}
    tile = [matrix_set, *(_tile_parameter(part) for part in ("tileMatrix", "tileRow", "tileCol"))]
    several = [_reference("collections")]
    return {
        "/tiles": _get(tag, "getTilesets", "Tile sets of several collections", JSON, "object", several),
        "/tiles/{tileMatrixSetId}": _get(
            tag,
            "getTileset",
            "Tile set of several collections",
            JSON,
            "object",
            [matrix_set, *several],
            format_parameter="fTileset",
        ),
        "/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}": _get(
            tag,
            "getTile",
            "Vector tile of several collections",
            MVT,
            "binary",
            [*tile, *several, *map(_reference, TIMES)],
            format_parameter="fTile",
        ),
    }


def _collection_paths(collections: Iterable[Collection], *, has_key: bool) -> Document:
    paths: Document = {}
    for collection in collections:
        paths |= _paths_of(collection, has_key=has_key)
    return paths


def _paths_of(collection: Collection, *, has_key: bool) -> Document:
    name, title = collection.id, collection.title
    path = f"/collections/{name}"
    items = [_reference(name) for name in ITEMS]
    queryables = [
        _query_parameter(item)
        for item in collection.schema.queryables(has_key=has_key)
        if item.name not in RESERVED_PARAMETERS
    ]
    run_filter = collection.schema.property(collection.schema.run_filter)
    run = [] if run_filter is None else [_query_parameter(run_filter)]
    description = DESCRIPTIONS[collection.schema.kind]
    return {
        path: _get(name, f"describe.{name}", f"About {title}", JSON, "collection", format_parameter="fPage"),
        f"{path}/items": _get(
            name,
            f"items.{name}",
            f"Features of {title}",
            GEOJSON,
            "featureCollection",
            [*items, *queryables],
            format_parameter="fItems",
        )
        | {"description": description},
        f"{path}/items/{{featureId}}": _get(
            name,
            f"item.{name}",
            f"One feature of {title}",
            GEOJSON,
            "feature",
            [FEATURE_ID, *run, _reference("crsUri"), *map(_reference, TIMES)],
            format_parameter="fPage",
        ),
        f"{path}/export": _export(
            name, f"{title} as a file", [*map(_reference, ("bbox", *TIMES, *FILTER)), *queryables]
        ),
        f"{path}/queryables": _get(name, f"queryables.{name}", f"Queryables of {title}", SCHEMA_JSON, "object"),
        f"{path}/legend": _get(name, f"legend.{name}", f"Legend of {title}", JSON, "object"),
        f"{path}/tiles": _get(name, f"tilesets.{name}", f"Tile sets of {title}", JSON, "object"),
        **_tile_paths(name, title, path),
    }


def _tile_paths(name: str, title: str, path: str) -> Document:
    tile = [_tile_parameter(part) for part in ("tileMatrix", "tileRow", "tileCol")]
    tile += [_reference(parameter) for parameter in (*TIMES, *FILTER)]
    paths: Document = {}
    for one in TILE_MATRIX_SETS:
        tileset = f"{path}/tiles/{one}"
        paths[tileset] = _get(
            name, f"tileset.{name}.{one}", f"Tile set of {title}", JSON, "object", format_parameter="fTileset"
        )
        paths[f"{tileset}/{{tileMatrix}}/{{tileRow}}/{{tileCol}}"] = _get(
            name, f"tile.{name}.{one}", f"Vector tile of {title}", MVT, "binary", tile, format_parameter="fTile"
        )
    return paths


def _export(name: str, summary: str, parameters: Sequence[Document]) -> Document:
    file: Document = {"schema": {"$ref": "#/components/schemas/binary"}}
    operation = _get(name, f"export.{name}", summary, "application/octet-stream", "object", parameters)
    operation["get"]["parameters"] = [*parameters, *(_reference(part) for part in ("fExport", "crs", "encoding"))]
    operation["get"]["responses"]["200"]["content"] = dict.fromkeys(EXPORT_MEDIA_TYPES, file)
    return operation


def _get(
    tag: str,
    operation_id: str,
    summary: str,
    media_type: str,
    schema: str,
    parameters: Sequence[Document] = (),
    *,
    format_parameter: str = "f",
) -> Document:
    responses: Document = {
        "200": {
            "description": summary,
            "content": {media_type: {"schema": {"$ref": f"#/components/schemas/{schema}"}}},
        },
        "default": {"$ref": "#/components/responses/Problem"},
    }
    if schema == "binary":
        responses |= {"204": {"description": "The tile is empty."}, "304": {"description": "The tile has not changed."}}
    operation = {
        "tags": [tag],
        "operationId": operation_id,
        "summary": summary,
        "parameters": [*parameters, _reference(format_parameter)],
        "responses": responses,
    }
    return {"get": operation}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _query_parameter(item: Property) -> Document:
    return {
        "name": item.name,
        "in": "query",
        "required": False,
        "description": f"{item.title_zh} / {item.title_en}: the value that features must have.",
        "schema": JSON_TYPES[item.type],
        "style": "form",
        "explode": False,
    }


def _tile_parameter(name: str) -> Document:
    schema: Document = {"type": "integer", "minimum": 0}
    if name == "tileMatrix":
        schema["maximum"] = MAX_TILE_MATRIX
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _format(*encodings: str) -> Document:
    schema = {"type": "string", "enum": list(encodings)}
    return {"name": "f", "in": "query", "required": False, "description": "Encoding of the answer.", "schema": schema}


def _parameters(settings: Settings) -> Document:
    limit = {
        "type": "integer",
        "minimum": 1,
        "maximum": settings.max_items_limit,
        "default": settings.default_items_limit,
    }
    corner = {"type": "array", "items": {"type": "number"}, "oneOf": [_array_of(4), _array_of(6)]}
    return {
        "f": _format("json"),
        "fPage": _format("json", "html"),
        "fItems": _format("json", "html", "csv", "fgb", "gpkg", "parquet"),
        "fTileset": _format("json", "tilejson"),
        "fTile": _format("mvt"),
        "fExport": _format(*EXPORT_FORMATS) | {"required": True, "description": "Format of the file."},
        "crs": _core("crs", "System of the file's coordinates, such as EPSG:4526; degrees when left out.", STRING),
        "encoding": _core("encoding", "Of the texts of `shp`, `csv` and `txt`: UTF-8 or GBK.", STRING),
        "limit": _core("limit", "Features in a page.", limit),
        "bbox": _core("bbox", "west,south,east,north in degrees; west beyond east crosses the antimeridian.", corner),
        "bbox-crs": _core("bbox-crs", "URI of the reference system of `bbox`; CRS84.", CRS_URI),
        "crsUri": _core("crs", "URI of the reference system of the geometries; CRS84.", CRS_URI),
        "as-of": _core("as-of", "The day whose law applies; today.", {**STRING, "format": "date"}),
        "known-at": _core("known-at", "The day or moment whose knowledge counts; now.", STRING),
        "sortby": _core("sortby", "Queryables to sort by, with `-` before one for descending.", STRING_LIST),
        "properties": _core("properties", "Properties to show; all.", STRING_LIST),
        "q": _core("q", "Words, one of which a text has to hold.", STRING_LIST),
        "numberMatched": _core(
            "numberMatched",
            "How the features on all pages are counted.",
            {**STRING, "enum": list(NumberMatched), "default": "exact"},
        ),
        "datetime": _core("datetime", "Valid time: a day, a time, or start/end.", {"type": "string"}),
        "collections": _core("collections", "Ids of collections, a layer of the tile for each.", STRING_LIST),
        "after": _core("after", "Token of a `next` link.", {"type": "string"}),
        "filter": _core("filter", "A condition in CQL2 over the queryables.", STRING),
        "filter-lang": _core(
            "filter-lang", "How `filter` is written.", {**STRING, "enum": list(FilterLanguage), "default": "cql2-text"}
        ),
        "filter-crs": _core("filter-crs", "URI of the reference system of geometries in `filter`.", STRING),
    }


def _array_of(size: int) -> Document:
    return {"minItems": size, "maxItems": size}


def _core(name: str, description: str, schema: Document) -> Document:
    return {
        "name": name,
        "in": "query",
        "required": False,
        "description": description,
        "schema": schema,
        "style": "form",
        "explode": False,
    }


def _object(required: Sequence[str], **properties: Document) -> Document:
    return {"type": "object", "required": list(required), "properties": properties}


LINKS: Document = {"type": "array", "items": {"$ref": "#/components/schemas/link"}}
STRING: Document = {"type": "string"}
STRING_LIST: Document = {"type": "array", "items": STRING}
CRS_URI: Document = {"type": "string", "format": "uri"}

SCHEMAS: Document = {
    "object": {"type": "object"},
    "binary": {"type": "string", "format": "binary"},
    "link": _object(["href", "rel"], href=STRING, rel=STRING, type=STRING, title=STRING),
    "landingPage": _object(["links"], title=STRING, description=STRING, links=LINKS),
    "confClasses": _object(["conformsTo"], conformsTo={"type": "array", "items": STRING}),
    "collection": _object(["id", "links"], id=STRING, title=STRING, description=STRING, links=LINKS),
    "collections": _object(
        ["links", "collections"],
        links=LINKS,
        collections={"type": "array", "items": {"$ref": "#/components/schemas/collection"}},
    ),
    "feature": _object(
        ["type", "geometry", "properties"],
        type={"type": "string", "enum": ["Feature"]},
        id=STRING,
        geometry={"type": "object", "nullable": True},
        properties={"type": "object"},
        links=LINKS,
    ),
    "featureCollection": _object(
        ["type", "features"],
        type={"type": "string", "enum": ["FeatureCollection"]},
        features={"type": "array", "items": {"$ref": "#/components/schemas/feature"}},
        links=LINKS,
        timeStamp={"type": "string", "format": "date-time"},
        numberMatched={"type": "integer", "minimum": 0},
        numberReturned={"type": "integer", "minimum": 0},
    ),
    "problem": _object(
        ["type", "title", "status", "detail"], type=STRING, title=STRING, status={"type": "integer"}, detail=STRING
    ),
}

RESPONSES: Document = {
    "Problem": {
        "description": "What went wrong (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/problem"}}},
    }
}
