"""The list of site checks says what was asked and how it was answered, page by page, the newest first."""

import json
from urllib.parse import urlsplit

import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db import schema

from .conftest import box


def test_the_history_lists_what_was_asked_the_newest_first_and_pages_without_loss(put, ask, client: TestClient):
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 1)}])
    asked = [ask(box(0, 2)), ask(box(3, 4), box(4, 6), use_code="0601", stage="planning_permit"), ask(box(3, 4))]
    first = client.get("/site-checks?limit=2").json()
    (onward,) = [link["href"] for link in first["links"] if link["rel"] == "next"]
    second = client.get(f"/site-checks?{urlsplit(onward).query}").json()
    listed = first["site_checks"] + second["site_checks"]
    assert [one["site_check_id"] for one in listed] == [one["site_check_id"] for one in reversed(asked)]
    assert [one["verdict"] for one in listed] == [one["verdict"] for one in reversed(asked)]
    assert [link["rel"] for link in second["links"]] == ["self"]
    newest, many, oldest = listed
    assert (many["site_count"], many["use_code"], many["stage"]) == (2, "0601", "planning_permit")
    assert many["area_m2"] is None
    assert newest["area_m2"] == asked[2]["sites"][0]["area_m2"]
    assert oldest["created_by"] == newest["created_by"] != ""


def test_a_token_of_no_page_is_refused(client: TestClient):
    answer = client.get("/site-checks?after=nonsense")
    assert answer.status_code == 400
    assert "next" in answer.json()["detail"]


def test_the_polygons_of_a_check_are_told_as_they_were_asked_about(put, ask, client: TestClient):
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 1)}])
    answer = ask(box(0, 2))
    told = client.get(f"/site-checks/{answer['site_check_id']}/sites")
    assert told.headers["content-type"] == "application/geo+json"
    (feature,) = told.json()["features"]
    assert feature["properties"]["site"] == answer["sites"][0]["site"]
    assert shapely.from_geojson(json.dumps(feature["geometry"])).equals(box(0, 2))
    assert client.get("/site-checks/nonsense/sites").status_code == 404


def test_checks_that_were_stored_as_one_document_are_told_as_before(put, ask, client: TestClient, fresh_engine: Engine):
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 1)}])
    answer = ask(box(3, 4), box(0, 2))
    schema.downgrade(fresh_engine, srid=4490, revision="0024")
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select jsonb_array_length(result->'sites') from site_check")) == 2
    schema.upgrade(fresh_engine, srid=4490)
    assert client.get(f"/site-checks/{answer['site_check_id']}").json() == answer
