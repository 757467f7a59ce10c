"""Legends: what a map draws collections by."""

import re

import pytest
from fastapi.testclient import TestClient

from .city import COLLECTIONS


def entries(client: TestClient, collection: str) -> dict[str, dict]:
    return {entry["value"]: entry for entry in client.get(f"/collections/{collection}/legend").json()["entries"]}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_legend_has_names_in_both_languages_and_colours(client: TestClient, collection: str) -> None:
    legend = client.get(f"/collections/{collection}/legend").json()
    assert set(legend) == {"property", "entries", "default"}
    for style in [*legend["entries"], legend["default"]]:
        assert style["label_zh"]
        assert style["label_en"]
        assert re.fullmatch(r"#[0-9a-f]{6}", style["fill"])
        assert re.fullmatch(r"#[0-9a-f]{6}", style["outline"])


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_legend_has_an_entry_for_each_value_that_features_have(client: TestClient, collection: str) -> None:
    legend = client.get(f"/collections/{collection}/legend").json()
    features = client.get(f"/collections/{collection}/items", params={"limit": 1000}).json()["features"]
    occurring = {feature["properties"][legend["property"]] for feature in features}
    assert occurring
    assert occurring <= {entry["value"] for entry in legend["entries"]}


def test_codes_are_drawn_as_their_own_table_says_in_its_order(client: TestClient) -> None:
    drawn = entries(client, "city_plan")
    assert list(drawn) == ["R2", "M1"]
    assert drawn["R2"]["label_zh"] == "二类居住用地"
    assert drawn["R2"]["fill"] != drawn["M1"]["fill"]
    assert entries(client, "roads_rivers")["1207"]["label_zh"] != "1207"


def test_control_areas_are_drawn_by_zone_and_have_the_colour_of_their_kind_otherwise(client: TestClient) -> None:
    legend = client.get("/collections/ecological_redline/legend").json()
    assert legend["property"] == "control_zone"
    assert [entry["value"] for entry in legend["entries"]] == ["core", "general"]
    assert legend["default"]["label_zh"] == "生态保护红线"


def test_results_have_an_entry_for_every_verdict_and_kind(client: TestClient) -> None:
    assert list(entries(client, "findings")) == ["DENY", "REVIEW", "NO_DATA", "WARN", "PASS"]
    assert set(entries(client, "idle_cases")) == {
        "idle_not_started",
        "idle_suspended",
        "late_start",
        "insufficient_data",
    }
