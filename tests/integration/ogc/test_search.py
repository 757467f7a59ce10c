"""Items found by a filter in CQL2: what is found, and what is refused."""

import json

import pytest
from fastapi.testclient import TestClient

from .city import STEP

EPSG = "http://www.opengis.net/def/crs/EPSG/0"


def found(client: TestClient, text: str, collection: str = "parcels", **parameters: str) -> list[str]:
    answer = client.get(f"/collections/{collection}/items", params={"filter": text, "limit": "1000", **parameters})
    assert answer.status_code == 200, answer.text
    document = answer.json()
    assert document["numberMatched"] == document["numberReturned"] == len(document["features"])
    return [feature["id"] for feature in document["features"]]


def everything(client: TestClient) -> list[dict]:
    return client.get("/collections/parcels/items", params={"limit": 1000}).json()["features"]


def test_a_condition_finds_what_python_finds(client: TestClient) -> None:
    parcels = everything(client)
    codes = sorted({parcel["properties"]["land_use_code"] for parcel in parcels})
    assert len(codes) > 1
    wanted = [one["id"] for one in parcels if one["properties"]["land_use_code"] == codes[0]]
    assert found(client, f"land_use_code = '{codes[0]}'") == wanted
    assert found(client, f"NOT land_use_code = '{codes[0]}'") == [
        one["id"] for one in parcels if one["id"] not in wanted
    ]
    assert found(client, f"land_use_code IN ('{codes[0]}', 'nothing') OR 1 = 2") == wanted
    middle = sorted(one["properties"]["area_ellipsoid_m2"] for one in parcels)[12]
    larger = [one["id"] for one in parcels if one["properties"]["area_ellipsoid_m2"] > middle]
    assert found(client, f"area_ellipsoid_m2 > {middle!r}") == larger
    assert found(client, f"area_ellipsoid_m2 / 2 > {middle!r} * 2 ^ -1") == larger


def test_text_and_json_say_the_same(client: TestClient) -> None:
    tree = {"op": "like", "args": [{"property": "parcel_code"}, "%1"]}
    assert found(client, json.dumps(tree), **{"filter-lang": "cql2-json"}) == found(client, "parcel_code LIKE '%1'")
    assert found(client, "parcel_code LIKE '%1'", **{"filter-lang": "cql-text"}) == found(
        client, "parcel_code LIKE '%1'"
    )


def test_a_place_is_found_in_every_reference_system(client: TestClient) -> None:
    x, y = 113 + 2.5 * STEP, 28.2 + 2.5 * STEP
    (middle,) = found(client, f"S_INTERSECTS(geometry, POINT({x} {y}))")
    box = f"S_INTERSECTS(geometry, BBOX({y - STEP / 10}, {x - STEP / 10}, {y + STEP / 10}, {x + STEP / 10}))"
    assert found(client, box, **{"filter-crs": f"{EPSG}/4490"}) == [middle]
    # EPSG:4547 writes the northing first; the place by PROJ's own command.
    assert found(client, "S_INTERSECTS(geometry, POINT(3121285.928 402065.309))", **{"filter-crs": f"{EPSG}/4547"}) == [
        middle
    ]
    assert found(client, f"S_DISJOINT(geometry, POINT({x} {y}))") == [
        one["id"] for one in everything(client) if one["id"] != middle
    ]
    assert found(client, f"S_INTERSECTS(POINT({x} {y}), geometry) AND S_WITHIN(POINT({x} {y}), geometry)") == [middle]


def test_pages_of_a_filter_have_every_feature_once(client: TestClient) -> None:
    wanted = found(client, "parcel_code LIKE '%'")
    url, ids = "/collections/parcels/items?limit=4&filter=parcel_code%20LIKE%20'%25'", []
    while url:
        page = client.get(url).json()
        assert page["numberMatched"] == len(wanted)
        ids += [feature["id"] for feature in page["features"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    assert ids == wanted


def test_holders_are_nobody_elses_to_ask_for(client: TestClient, key_client: TestClient) -> None:
    query = {"filter": "holder IS NOT NULL"}
    refused = client.get("/collections/parcels/items", params=query)
    assert (refused.status_code, "holder" in refused.json()["detail"].split("there are")[1]) == (400, False)
    assert key_client.get("/collections/parcels/items", params=query).status_code == 200


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"filter": "land_use_code ="}, "not understood"),
        ({"filter": "pg_sleep(5) = 1"}, "no function 'pg_sleep'"),
        ({"filter": "colour = 1"}, "no queryable 'colour'; there are geometry, "),
        ({"filter": "land_use_code = 1"}, "cannot compare a text with a number"),
        ({"filter": "land_use_code"}, "Expected a condition, found a text"),
        ({"filter": "S_INTERSECTS(geometry, land_use_code)"}, "two geometries"),
        ({"filter": "S_INTERSECTS(geometry, POLYGON((0 0, 1 1, 1 0, 0 1, 0 0)))"}, "not valid: Self-intersection"),
        ({"filter": "S_WITHIN(geometry, GEOMETRYCOLLECTION(POINT(1 1)))"}, "GEOMETRYCOLLECTION"),
        ({"filter": "S_INTERSECTS(geometry, BBOX(1, 3, 2, 2))"}, "south"),
        ({"filter": "S_INTERSECTS(geometry, POINT(28.2 113.0))"}, "beyond the poles"),
        (
            {"filter": "S_INTERSECTS(geometry, POINT(113.0 28.2))", "filter-crs": f"{EPSG}/4490"},
            "not a place on the globe",
        ),
        ({"filter": "T_AFTER(land_use_code, DATE('2020-01-01'))"}, "dates, moments and intervals"),
        ({"filter": "land_use_code LIKE parcel_code"}, "takes a pattern"),
        ({"filter": "land_use_code LIKE 'a\\'"}, "backslash"),
        ({"filter": "area_ellipsoid_m2 > 10 ^ 400"}, ""),
        ({"filter": "area_ellipsoid_m2 * 1e300 * 1e300 > 1"}, "cannot be computed"),
        ({"filter": "(" * 41 + "1 = 1" + ")" * 41}, "nested too deep"),
        ({"filter": "NOT\t" * 3900 + "1 = 1"}, "nested too deep"),
        ({"filter": "NOT\t" * 41 + "1 = 1"}, "nested too deep"),
        ({"filter": "1" + "=1" * 7900}, "nested too deep"),
        ({"filter": "1=1" + "+1" * 7900}, "nested too deep"),
        ({"filter": "1=" + "-" * 15_900}, "not understood"),
        ({"filter": " OR ".join(["1 = 1"] * 2500)}, "characters"),
        ({"filter": " OR ".join(["1=1"] * 1200)}, "parts"),
        ({"filter": "1 = 1", "filter-lang": "sql"}, "filter-lang"),
        ({"filter": "1 = 1", "filter-crs": "EPSG:2383"}, "filter-crs"),
        ({"filter": '{"op": "and"', "filter-lang": "cql2-json"}, "no JSON"),
        ({"filter": '{"op": "=", "args": [1]}', "filter-lang": "cql2-json"}, "takes 2 arguments"),
        ({"filter": "[[[1]]]", "filter-lang": "cql2-json"}, "array"),
        ({"filter": "1 = 1; drop table parcel"}, ""),
    ],
)
def test_what_cannot_be_met_is_refused_with_its_reason(
    client: TestClient, parameters: dict[str, str], said: str
) -> None:
    answer = client.get("/collections/parcels/items", params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]
    assert answer.json()["errors"][0]["name"] in {"filter", "filter-lang", "filter-crs"}


@pytest.mark.parametrize(
    "text", ["1 = " + "-" * 15_900 + "1", "NOT " * 38 + "1 = 1", "1 = 1" + "+ 0" * 38, " AND ".join(["1 = 1"] * 390)]
)
def test_what_is_long_and_within_the_limits_is_computed(client: TestClient, text: str) -> None:
    """The parser's own stack has room for as many signs as a filter may have characters."""
    assert found(client, text) == [one["id"] for one in everything(client)]


def test_a_division_by_zero_is_no_value(client: TestClient) -> None:
    assert found(client, "1 / 0 = 1 OR 5 % 0 = 1 OR (0 - 8) ^ 0.5 = 1") == []
    assert len(found(client, "7 div 2 = 3 AND 7 % 2 = 1 AND (0 - 2) ^ 3 = 0 - 8")) == len(everything(client))
