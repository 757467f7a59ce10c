"""JSON answers with an entity tag over what they say."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from app.etags import matches_etag


def json_answer(
    request: Request,
    document: Mapping[str, Any],
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
) -> Response:
    """Answer with a document, or with 304 to a caller that has it already.

    Parameters
    ----------
    document : mapping
        JSON values, dates and times.
    headers : mapping, optional
        Beside ``ETag`` and ``Cache-Control``.
    etag : str, optional
        Where the caller has one that a change is guarded by; default: one over the document.
    """
    body = orjson.dumps(document, default=str)
    return written_answer(request, body, media_type=media_type, headers=headers, etag=etag)


def written_answer(
    request: Request,
    body: bytes,
    *,
    media_type: str = "application/json",
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
) -> Response:
    """Answer with JSON that is written already; otherwise as :func:`json_answer`."""
    etag = etag or f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    all_headers = {"ETag": etag, "Cache-Control": "no-cache", **(headers or {})}
    if matches_etag(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=all_headers)
    return Response(body, headers=all_headers, media_type=media_type)
