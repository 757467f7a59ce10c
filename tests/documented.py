"""What is answered is what the OpenAPI document says: JSON that a test's client receives is held against the schema of its route."""

import re
from functools import cache
from typing import Any

from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator

from app.main import create_app
from app.ogc.all_routes import describe_routes
from app.settings import Settings

#: Larger answers have more of the same; to look at all of it would take longer than the test.
LARGEST_BYTES = 500_000


def hold_to_document(client: TestClient) -> TestClient:
    """Let a client refuse, from now on, JSON that is not as the document describes it; return the client."""
    client.event_hooks["response"].append(_check)
    return client


def _check(answer: Any) -> None:
    media_type = answer.headers.get("content-type")
    if media_type not in {"application/json", "application/geo+json"}:
        return
    path, method = answer.request.url.path, answer.request.method.lower()
    document = _document()
    # A path without parameters comes before one that would take its last part for a parameter.
    for template, pattern in _patterns():
        if pattern.fullmatch(path) and method in document["paths"][template]:
            schema = _schema(template, method, str(answer.status_code), media_type)
            if schema:
                content = answer.read()
                if len(content) <= LARGEST_BYTES:
                    _validator(schema).validate(answer.json())
            return


@cache
def _document() -> dict[str, Any]:
    return describe_routes(create_app(Settings()))


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    templates = sorted(_document()["paths"], key=lambda template: (template.count("{"), template))
    return [(template, re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(template)))) for template in templates]


def _schema(template: str, method: str, status: str, media_type: str) -> str | None:
    """Return the name of the schema of an answer; None where the document names none."""
    described = _document()["paths"][template][method]["responses"].get(status, {})
    reference = described.get("content", {}).get(media_type, {}).get("schema", {}).get("$ref")
    return None if reference is None else str(reference).rpartition("/")[2]


@cache
def _validator(name: str) -> Draft202012Validator:
    components = {"schemas": _document()["components"]["schemas"]}
    schema = {"$ref": f"#/components/schemas/{name}", "components": components}
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
