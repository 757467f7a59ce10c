"""The abstract test suite of CQL2 over HTTP: its three layers are imported as reference layers like any other."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.integration.cql2.test_abstract_suite import ERRATA

from .conftest import load_reference

FOLDER = Path(os.environ.get("DUOGUI_TEST_DATA", "/nowhere")).parent / "conformance"
PREDICATES = json.loads((FOLDER / "cql2_ats.json").read_text()) if (FOLDER / "cql2_ats.json").exists() else []
pytestmark = pytest.mark.skipif(
    not PREDICATES, reason="needs cql2_ats.json and ne110m4cql2.gpkg beside DUOGUI_TEST_DATA"
)


@pytest.fixture(scope="module")
def natural_earth(reference_engine: Engine) -> dict[str, int]:
    """Return the number of features of each layer, imported by its own name."""
    return {
        one.layer: one.report["accepted"] + one.report["repaired"]
        for one in load_reference(reference_engine, FOLDER / "ne110m4cql2.gpkg")
    }


def test_all_features_of_the_suite_are_there(natural_earth: dict[str, int]):
    assert natural_earth == {
        "ne_110m_admin_0_countries": 177,
        "ne_110m_populated_places_simple": 243,
        "ne_110m_rivers_lake_centerlines": 13,
    }


@pytest.mark.parametrize("language", ["cql2-text", "cql2-json"])
def test_every_predicate_finds_as_many_as_the_standard_says(
    client: TestClient, natural_earth: dict[str, int], language: str
):
    wrong = [found for row in PREDICATES if (found := ask(client, row, language)) != expected(row)]
    assert (len(PREDICATES), wrong) == (274, [])


def expected(row: dict[str, Any]) -> tuple[str, int]:
    return row["pred"], ERRATA.get(row["pred"], row["n"])


def ask(client: TestClient, row: dict[str, Any], language: str) -> tuple[str, Any]:
    import cql2  # noqa: PLC0415  only to write the other encoding

    text = row["pred"] if language == "cql2-text" else json.dumps(cql2.parse_text(row["pred"]).to_json())
    parameters = {"filter": text, "filter-lang": language, "limit": 1}
    answer = client.get(f"/collections/{row['coll']}/items", params=parameters)
    return row["pred"], answer.json().get("numberMatched", answer.json().get("detail"))
