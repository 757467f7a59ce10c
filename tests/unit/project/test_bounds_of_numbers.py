"""Integers in addresses are bounded: the database has 32 or 64 bits for them, and one beyond would be a failure of the service."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.main import create_app
from app.ogc.all_routes import describe_routes
from app.settings import Settings

# Never sent to the database as they are: what is asked for beyond a page is not given.
CLAMPED = {("/collections/{collection_id}/items", "limit"), ("/processes", "limit")}


def unbounded(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                schema = parameter["schema"]
                for each in schema.get("anyOf", [schema]):
                    if each.get("type") == "integer" and not {"maximum", "exclusiveMaximum"} & each.keys():
                        yield path, parameter["name"]


def test_every_integer_of_an_address_has_bounds(tmp_path: Path) -> None:
    document = describe_routes(create_app(Settings(data_dir=tmp_path)))
    assert set(unbounded(document)) == CLAMPED


def test_the_guard_notices_a_bare_integer() -> None:
    bare = {"name": "number", "schema": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}
    bounded = {"name": "limit", "schema": {"type": "integer", "exclusiveMaximum": 5}}
    assert list(unbounded({"paths": {"/x": {"get": {"parameters": [bare, bounded]}}}})) == [("/x", "number")]
