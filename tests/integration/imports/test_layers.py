"""Layers over HTTP: what changed between versions, where they are known, what is said of them."""

import json

import pytest
import shapely
from sqlalchemy import text

from app.keys.access import Scope

from .conftest import square
from .test_imports import is_problem


@pytest.fixture
def two_versions(upload, work, delivery):
    for rows in (
        [{"code": f"P{i}", "use": "x", "geometry": square(i)} for i in range(6)],
        [{"code": f"P{i}", "use": "y" if i % 2 else "x", "geometry": square(i)} for i in range(1, 6)],
    ):
        work(upload(delivery(rows)).json()["id"])


def test_what_changed_is_paged_by_key_with_the_counts_first(client, two_versions):
    page = client.get("/layers/parcels/diff?from=1&to=2&limit=2").json()
    assert (page["removed"], page["attributes_changed"], page["unchanged"]) == (1, 3, 2)
    found = [(one["feature_id"], one["change"]) for one in page["features"]]
    while follow := next((one["href"] for one in page["links"] if one["rel"] == "next"), None):
        page = client.get(follow).json()
        assert "removed" not in page
        found += [(one["feature_id"], one["change"]) for one in page["features"]]
    assert found == [
        ("P0", "removed"),
        ("P1", "attributes_changed"),
        ("P3", "attributes_changed"),
        ("P5", "attributes_changed"),
    ]


def test_where_a_changed_feature_is_or_was_is_told_when_asked(client, two_versions):
    plain = client.get("/layers/parcels/diff?from=1&to=2&limit=1").json()["features"]
    (gone,) = client.get("/layers/parcels/diff?from=1&to=2&limit=1&geometry=true").json()["features"]
    assert "geometry" not in plain[0]
    assert gone["geometry"]["type"] == "MultiPolygon"
    assert shapely.from_geojson(json.dumps(gone["geometry"])).equals(square(0))


def test_a_difference_has_an_etag_and_names_what_is_missing(client, two_versions):
    first = client.get("/layers/parcels/diff?from=1&to=2")
    assert (
        client.get("/layers/parcels/diff?from=1&to=2", headers={"If-None-Match": first.headers["etag"]}).status_code
        == 304
    )
    is_problem(client.get("/layers/parcels/diff?from=1&to=9"), 404, "version-not-found")
    is_problem(client.get("/layers/nowhere/diff?from=1&to=2"), 404, "layer-not-found")
    is_problem(client.get("/layers/parcels/diff?from=1"), 400, "invalid-parameter")
    is_problem(client.get("/layers/parcels/diff?from=1&to=2&tolerance_m=-1"), 400, "invalid-parameter")


def test_coverage_is_put_derived_and_taken_back(client, two_versions, fresh_engine):
    empty = client.get("/layers/parcels/coverage").json()
    assert (empty["geometry"], empty["properties"]["version"]) == (None, 2)
    polygon = {"type": "Polygon", "coordinates": [[[113, 28], [113.1, 28], [113.1, 28.1], [113, 28.1], [113, 28]]]}
    put = client.put("/layers/parcels/coverage?version=1", json=polygon)
    assert put.json()["properties"] == {"layer": "parcels", "version": 1, "coverage_revision": 1}
    assert client.get("/layers/parcels/coverage?version=1").json()["geometry"]["type"] == "MultiPolygon"
    assert client.put("/layers/parcels/coverage?derive=true").json()["geometry"] is not None
    assert client.delete("/layers/parcels/coverage?version=1").status_code == 204
    assert client.get("/layers/parcels/coverage?version=1").json()["geometry"] is None
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from layer_edit where coverage_before is not null")) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"type": "Point", "coordinates": [113, 28]}, 400),
        ({"type": "Polygon", "coordinates": [[[1, 2]]]}, 422),
        ({"type": "Polygon", "coordinates": "here"}, 400),
        ({"type": "Polygon", "coordinates": [[[400000, 3e6], [4e5, 4e6], [5e5, 4e6], [4e5, 3e6]]]}, 422),
        (None, 422),
    ],
)
def test_what_is_no_coverage_is_refused(client, two_versions, body, status):
    answer = client.put("/layers/parcels/coverage", json=body)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    "path",
    ["/layers", "/layers/parcels", "/layers/parcels/coverage", "/layers/parcels/versions/1/diff/2", "/check-runs"],
)
def test_a_parameter_that_is_not_known_is_refused(client, two_versions, path):
    assert client.get(path).status_code == 200
    is_problem(client.get(path, params={"vesion": 1}), 400, "invalid-parameter")


def test_a_layer_is_changed_by_who_may_write(client, serve, two_versions):
    changed = client.patch("/layers/parcels", json={"title_zh": "宗地", "stale_after_days": 10}).json()
    assert (changed["title_zh"], changed["stale_after_days"]) == ("宗地", 10)
    assert client.patch("/layers/parcels", json={"stale_after_days": None}).json()["stale_after_days"] is None
    is_problem(client.patch("/layers/parcels", json={"slug": "x"}), 400, "invalid-parameter")
    is_problem(client.patch("/layers/parcels", json={"title_zh": None}), 422, "layer-edit-refused")
    reader = serve(Scope.CHECK)
    is_problem(reader.patch("/layers/parcels", json={"title_zh": "x"}), 403, "scope-insufficient")
    is_problem(reader.put("/layers/parcels/coverage?derive=true"), 403, "scope-insufficient")


def test_the_layers_tell_what_applies_and_what_is_a_draft(client, two_versions):
    layer = client.get("/layers/parcels").json()
    assert (layer["applies_today"], layer["newest_draft"]) == (None, 2)
    assert client.post("/layers/parcels/versions/1/publish").json()["status"] == "in_force"
    listed = client.get("/layers")
    (layer,) = listed.json()["layers"]
    assert (layer["applies_today"], layer["newest_draft"]) == (1, 2)
    assert client.get("/layers", headers={"If-None-Match": listed.headers["etag"]}).status_code == 304
