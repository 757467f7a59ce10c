"""OGC API - Common: landing page, conformance, collections, queryables."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from app.clock import today
from app.collections.catalog import DESCRIPTIONS, Collection, list_collections
from app.collections.periods import Period
from app.collections.reference_systems import CRS84, STORAGE_CRS_URI, SUPPORTED_CRS
from app.collections.repository import Statistics
from app.collections.rows import Rows, current_scope
from app.collections.schema import GEOMETRY
from app.collections.statistics import collection_statistics
from app.deps import AppSettings, KeyHolder, ReadSession, allow_parameters, require_scope
from app.described import DescribedBy
from app.keys.access import Scope
from app.links import absolute_url
from app.ogc.answers import CollectionAnswer, CollectionList
from app.ogc.conformance import CONFORMANCE_CLASSES
from app.ogc.links import (
    GEOJSON,
    HTML,
    JOB_LIST_REL,
    LEGEND_REL,
    OPENAPI_JSON,
    PROCESSES_REL,
    QUERYABLES_REL,
    SCHEMA_JSON,
    STYLES_REL,
    TILESETS_REL,
    TILING_SCHEMES_REL,
    link,
    self_link,
)
from app.ogc.pages_to_read import html_answer, wants_html
from app.ogc.parameters import FormatJson, PageFormat, RequestedCollection, accepting
from app.ogc.responses import SchemaJSONResponse
from gis.formats.writing import FORMATS

# Whole-layer downloads that a collection leads to; the export takes further formats.
DOWNLOADS = tuple((name, FORMATS[name].media_type, FORMATS[name].driver) for name in ("gpkg", "fgb", "parquet", "csv"))

# What a front end has to know to draw a layer.
GEOMETRY_NAMES = {
    f"{multi}{name}": shown
    for name, shown in (("Point", "point"), ("LineString", "line"), ("Polygon", "polygon"))
    for multi in ("", "Multi")
}

router = APIRouter(
    tags=["capabilities"],
    dependencies=[Depends(require_scope(Scope.READ)), Depends(allow_parameters("f"))],
)


@router.get("/", summary="Landing page", response_model=dict[str, Any])
def get_landing_page(request: Request, encoding: PageFormat = None) -> Any:  # noqa: ANN401  JSON or a page
    """Say what there is and where."""
    document = {
        "title": "Duogui 多规",
        "description": "国土空间数据服务:宗地、管控线、规划、冲突与闲置土地 / Parcels, control lines, plans, conflicts and idle land.",
        "links": [
            self_link(request),
            link(request, "service-desc", "api", media_type=OPENAPI_JSON, title="OpenAPI 3.0 document"),
            link(request, "service-doc", "api.html", media_type=HTML, title="The API, to read"),
            link(request, "conformance", "conformance", title="Conformance classes"),
            link(request, "data", "collections", title="Collections"),
            link(request, TILING_SCHEMES_REL, "tileMatrixSets", title="Tile matrix sets"),
            link(request, PROCESSES_REL, "processes", title="Processes"),
            link(request, JOB_LIST_REL, "jobs", title="Jobs"),
            link(request, STYLES_REL, "styles", title="Styles"),
            link(request, TILESETS_REL, "tiles", title="Tiles of several collections"),
            link(request, "related", "map", media_type=HTML, title="Map"),
        ],
    }
    return html_answer(request, "Duogui 多规", document) if wants_html(request, encoding) else document


@router.get("/conformance", summary="Conformance classes", response_model=dict[str, Any])
def get_conformance(request: Request, encoding: PageFormat = None) -> Any:  # noqa: ANN401  JSON or a page
    """List the conformance classes of the standards that this service keeps to."""
    document = {"conformsTo": list(CONFORMANCE_CLASSES)}
    return html_answer(request, "Conformance", document) if wants_html(request, encoding) else document


@router.get(
    "/collections",
    summary="All collections",
    response_model=Annotated[dict[str, Any], DescribedBy(CollectionList)],
)
def get_collections(request: Request, session: ReadSession, settings: AppSettings, encoding: PageFormat = None) -> Any:  # noqa: ANN401  JSON or a page
    """Describe every collection: one per published layer, and the results."""
    collections = list_collections(session, Period.of_day(today()))
    groups = [Rows(collection, current_scope(session, collection)) for collection in collections]
    statistics = collection_statistics(session, request.app.state.statistics, groups, settings.storage_srid)
    documents = [_document(request, *pair) for pair in zip(collections, statistics, strict=True)]
    document = {"links": [self_link(request)], "collections": documents}
    return html_answer(request, "Collections", document) if wants_html(request, encoding) else document


@router.get(
    "/collections/{collection_id}",
    summary="One collection",
    response_model=Annotated[dict[str, Any], DescribedBy(CollectionAnswer)],
)
def get_collection(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    collection: RequestedCollection,
    encoding: PageFormat = None,
) -> Any:  # noqa: ANN401  JSON or a page
    """Describe a collection: extent, number of features and links to what it offers."""
    rows = Rows(collection, current_scope(session, collection))
    cache = request.app.state.statistics
    statistics = collection_statistics(session, cache, [rows], settings.storage_srid)[0]
    document = _document(request, collection, statistics)
    return html_answer(request, collection.title, document) if wants_html(request, encoding) else document


@router.get(
    "/collections/{collection_id}/queryables",
    summary="What items can be filtered by",
    dependencies=[accepting(SCHEMA_JSON)],
    response_class=SchemaJSONResponse,
    responses={200: {"content": {SCHEMA_JSON: {"schema": {"type": "object"}}}}},
)
def get_queryables(
    request: Request, collection: RequestedCollection, key_holder: KeyHolder, _format: FormatJson = None
) -> SchemaJSONResponse:
    """Return a JSON Schema whose properties are the query parameters by which items can be filtered."""
    queryables = collection.schema.queryables(has_key=key_holder is not None)
    return SchemaJSONResponse(
        {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$id": absolute_url(request, "collections", collection.id, "queryables"),
            "type": "object",
            "title": collection.title,
            "properties": {
                GEOMETRY: {"title": "图形 / Geometry", "format": "geometry-any", "x-ogc-role": "primary-geometry"},
                **{item.name: item.json_schema() for item in queryables},
            },
            "additionalProperties": False,
        }
    )


def _document(request: Request, collection: Collection, statistics: Statistics) -> dict[str, Any]:
    path = ("collections", collection.id)
    return {
        "id": collection.id,
        "title": collection.title,
        "description": DESCRIPTIONS[collection.schema.kind],
        "itemType": "feature",
        "crs": list(SUPPORTED_CRS),
        "storageCrs": STORAGE_CRS_URI,
        "extent": _extent(collection, statistics),
        "links": [
            link(request, "self", *path),
            link(request, "items", *path, "items", media_type=GEOJSON, title=collection.title),
            link(request, QUERYABLES_REL, *path, "queryables", media_type=SCHEMA_JSON),
            link(request, TILESETS_REL, *path, "tiles"),
            link(request, LEGEND_REL, *path, "legend"),
            *(
                link(request, "enclosure", *path, "export", media_type=media_type, title=title, query=[("f", name)])
                for name, media_type, title in DOWNLOADS
            ),
        ],
        "duogui": {
            "kind": collection.schema.kind,
            "control_kind": collection.control_kind,
            "title_zh": collection.title_zh,
            "title_en": collection.title_en,
            "geometry": GEOMETRY_NAMES.get(collection.schema.geometry_type, "mixed"),
            "feature_count": statistics.count,
            "version": _version(collection),
        },
    }


def _extent(collection: Collection, statistics: Statistics) -> dict[str, Any]:
    extent: dict[str, Any] = {}
    if statistics.box is not None:
        box = statistics.box
        extent["spatial"] = {"bbox": [[box.west, box.south, box.east, box.north]], "crs": CRS84}
    if collection.version is not None:
        interval = [_instant(collection.version.valid_from), _instant(collection.version.valid_to)]
        extent["temporal"] = {"interval": [interval]}
    return extent


def _instant(day: date | None) -> str | None:
    return None if day is None else f"{day.isoformat()}T00:00:00+08:00"


def _version(collection: Collection) -> dict[str, Any] | None:
    """Return which delivery of the layer is shown; results have none."""
    if collection.version is None:
        return None
    version = collection.version
    return {
        "number": version.number,
        "valid_from": version.valid_from,
        "valid_to": version.valid_to,
        "approval_no": version.approval_no,
    }
