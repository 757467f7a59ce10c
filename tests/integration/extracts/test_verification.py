"""A sheet is verified: identical, or which data or rule is not what it was."""

from collections.abc import Callable
from typing import Any

import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

import app.extracts.statement as statements
from app.db.sessions import write_session
from app.layers.editing import set_coverage
from tests.integration.extracts.conftest import CODES, square


@pytest.fixture
def issued(client: TestClient) -> dict[str, Any]:
    answer = client.get(f"/parcels/{CODES[0]}/extract", params={"as_of": "2026-06-30"})
    found: dict[str, Any] = answer.json()
    return found


def verify(client: TestClient, sheet: dict[str, Any]) -> dict[str, Any]:
    answer = client.get(f"/verify/{sheet['sheet_hash']}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_sheet_from_the_same_data_rules_and_engine_is_identical(client: TestClient, issued: dict[str, Any]):
    found = verify(client, issued)
    assert found["outcome"] == "identical"
    assert found["signature_is_valid"] is True
    assert (found["changed"], found["newer_versions"], found["largest_difference"]) == ([], [], None)
    assert found["statement"] == issued["statement"]


def test_a_new_version_of_a_layer_leaves_the_sheet_identical_and_is_told(
    client: TestClient, issued: dict[str, Any], deliver: Callable[..., None]
):
    deliver(
        "redline", "ecological_redline", [square(0, -1, 1, 3)], control_zone=["core"], coverage=square(-1, -1, 3.5, 4)
    )
    found = verify(client, issued)
    assert found["outcome"] == "identical"
    (newer,) = found["newer_versions"]
    assert (newer["layer"], newer["stated"], newer["in_force"]) == ("redline", 1, 2)


def test_a_coverage_that_was_edited_is_a_change_of_data(client: TestClient, issued: dict[str, Any], town: Engine):
    with write_session(town, actor="test") as session:
        set_coverage(session, "redline", None, shapely.MultiPolygon([square(-1, -1, 1.25, 4)]))
    found = verify(client, issued)
    assert found["outcome"] == "data_changed"
    assert [(item["what"], item["name"]) for item in found["changed"]] == [("versions", "redline")]
    assert "no_data" in found["differing"]


def test_a_number_of_the_law_that_was_corrected_is_a_change_of_rules(
    client: TestClient, issued: dict[str, Any], town: Engine
):
    with town.begin() as connection:
        connection.execute(
            text(
                "insert into rule_parameter (key, value, unit, document, article, region, valid_from, status, note, recorded_by) "
                "select key, value + 1, unit, document, article, region, valid_from, status, note, 'bureau' "
                "from rule_parameter where key = 'sliver.max_area_m2'"
            )
        )
    found = verify(client, issued)
    assert found["outcome"] == "rule_changed"
    (changed,) = found["changed"]
    assert changed["name"].startswith("sliver.max_area_m2@")
    assert float(changed["is"]["value"]) == float(changed["was"]["value"]) + 1


def test_another_engine_is_told_with_the_largest_difference(
    client: TestClient, issued: dict[str, Any], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(statements, "engine_version", lambda: "duogui 9, GEOS 9")
    found = verify(client, issued)
    assert found["outcome"] == "engine_changed"
    assert found["largest_difference"] is None
    assert found["differing"] == []


def test_a_feature_that_was_edited_inside_its_version_is_a_change_of_data(
    client: TestClient, issued: dict[str, Any], town: Engine
):
    with town.begin() as connection:
        connection.execute(text("update control_area set superseded_at = now()"))
    found = verify(client, issued)
    assert found["outcome"] == "data_changed"
    assert "lines_crossed" in found["differing"]


def test_a_statement_that_was_tampered_with_is_not_to_be_trusted(
    client: TestClient, issued: dict[str, Any], town: Engine
):
    with town.begin() as connection:
        connection.execute(text("update planning_sheet set statement = jsonb_set(statement, '{verdict}', '\"PASS\"')"))
    assert verify(client, issued)["outcome"] == "forged"


def test_people_get_a_page_in_both_languages_that_loads_nothing(client: TestClient, issued: dict[str, Any]):
    answer = client.get(f"/verify/{issued['sheet_hash']}", headers={"Accept": "text/html"})
    assert answer.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "一致 · Identical" in answer.text
    assert issued["sheet_hash"] in answer.text
    assert "<script" not in answer.text


def test_a_hash_that_nobody_issued_is_a_problem_and_capitals_do_not_matter(client: TestClient, issued: dict[str, Any]):
    assert client.get(f"/verify/{'0' * 64}").status_code == 404
    assert client.get(f"/verify/{issued['sheet_hash'].upper()}").status_code == 200
