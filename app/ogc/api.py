"""The API's own documents: OpenAPI 3.0 of the collections, OpenAPI 3.1 of all routes, and a page to read."""

from typing import Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse

from app.clock import today
from app.collections.catalog import list_collections
from app.collections.periods import Period
from app.deps import AppSettings, KeyHolder, ReadSession, allow_parameters, require_scope
from app.keys.access import Scope
from app.links import request_origin
from app.ogc.all_routes import describe_routes
from app.ogc.api_page import render_page
from app.ogc.links import OPENAPI_JSON
from app.ogc.openapi import build_openapi
from app.ogc.parameters import FormatJson
from app.ogc.responses import OpenAPIResponse

# The page is one text: no script, nothing from elsewhere.
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}

router = APIRouter(
    tags=["capabilities"], dependencies=[Depends(require_scope(Scope.READ)), Depends(allow_parameters("f"))]
)


def _describe(request: Request, session: ReadSession, settings: AppSettings, key_holder: KeyHolder) -> dict[str, Any]:
    collections = list_collections(session, Period.of_day(today()))
    base_url = request_origin(request).base_url
    return build_openapi(collections, settings, base_url=base_url, has_key=key_holder is not None)


@router.get(
    "/api",
    summary="OpenAPI 3.0 document",
    response_class=OpenAPIResponse,
    responses={200: {"content": {OPENAPI_JSON: {"schema": {"type": "object"}}}}},
)
def get_api(
    request: Request,
    session: ReadSession,
    settings: AppSettings,
    key_holder: KeyHolder,
    _format: FormatJson = None,
) -> OpenAPIResponse:
    """Describe the service with a path for each collection and its queryables as parameters."""
    return OpenAPIResponse(_describe(request, session, settings, key_holder))


@router.get("/api.html", summary="The API, to read", response_class=HTMLResponse)
def get_api_page(request: Request, session: ReadSession, settings: AppSettings, key_holder: KeyHolder) -> HTMLResponse:
    """Return the same description as a page that needs nothing from elsewhere."""
    return HTMLResponse(render_page(_describe(request, session, settings, key_holder)), headers=PAGE_HEADERS)


@router.get("/openapi.json", summary="OpenAPI 3.1 document of all routes")
def get_openapi(request: Request) -> dict[str, Any]:
    """Describe every route, as the framework sees it: for generating types and for tests."""
    return describe_routes(request.app)
