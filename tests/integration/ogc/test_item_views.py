"""How items are shown: their order, their properties, their count, their state in time, their encoding."""

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from .city import COUNTS


def read_all(client: TestClient, path: str, **parameters: object) -> list[dict]:
    answer, features = client.get(path, params=parameters), []
    while True:
        assert answer.status_code == 200, answer.text
        features += answer.json()["features"]
        following = [one["href"] for one in answer.json()["links"] if one["rel"] == "next"]
        if not following:
            return features
        answer = client.get(following[0])


@pytest.mark.parametrize("limit", [1, 4, 7, 25])
@pytest.mark.parametrize(
    "sortby", ["land_use_code", "-land_use_code", "name,-area_ellipsoid_m2", "-area_registered_m2", "parcel_code,-name"]
)
def test_sorted_pages_hold_every_feature_once_and_in_order(client: TestClient, sortby: str, limit: int):
    features = read_all(client, "/collections/parcels/items", sortby=sortby, limit=limit)
    assert len({feature["id"] for feature in features}) == len(features) == 25
    whole = read_all(client, "/collections/parcels/items", sortby=sortby, limit=100)
    assert [feature["id"] for feature in features] == [feature["id"] for feature in whole]


@pytest.mark.parametrize("sign", ["", "-"])
def test_numbers_are_sorted_as_numbers_and_what_is_missing_comes_last(client: TestClient, sign: str):
    features = read_all(client, "/collections/parcels/items", sortby=f"{sign}area_ellipsoid_m2", limit=10)
    values = [feature["properties"]["area_ellipsoid_m2"] for feature in features]
    assert values == sorted(values, reverse=bool(sign))
    registered = [
        feature["properties"]["area_registered_m2"]
        for feature in read_all(client, "/collections/parcels/items", sortby=f"{sign}area_registered_m2", limit=10)
    ]
    present = [value for value in registered if value is not None]
    assert registered == sorted(present, reverse=bool(sign)) + [None] * (25 - len(present))


def test_only_the_properties_that_are_asked_for_are_shown(client: TestClient):
    feature = read_all(client, "/collections/parcels/items", properties="land_use_code,name", limit=25)[0]
    assert list(feature["properties"]) == ["land_use_code", "name"]
    assert read_all(client, "/collections/parcels/items", properties="", limit=25)[0]["properties"] == {}


def test_what_needs_a_key_is_no_property_without_one(client: TestClient, key_client: TestClient):
    refused = client.get("/collections/parcels/items", params={"properties": "holder"})
    assert (refused.status_code, refused.json()["errors"][0]["name"]) == (400, "properties")
    assert list(read_all(key_client, "/collections/parcels/items", properties="holder")[0]["properties"]) == ["holder"]
    for parameter in ("sortby", "q"):
        answer = client.get("/collections/parcels/items", params={parameter: "holder"})
        assert answer.status_code == 400 or answer.json()["numberMatched"] == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sortby", "nothing"),
        ("sortby", "name,name"),
        ("sortby", "name;drop table parcel"),
        ("properties", "geom"),
        ("q", " , "),
        ("numberMatched", "perhaps"),
        ("as-of", "yesterday"),
        ("known-at", "2024-06-30T12:00:00"),
        ("f", "dwg"),
    ],
)
def test_a_parameter_that_is_wrong_is_named(client: TestClient, name: str, value: str):
    answer = client.get("/collections/parcels/items", params={name: value})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, name)


def test_a_token_of_another_order_is_refused(client: TestClient):
    links = client.get("/collections/parcels/items?limit=1&sortby=name").json()["links"]
    token = next(one["href"] for one in links if one["rel"] == "next").split("after=")[1]
    answer = client.get(f"/collections/parcels/items?after={token}")
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "after")


def test_words_are_found_in_any_text(client: TestClient):
    everything = read_all(client, "/collections/ecological_redline/items", limit=10)
    assert [feature["id"] for feature in read_all(client, "/collections/ecological_redline/items", q="湘江")] == [
        feature["id"] for feature in everything
    ]
    assert read_all(client, "/collections/ecological_redline/items", q="100%") == []


@pytest.mark.parametrize(("counting", "matched"), [("exact", 25), ("none", None)])
def test_the_count_is_exact_or_absent_on_request(client: TestClient, counting: str, matched: int | None):
    answer = client.get(f"/collections/parcels/items?bbox=112,28,114,29&limit=3&numberMatched={counting}").json()
    assert (answer.get("numberMatched"), answer["numberReturned"]) == (matched, 3)
    following = client.get(next(one["href"] for one in answer["links"] if one["rel"] == "next")).json()
    assert following.get("numberMatched") == matched


def test_the_count_may_be_estimated(client: TestClient):
    answer = client.get("/collections/parcels/items?bbox=112,28,114,29&numberMatched=estimated").json()
    assert isinstance(answer["numberMatched"], int)
    assert answer["numberMatched"] >= 0


@pytest.mark.parametrize(
    ("format_", "suffix"), [("gpkg", "gpkg"), ("fgb", "fgb"), ("parquet", "parquet"), ("csv", "csv")]
)
def test_items_are_a_file_of_all_that_match(client: TestClient, tmp_path: Path, format_: str, suffix: str):
    answer = client.get(
        "/collections/parcels/items", params={"f": format_, "filter": "land_use_code = '0701'", "properties": "name"}
    )
    assert answer.status_code == 200, answer.text
    path = tmp_path / f"items.{suffix}"
    path.write_bytes(answer.content)
    if format_ == "csv":
        rows = path.read_text(encoding="utf-8-sig").splitlines()
        assert (len(rows) - 1, rows[0].split(",")[:2]) == (9, ["feature_id", "name"])
    else:
        frame = gpd.read_parquet(path) if format_ == "parquet" else gpd.read_file(path)
        assert (len(frame), list(frame.columns[:2])) == (9, ["feature_id", "name"])


@pytest.mark.parametrize("limit", [3, 25, 10**30])
def test_a_file_keeps_to_the_limit_and_the_order_that_are_asked_for(client: TestClient, limit: int):
    order = {"sortby": "-area_ellipsoid_m2,name", "limit": limit}
    wanted = [one["id"] for one in read_all(client, "/collections/parcels/items", **order | {"limit": 25})]
    answer = client.get("/collections/parcels/items", params={"f": "csv", **order})
    assert answer.status_code == 200, answer.text
    rows = csv.DictReader(answer.content.decode("utf-8-sig").splitlines())
    assert [row["feature_id"] for row in rows] == wanted[:limit]


@pytest.mark.parametrize(("name", "value"), [("numberMatched", "none"), ("after", "")])
def test_a_file_has_no_pages(client: TestClient, name: str, value: str):
    page = client.get("/collections/parcels/items", params={"limit": 3}).json()
    token = next(one["href"] for one in page["links"] if one["rel"] == "next").rpartition("after=")[2]
    refused = client.get("/collections/parcels/items", params={"f": "csv", name: value or token})
    assert (refused.status_code, refused.json()["errors"][0]["name"]) == (400, name)


def test_a_file_is_in_the_system_that_is_asked_for(client: TestClient, tmp_path: Path):
    crs = "http://www.opengis.net/def/crs/EPSG/0/4547"
    answer = client.get("/collections/parcels/items", params={"f": "gpkg", "crs": crs})
    (tmp_path / "items.gpkg").write_bytes(answer.content)
    frame = gpd.read_file(tmp_path / "items.gpkg")
    assert (frame.crs.to_epsg(), len(frame)) == (4547, COUNTS["parcels"])


def test_the_law_and_the_knowledge_of_another_day_show_another_version(client: TestClient, city_engine: Engine):
    """The plan of the city has versions; which one counts depends on the day and on what was published by then."""
    from sqlalchemy import text  # noqa: PLC0415

    with city_engine.connect() as connection:
        versions = connection.execute(
            text(
                "select v.number, v.valid_from, v.published_at from layer_version v join layer l on l.id = v.layer_id "
                "where l.slug = 'parcels' and published_at is not null order by v.published_at"
            )
        ).all()
    first: tuple[int, date, datetime] = tuple(versions[0])
    before = datetime(first[2].year - 1, 1, 1, tzinfo=UTC)
    path = "/collections/parcels/items"
    assert client.get(path, params={"known-at": before.isoformat()}).json()["numberMatched"] == 0
    assert client.get(path, params={"as-of": "1990-01-01"}).json()["numberMatched"] == 0
    assert client.get(f"{path}/p1", params={"as-of": "1990-01-01"}).status_code == 404
    assert client.get(f"{path}/p1", params={"known-at": before.isoformat()}).status_code == 404
    now = datetime.now(UTC).isoformat()
    assert client.get(path, params={"known-at": now}).json()["numberMatched"] == 25


def test_results_are_asked_for_by_their_run_and_not_by_a_moment(client: TestClient):
    answer = client.get("/collections/findings/items", params={"known-at": "2026-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "known-at")
    assert "check_run_id" in answer.json()["detail"]


def test_valid_time_is_said_once(client: TestClient):
    answer = client.get("/collections/parcels/items", params={"as-of": "2026-01-01", "datetime": "2026-01-01"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "as-of")
