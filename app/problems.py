"""Every failure as a problem document (RFC 9457), whoever raised it."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import compile_path
from starlette.types import Scope

from app.errors import AppError
from gis.errors import GisError

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:duogui:problem:"
RETRY_AFTER_S = "5"

_NO_DAY = frozenset({"date_from_datetime_inexact", "date_from_datetime_parsing", "date_parsing", "date_type"})

log = structlog.get_logger("duogui.problems")


class InvalidParameterError(AppError):
    """A parameter of the request that cannot be understood or is not known here."""

    def __init__(self, name: str, detail: str, *, where: str = "query") -> None:
        super().__init__(
            "invalid-parameter",
            "Invalid parameter",
            400,
            f"Parameter {name!r}: {detail}",
            errors=[{"in": where, "name": name, "detail": detail}],
        )


def problem_response(
    scope: Scope,
    *,
    status: int,
    detail: str,
    problem_type: str | None = None,
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **extra: Any,  # noqa: ANN401  JSON values
) -> Response:
    """Make a problem document; without a type of its own its title is the status's."""
    document = {
        "type": "about:blank" if problem_type is None else _type_uri(problem_type),
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": scope.get("path", ""),
        **extra,
    }
    all_headers = {**_headers_of(status, problem_type), **(headers or {})}
    return Response(orjson.dumps(document, default=str), status, headers=all_headers, media_type=MEDIA_TYPE)


def _type_uri(problem_type: str) -> str:
    return problem_type if ":" in problem_type else TYPE_PREFIX + problem_type


def _headers_of(status: int, problem_type: str | None) -> dict[str, str]:
    """Return the headers that a status cannot go without."""
    match status:
        case 401:
            failed = problem_type == "invalid-key"
            return {"WWW-Authenticate": 'Bearer realm="duogui"' + (', error="invalid_token"' if failed else "")}
        case 403:
            return {"WWW-Authenticate": 'Bearer realm="duogui", error="insufficient_scope"'}
        case 503:
            return {"Retry-After": RETRY_AFTER_S}
        case _:
            return {}


# Handlers are coroutines because a plain function would wait for a request thread, of which there may be none left.
async def on_app_error(request: Request, error: AppError) -> Response:
    """Answer an error of the service as it describes itself."""
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.warning("problem", type=error.problem_type, status=error.status, detail=error.detail)
    return problem_response(
        request.scope,
        status=error.status,
        problem_type=error.problem_type,
        title=error.title,
        detail=error.detail,
        **error.extra,
    )


async def on_gis_error(request: Request, error: GisError) -> Response:
    """Answer what the spatial library refuses: the geometry was understood, and cannot be worked with."""
    name = type(error).__name__.removesuffix("Error")
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return problem_response(
        request.scope,
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        problem_type=words.lower().replace(" ", "-"),
        title=_as_title(words.split()),
        detail=str(error),
    )


def _as_title(words: list[str]) -> str:
    """Write the words of a class name as a title, acronyms as they are."""
    return " ".join([words[0], *(word if word.isupper() else word.lower() for word in words[1:])])


async def on_validation_error(request: Request, error: RequestValidationError) -> Response:
    """Answer 400 with every parameter or member that is wrong; the values themselves are not repeated."""
    errors = [
        {"in": str(found["loc"][0]), "name": ".".join(map(str, found["loc"][1:])), "detail": said_of(found)}
        for found in error.errors()
    ]
    listed = "; ".join(f"{found['in']} {found['name']}: {found['detail']}" for found in errors)
    return problem_response(
        request.scope,
        status=HTTPStatus.BAD_REQUEST,
        problem_type="invalid-parameter",
        title="Invalid parameter",
        detail=listed,
        errors=errors,
    )


def said_of(found: Mapping[str, Any]) -> str:
    """Return what Pydantic says of a value; of a day that is none it tells of times, which nobody sent.

    Examples
    --------
    >>> from app.problems import said_of
    >>> said_of({"type": "date_from_datetime_inexact", "msg": "Datetimes provided to dates should have zero time"})
    'expected a day such as 2024-06-30'
    """
    return "expected a day such as 2024-06-30" if found["type"] in _NO_DAY else str(found["msg"])


async def on_http_error(request: Request, error: HTTPException) -> Response:
    """Answer what the framework raises, its headers kept; OPTIONS on a known path is told what the path allows."""
    headers = dict(error.headers or {})
    detail = error.detail
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        if request.method == "OPTIONS":
            return Response(status_code=HTTPStatus.NO_CONTENT, headers=headers)
        detail = f"{request.method} is not supported here. Allowed are {headers['Allow']}."
    elif error.status_code == HTTPStatus.NOT_FOUND and detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"There is no resource at {request.url.path}."
    return problem_response(request.scope, status=error.status_code, detail=detail, headers=headers)


async def on_unexpected_error(request: Request, error: Exception) -> Response:
    """Log a defect whole and tell the client nothing of it but the id under which it was logged."""
    log.error("request.failed", method=request.method, path=request.url.path, exc_info=error)
    return problem_response(
        request.scope,
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        detail="The service failed. The request's id, in the header X-Request-ID, leads to the reason in its log.",
    )


def allowed_methods(request: Request) -> list[str]:
    """Return the methods of all routes at a path: the framework names those of the first only."""
    methods = {"OPTIONS"}
    for route in iter_route_contexts(request.app.router.routes):
        if route.methods and route.path and compile_path(route.path)[0].match(request.scope["path"]):
            methods |= route.methods
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()))


def install_problem_handlers(app: FastAPI) -> None:
    """Register the handlers; the one for defects is a middleware (see ``app.main``), inside CORS and the log."""
    app.add_exception_handler(AppError, on_app_error)  # type: ignore[arg-type]
    app.add_exception_handler(GisError, on_gis_error)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, on_validation_error)  # type: ignore[arg-type]
    app.add_exception_handler(HTTPException, on_http_error)  # type: ignore[arg-type]
