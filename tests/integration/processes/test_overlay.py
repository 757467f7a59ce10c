"""The overlay of two collections: areas by hand, filters, days, formats, and what is refused by name."""

import io
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from shapely.geometry import shape

from app.keys.access import Scope
from app.ogc.processes.catalog import PROCESSES
from app.overlays import jobs as overlay_jobs
from tests.integration.ogc.city import SIDE

from .test_executing import ASYNC, execute

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEPT = ("overlap_area_m2", "overlap_area_ha", "overlap_area_mu", "share_of_a", "share_of_b", "mean_width_m")
PARCELS, REDLINE, PLAN = {"collection": "parcels"}, {"collection": "ecological_redline"}, {"collection": "city_plan"}


def overlay(
    client: TestClient, inputs: dict[str, Any], media_type: str | None = None, headers: Any = None, **body: Any
) -> Any:
    table = {} if media_type is None else {"format": {"mediaType": media_type}}
    return execute(client, "overlay", inputs, headers, outputs={"table": table}, **body)


def test_pairs_close_on_the_area_and_say_how_far_the_other_side_is_known(client: TestClient) -> None:
    answer = execute(client, "overlay", {"a": PARCELS, "b": REDLINE, "fields_a": ["feature_id"]})
    assert answer.status_code == 200, answer.text
    summary, table = answer.json()["summary"]["value"], answer.json()["table"]["value"]
    # The red line is three cells of the grid, each of which is a parcel.
    assert [row["a_feature_id"] for row in table["rows"]] == [f"p{2 * SIDE + column}" for column in (1, 2, 3)]
    for row in table["rows"]:
        assert row["share_of_a"] == pytest.approx(1.0, abs=1e-6)
        assert row["overlap_area_ha"] == pytest.approx(row["overlap_area_m2"] / 10_000, abs=1e-4)
        assert row["overlap_area_mu"] == pytest.approx(row["overlap_area_m2"] * 0.0015, abs=1e-2)
    assert summary["overlapped_m2"] == pytest.approx(sum(row["overlap_area_m2"] for row in table["rows"]), abs=0.05)
    assert summary["a"]["used"] == SIDE * SIDE
    assert "b_covered_share_of_a" in summary


def test_totals_by_fields_of_both_sides(client: TestClient) -> None:
    inputs = {"a": PARCELS, "b": PLAN, "totals_by_b": ["zone_code"]}
    rows = overlay(client, inputs).json()["rows"]
    # Rows of the grid are R2 and M1 in turn, the first one R2.
    assert [row["b_zone_code"] for row in rows] == ["M1", "R2"]
    assert [row["parts"] for row in rows] == [SIDE * (SIDE // 2), SIDE * ((SIDE + 1) // 2)]
    assert sum(row["share_of_a"] for row in rows) == pytest.approx(1.0, abs=2e-6)


def test_each_side_has_a_filter_and_a_day_of_its_own(client: TestClient) -> None:
    text = {**PARCELS, "filter": "parcel_code = '430104001001GB00011'"}
    tree = {**PARCELS, "filter": {"op": "=", "args": [{"property": "parcel_code"}, "430104001001GB00011"]}}
    for side in (text, tree):
        rows = overlay(client, {"a": side, "b": PLAN, "fields_a": ["parcel_code"], "fields_b": ["zone_code"]}).json()[
            "rows"
        ]
        assert [(row["a_parcel_code"], row["share_of_a"]) for row in rows] == [
            ("430104001001GB00011", pytest.approx(1.0))
        ]
    # In 2020 the layer had one parcel.
    past = execute(client, "overlay", {"a": {**PARCELS, "as_of": "2021-01-01"}, "b": PLAN}, outputs={"summary": {}})
    assert past.json()["a"]["used"] == 1
    early = overlay(client, {"a": PARCELS, "b": {**REDLINE, "as_of": "2020-01-01"}})
    assert (early.status_code, "nothing in force on 2020-01-01" in early.json()["detail"]) == (422, True)


def test_results_are_sides_too(client: TestClient) -> None:
    rows = overlay(client, {"a": {"collection": "plan_patches"}, "b": PARCELS}).json()["rows"]
    assert [row["share_of_b"] for row in rows] == pytest.approx([1.0, 1.0], abs=1e-6)


def test_the_table_comes_in_each_format(client: TestClient) -> None:
    inputs = {"a": PARCELS, "b": REDLINE}
    csv = overlay(client, inputs, "text/csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert len(pd.read_csv(io.BytesIO(csv.content))) == 3
    assert len(pd.read_excel(io.BytesIO(overlay(client, inputs, XLSX).content))) == 3
    collection = overlay(client, inputs, "application/geo+json").json()
    assert [feature["geometry"]["type"] for feature in collection["features"]] == ["MultiPolygon"] * 3
    longitude, latitude = collection["features"][0]["geometry"]["coordinates"][0][0][0]
    assert (112.9 < longitude < 113.1, 28.1 < latitude < 28.3) == (True, True)
    package = overlay(client, inputs, "application/geopackage+sqlite3")
    assert package.content.startswith(b"SQLite format 3")
    inline = overlay(client, inputs, XLSX, response="document").json()["table"]
    assert (inline["encoding"], inline["mediaType"]) == ("base64", XLSX)


def test_holders_are_for_who_has_a_key(client: TestClient, keys: dict[Scope, dict[str, str]]) -> None:
    inputs = {"a": PARCELS, "b": REDLINE, "fields_a": ["holder"]}
    refused = overlay(client, inputs)
    assert refused.status_code == 422
    assert "no field holder" in refused.json()["detail"]
    assert "a_holder" in overlay(client, inputs, headers=keys[Scope.CHECK]).json()["rows"][0]
    by_filter = overlay(client, {"a": {**PARCELS, "filter": "holder = 'x'"}, "b": REDLINE})
    assert (by_filter.status_code, by_filter.json()["errors"][0]["name"]) == (400, "filter")


def test_pairs_are_kept_as_a_collection(client: TestClient) -> None:
    asked = {"a": PARCELS, "b": REDLINE, "fields_a": ["land_use_code"], "as_collection": True}
    former = execute(client, "overlay", asked).json()["summary"]["value"]
    answer = execute(client, "overlay", {**asked, "a": {**PARCELS, "filter": "parcel_code <> '430104001001GB00011'"}})
    summary, rows = answer.json()["summary"]["value"], answer.json()["table"]["value"]["rows"]
    kept = client.get(summary["items"]).json()["features"]
    assert len(kept) == len(rows) > 0
    for feature, row in zip(kept, rows, strict=True):
        said = feature["properties"]
        assert (said["a_collection"], said["b_collection"]) == ("parcels", "ecological_redline")
        assert said["a_properties"] == {"land_use_code": row["a_land_use_code"]}
        assert said["overlap_class"] == row["overlap_class"]
        assert [said[name] for name in KEPT] == pytest.approx([row[name] for name in KEPT], abs=0.005)
        parcel = client.get(f"/collections/parcels/items/{said['a_id']}").json()
        assert shape(feature["geometry"]).within(shape(parcel["geometry"]).buffer(1e-8))
    # The collection shows the latest of each two collections; a former one stays what it was.
    shown = client.get("/collections/overlay_pairs/items").json()["features"]
    assert {feature["properties"]["overlay_run_id"] for feature in shown} == {summary["overlay_run_id"]}
    assert len(client.get(former["items"]).json()["features"]) == 3


def test_what_everybody_may_see_is_made_of_what_everybody_may_see(
    client: TestClient, keys: dict[Scope, dict[str, str]]
) -> None:
    asked = {"a": PARCELS, "b": REDLINE, "as_collection": True}
    for inputs in ({**asked, "fields_a": ["holder"]}, {**asked, "a": {**PARCELS, "filter": "holder = 'x'"}}):
        assert overlay(client, inputs, headers=keys[Scope.CHECK]).status_code in {400, 422}
    assert overlay(client, {**asked, "totals_by_a": ["land_use_code"]}).status_code == 422


def test_as_a_job_it_finds_the_same(client: TestClient, run_jobs: Callable[[], int]) -> None:
    inputs = {"a": PARCELS, "b": REDLINE}
    accepted = overlay(client, inputs, headers=ASYNC)
    run_jobs()
    assert client.get(f"{accepted.headers['location']}/results").json() == overlay(client, inputs).json()


def test_a_large_one_is_not_waited_for(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay_jobs, "MOST_AT_ONCE", 10)
    answer = overlay(client, {"a": PARCELS, "b": REDLINE})
    assert (answer.status_code, answer.json()["status"]) == (201, "accepted")
    assert client.delete(answer.headers["location"]).json()["status"] == "dismissed"


@pytest.mark.parametrize(
    ("inputs", "status", "said"),
    [
        ({"a": PARCELS}, 400, "inputs.b: Field required"),
        ({"a": PARCELS, "b": {}}, 400, "inputs.b.collection: Field required"),
        ({"a": PARCELS, "b": "city_plan"}, 400, "inputs.b: "),
        ({"a": PARCELS, "b": PLAN, "geometrie": True}, 400, "not an input of overlay; its inputs are a, as_collection, as_of, b"),
        ({"a": PARCELS, "b": {**PLAN, "filter-lang": "sql"}}, 400, "'cql2-text'"),
        ({"a": PARCELS, "b": {**PLAN, "as_of": "yesterday"}}, 400, "inputs.b.as_of: "),
        ({"a": PARCELS, "b": PLAN, "fields_a": "name"}, 400, "inputs.fields_a: Input should be a valid array"),
        ({"a": {**PARCELS, "filter": "nope = 1"}, "b": PLAN}, 400, "nope"),
        ({"a": {**PARCELS, "filter": "pg_sleep(9) = 1"}, "b": PLAN}, 400, "pg_sleep"),
        ({"a": {**PARCELS, "filter": "parcel_code = 'none'"}, "b": PLAN}, 422, "has no feature for which"),
        ({"a": {**PARCELS, "filter": "1=1", "filter-crs": "EPSG:1"}, "b": PLAN}, 400, "filter-crs"),
        ({"a": {"collection": "nowhere"}, "b": PLAN}, 404, "no collection 'nowhere'"),
        ({"a": {"collection": "/etc/passwd"}, "b": PLAN}, 404, "no collection"),
        ({"a": PARCELS, "b": PLAN, "fields_a": ["colour"]}, 422, "no field colour; it has feature_id"),
        ({"a": PARCELS, "b": PLAN, "totals_by_a": ["name"], "geometry": True}, 422, "neither geometry nor fields"),
        ({"a": {"href": "http://10.0.0.1/x"}, "b": PLAN}, 400, "inputs.a.href: "),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_the_name_of_the_input(
    client: TestClient, inputs: dict[str, Any], status: int, said: str
) -> None:
    refused = overlay(client, inputs)
    assert refused.status_code == status, refused.text
    assert refused.headers["content-type"] == "application/problem+json"
    assert said in refused.json()["detail"]


def test_an_unknown_output_or_format_is_answered_with_those_there_are(client: TestClient) -> None:
    inputs = {"a": PARCELS, "b": REDLINE}
    unknown = execute(client, "overlay", inputs, outputs={"map": {}})
    assert (unknown.status_code, "they are summary, table" in unknown.json()["detail"]) == (400, True)
    offered = overlay(client, inputs, "image/png").json()["detail"]
    assert all(media_type in offered for media_type in PROCESSES["overlay"].outputs["table"].media_types)
    for body in ({"transmissionMode": "carrier pigeon"}, {"format": "csv"}, {"colour": 1}):
        refused = execute(client, "overlay", inputs, outputs={"table": body})
        assert (refused.status_code, refused.json()["errors"][0]["name"].startswith("outputs.table")) == (400, True)
