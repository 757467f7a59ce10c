"""Responses in the media types of OGC API."""

from typing import Any

import orjson
from starlette.responses import Response

from app.ogc.links import OPENAPI_JSON, SCHEMA_JSON

# What a key holder sees must not reach others through a shared cache, and the data may change at any time.
CACHE_HEADERS = {"Cache-Control": "private, no-cache", "Vary": "Accept, Authorization, X-API-Key, Cookie"}


class SchemaJSONResponse(Response):
    """A JSON Schema."""

    media_type = SCHEMA_JSON

    def render(self, content: Any) -> bytes:  # noqa: ANN401  any JSON value
        """Return the JSON text."""
        return orjson.dumps(content)


class OpenAPIResponse(SchemaJSONResponse):
    """An OpenAPI 3.0 document."""

    media_type = OPENAPI_JSON
