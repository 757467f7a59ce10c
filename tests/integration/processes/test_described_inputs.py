"""The OpenAPI document says of each input that it may be a value, a qualified value or a reference, and each of these fits."""

from collections.abc import Mapping
from typing import Any

import pytest
from fastapi.testclient import TestClient
from jsonschema import Draft4Validator

from app.ogc.processes.catalog import PROCESSES

from .test_executing import SITE

LINK = {"href": "https://data.example.cn/value.json", "type": "application/json", "rel": "data", "title": "elsewhere"}
WRITTEN: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("site.check", {"sites": SITE}),
    ("plan.compare", {"plans": ["city_plan", "parcels"], "lines": []}),
    ("overlay", {"a": {"collection": "parcels"}, "b": {"collection": "ecological_redline"}}),
    ("collection.export", {"collection": "parcels", "f": "csv", "filters": {"parcel_code": "1"}}),
)


@pytest.fixture(scope="module")
def document(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/api").json()
    return found


def faults(document: dict[str, Any], process: str, inputs: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with inputs by the document; OpenAPI 3.0 writes schemas in a dialect of draft 4."""
    body = document["paths"][f"/processes/{process}/execution"]["post"]["requestBody"]["content"]["application/json"]
    schema = {**body["schema"], "components": document["components"]}
    return [error.message for error in Draft4Validator(schema).iter_errors({"inputs": inputs})]


@pytest.mark.parametrize(("process", "inputs"), WRITTEN)
def test_each_input_may_be_a_value_a_qualified_value_or_a_reference(
    document: dict[str, Any], process: str, inputs: Mapping[str, Any]
) -> None:
    qualified = {name: {"value": value, "mediaType": "application/json"} for name, value in inputs.items()}
    for written in (inputs, qualified, dict.fromkeys(inputs, LINK)):
        assert faults(document, process, written) == []


def test_an_item_of_a_list_may_be_a_reference_and_a_link_needs_an_address(document: dict[str, Any]) -> None:
    assert faults(document, "plan.compare", {"plans": ["city_plan", LINK]}) == []
    assert faults(document, "plan.compare", {"plans": ["city_plan", {"rel": "data"}]})
    assert faults(document, "plan.compare", {"plans": ["city_plan", 7]})
    assert faults(document, "plan.compare", {"plans": ["city_plan", "parcels"], "colour": LINK})


def test_no_input_is_left_out(document: dict[str, Any]) -> None:
    for process, item in PROCESSES.items():
        named = {field.alias or name for name, field in item.inputs.model_fields.items()}
        required = {field.alias or name for name, field in item.inputs.model_fields.items() if field.is_required()}
        assert faults(document, process, dict.fromkeys(named, LINK)) == []
        assert bool(faults(document, process, {})) == bool(required), process
