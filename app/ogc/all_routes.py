"""The framework's own OpenAPI document, with every schema that it names."""

from typing import Any

from fastapi import FastAPI

from app.ogc.named_schemas import named_schemas

Document = dict[str, Any]


def describe_routes(app: FastAPI) -> Document:
    """Describe every route; definitions that a route brought along inside its body, and those that no model writes down, join the components.

    Examples
    --------
    >>> from fastapi import FastAPI
    >>> from app.ogc.all_routes import describe_routes
    >>> describe_routes(FastAPI(title="Empty", version="1"))["paths"]
    {}
    """
    document: Document = app.openapi()
    schemas: Document = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(named_schemas())
    for path in document["paths"].values():
        for operation in path.values():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                for name, definition in body.get("schema", {}).pop("$defs", {}).items():
                    schemas.setdefault(name, definition)
    return document
