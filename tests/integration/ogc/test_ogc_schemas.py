"""Answers are valid against the schemas that the OGC publishes with its standards."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from fastapi.testclient import TestClient
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

FOLDER = Path(os.environ.get("DUOGUI_TEST_DATA", "/nowhere")).parent / "conformance" / "schemas"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="needs the schemas of the OGC beside DUOGUI_TEST_DATA")

FEATURES = [
    ("/", "landingPage.yaml"),
    ("/conformance", "confClasses.yaml"),
    ("/collections", "collections.yaml"),
    ("/collections/parcels", "collection.yaml"),
    ("/collections/findings", "collection.yaml"),
    ("/collections/parcels/items", "featureCollectionGeoJSON.yaml"),
    ("/collections/idle_cases/items", "featureCollectionGeoJSON.yaml"),
    ("/collections/parcels/items/p1", "featureGeoJSON.yaml"),
]
TILES = [
    ("/collections/parcels/tiles/WebMercatorQuad", "tms/tileSet.yaml"),
    ("/collections/parcels/tiles/CGCS2000Quad", "tms/tileSet.yaml"),
    ("/tileMatrixSets/WebMercatorQuad", "tms/tileMatrixSet.yaml"),
    ("/tileMatrixSets/CGCS2000Quad", "tms/tileMatrixSet.yaml"),
]


def as_json_schema(node: Any) -> Any:
    """Take a schema of OpenAPI 3.0 as one of JSON Schema: `nullable` becomes a type."""
    if isinstance(node, list):
        return [as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {key: as_json_schema(value) for key, value in node.items() if key not in {"nullable", "example"}}
    for bound in ("Minimum", "Maximum"):
        # A number in later drafts, a switch in OpenAPI 3.0.
        if isinstance(made.get(f"exclusive{bound}"), bool):
            made.pop(f"exclusive{bound}")
    if "type" in node and not isinstance(node["type"], str | dict):
        # YAML takes the name of the type null for no value.
        named = node["type"] if isinstance(node["type"], list) else [node["type"]]
        made["type"] = ["null" if one is None else one for one in named]
    if node.get("nullable") and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


@cache
def load(uri: str) -> Resource[Any]:
    path = Path(uri.removeprefix("file://").split("#", 1)[0])
    return Resource(as_json_schema(yaml.safe_load(path.read_text(encoding="utf-8"))), DRAFT202012)


def validator(path: Path) -> Draft202012Validator:
    retrieve: Callable[[str], Resource[Any]] = load
    return Draft202012Validator({"$ref": path.as_uri()}, registry=Registry(retrieve=retrieve))


@pytest.mark.parametrize(
    ("path", "schema"),
    [(path, f"features/{schema}") for path, schema in FEATURES] + [(path, f"tiles/{schema}") for path, schema in TILES],
)
def test_an_answer_is_valid_against_the_published_schema(client: TestClient, path: str, schema: str):
    document = client.get(path).json()
    errors = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in validator(FOLDER / schema).iter_errors(document)
    ]
    assert errors == []


def test_the_schemas_refuse_what_is_wrong():
    assert not validator(FOLDER / "features" / "landingPage.yaml").is_valid({"links": "none"})
    assert not validator(FOLDER / "features" / "featureGeoJSON.yaml").is_valid({"type": "Point"})
