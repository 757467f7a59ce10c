"""Items of every collection: GeoJSON, bbox, filters, datetime; and single features."""

from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from jsonschema import Draft202012Validator
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db.models import CheckRun, Layer, LayerVersion, Parcel
from app.ogc.named_schemas import named_schemas

from .city import (
    COLLECTIONS,
    COUNTS,
    HOLDER,
    STEP,
    add_layer,
    add_run,
    find_version,
    layer_of_its_own,
    make_finding,
    parcel,
)
from .conftest import LOCAL
from .test_serving import counted_statements, undisturbed

EPSG_4490 = "http://www.opengis.net/def/crs/EPSG/0/4490"


@pytest.fixture
def second_current_run(city_engine: Engine) -> Iterator[None]:
    """Add a current run of another layer whose finding has the id that one of the first run's has."""
    with Session(city_engine) as session, session.begin():
        layer = add_layer(session, "other_parcels", "parcel")
        redline_id = session.query(Layer.id).filter_by(slug="ecological_redline").scalar()
        run = add_run(session, layer, session.query(LayerVersion).first(), redline_id, is_current=True)
        session.add(make_finding(run, session.query(Parcel).first(), 1))
        session.flush()
        made = run.run.id, layer.id
    yield
    with Session(city_engine) as session, session.begin():
        session.query(CheckRun).filter_by(id=made[0]).delete()
        session.query(Layer).filter_by(id=made[1]).delete()


def ids(answer: object) -> list[str]:
    return [feature["id"] for feature in answer.json()["features"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_items_are_a_geojson_feature_collection(client: TestClient, collection: str) -> None:
    answer = client.get(f"/collections/{collection}/items", params={"limit": 1000})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    document = answer.json()
    assert document["type"] == "FeatureCollection"
    assert document["numberMatched"] == document["numberReturned"] == len(document["features"]) == COUNTS[collection]
    assert document["timeStamp"].endswith("Z")
    assert datetime.fromisoformat(document["timeStamp"]).tzinfo is not None
    links = {link["rel"]: link for link in document["links"]}
    assert links["self"]["href"] == f"{LOCAL}/collections/{collection}/items?limit=1000"
    assert "next" not in links


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_properties_are_as_the_document_of_all_routes_describes_their_kind(
    client: TestClient, key_client: TestClient, collection: str
) -> None:
    kind = client.get(f"/collections/{collection}").json()["duogui"]["kind"]
    name = "".join(part.capitalize() for part in kind.split("_")) + "Properties"
    validator = Draft202012Validator(named_schemas()[name], format_checker=Draft202012Validator.FORMAT_CHECKER)
    for reader in (client, key_client):
        features = reader.get(f"/collections/{collection}/items").json()["features"]
        assert features
        for feature in features:
            validator.validate(feature["properties"])


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_features_have_an_id_a_geometry_and_every_declared_property(
    client: TestClient, key_client: TestClient, collection: str
) -> None:
    queryables = set(key_client.get(f"/collections/{collection}/queryables").json()["properties"])
    features = key_client.get(f"/collections/{collection}/items").json()["features"]
    assert features
    for feature in features:
        assert feature["type"] == "Feature"
        assert isinstance(feature["id"], str)
        assert queryables - {"geometry"} <= set(feature["properties"])
        if feature["geometry"] is not None:
            assert feature["geometry"]["type"] == "MultiPolygon"


def test_exterior_rings_run_counterclockwise_as_geojson_asks(client: TestClient) -> None:
    ring = client.get("/collections/parcels/items/p0").json()["geometry"]["coordinates"][0][0]
    area = sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring))
    assert area > 0


def test_coordinates_are_longitude_and_latitude_as_stored(client: TestClient) -> None:
    ring = client.get("/collections/parcels/items/p1").json()["geometry"]["coordinates"][0][0]
    assert sorted(map(tuple, ring)) == [
        (113.001, 28.2),
        (113.001, 28.2),
        (113.001, 28.201),
        (113.002, 28.2),
        (113.002, 28.201),
    ]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_a_feature_alone_is_the_one_in_the_list(client: TestClient, collection: str) -> None:
    listed = client.get(f"/collections/{collection}/items", params={"limit": 1}).json()["features"][0]
    answer = client.get(f"/collections/{collection}/items/{listed['id'].replace('/', '%2F')}")
    assert answer.headers["content-type"] == "application/geo+json"
    alone = answer.json()
    links = {link["rel"]: link["href"] for link in alone.pop("links")}
    assert alone == listed
    assert client.get(links["self"]).json()["id"] == listed["id"]
    assert links["collection"] == f"{LOCAL}/collections/{collection}"


def test_limit_above_the_maximum_counts_as_the_maximum(client: TestClient) -> None:
    assert client.get("/collections/parcels/items", params={"limit": 10**12}).json()["numberReturned"] == 25


def test_limit_defaults_to_ten(client: TestClient) -> None:
    assert client.get("/collections/parcels/items").json()["numberReturned"] == 10


@pytest.mark.parametrize(
    ("bbox", "expected"),
    [
        ("113.0002,28.2002,113.0008,28.2008", ["p0"]),
        ("113.0002,28.2002,-50,113.0008,28.2008,50", ["p0"]),
        ("113.0002,28.2002,113.0012,28.2012", ["p0", "p1", "p5", "p6"]),
        ("113.0002,28.2002,113.0002,28.2002", ["p0"]),
        ("0,0,1,1", []),
        # From here eastwards round the world: crosses the antimeridian and comes back to the first column only.
        ("113.0062,28.2002,113.0008,28.2008", ["p0"]),
        ("113.0042,28.2002,112,28.2008", ["p4"]),
    ],
)
def test_bbox_selects_what_it_meets(client: TestClient, bbox: str, expected: list[str]) -> None:
    answer = client.get("/collections/parcels/items", params={"bbox": bbox})
    assert ids(answer) == expected
    assert answer.json()["numberMatched"] == len(expected)


def test_bbox_touching_an_edge_meets_both_neighbours(client: TestClient) -> None:
    edge = 113 + STEP
    answer = client.get("/collections/parcels/items", params={"bbox": f"{edge},28.2002,{edge},28.2008"})
    assert ids(answer) == ["p0", "p1"]


def test_features_without_geometry_are_items_but_meet_no_bbox(client: TestClient) -> None:
    features = client.get("/collections/idle_cases/items").json()["features"]
    assert {feature["id"]: feature["geometry"] is None for feature in features} == {
        "case-p0": False,
        "case-p1": False,
        "case-missing": True,
    }
    assert ids(client.get("/collections/idle_cases/items", params={"bbox": "-180,-90,180,90"})) == [
        "case-p0",
        "case-p1",
    ]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_queryable_finds_the_feature_that_has_its_value(
    client: TestClient, key_client: TestClient, collection: str
) -> None:
    feature = key_client.get(f"/collections/{collection}/items", params={"limit": 1}).json()["features"][0]
    queryables = key_client.get(f"/collections/{collection}/queryables").json()["properties"]
    tried = 0
    for name in set(queryables) - {"geometry"}:
        value = feature["properties"][name]
        if value is None:
            continue
        answer = key_client.get(f"/collections/{collection}/items", params={name: value, "limit": 1000})
        assert answer.status_code == 200, answer.text
        assert feature["id"] in ids(answer), name
        assert all(found["properties"][name] == value for found in answer.json()["features"])
        assert answer.json()["numberMatched"] == answer.json()["numberReturned"]
        tried += 1
    assert tried >= 4


def test_filters_are_combined_with_each_other_and_with_bbox(client: TestClient) -> None:
    parameters = {"land_use_code": "0701", "code_version": "GUIDE-2023", "bbox": "113.0002,28.2002,113.0032,28.2008"}
    assert ids(client.get("/collections/parcels/items", params=parameters)) == ["p0", "p3"]


def test_a_code_that_is_not_unique_is_looked_up_by_filter_and_gives_all_candidates(client: TestClient) -> None:
    answer = client.get("/collections/parcels/items", params={"parcel_code": "430104001001GB99999"})
    assert ids(answer) == ["p0", "p24"]


def test_a_code_that_several_features_have_is_ambiguous_as_an_id_and_names_them(client: TestClient) -> None:
    answer = client.get("/collections/parcels/items/430104001001GB99999")
    assert answer.status_code == 409
    assert answer.json()["candidates"] == ["p0", "p24"]
    assert "parcel_code" in answer.json()["detail"]
    # One feature alone has this code, but its id is another: the code is no second name.
    assert client.get("/collections/parcels/items/430104001001GB00003").status_code == 404


def test_control_kind_is_a_property_that_comes_from_the_layer(client: TestClient) -> None:
    path = "/collections/ecological_redline/items"
    assert ids(client.get(path, params={"control_kind": "ecological_redline"})) == ["r1"]
    assert ids(client.get(path, params={"control_kind": "wetland"})) == []


def test_a_filter_is_data_and_never_sql(client: TestClient) -> None:
    for value in ("' or '1'='1", "x'; drop table parcel; --", "%", "\\", "{}", "100%%", ":x", "%(x)s"):
        answer = client.get("/collections/parcels/items", params={"parcel_code": value})
        assert answer.status_code == 200
        assert ids(answer) == []


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("2021-05-01", ["p0"]),
        ("2020-01-01", ["p0"]),
        ("2019-12-31", []),
        ("2019-01-01/2021-01-01", ["p0"]),
        ("../2023-12-31", ["p0"]),
        # Midnight in China is still the day before in UTC.
        ("2019-12-31T16:00:00Z", ["p0"]),
        ("2019-12-31T15:59:59Z", []),
    ],
)
def test_datetime_selects_the_version_that_applied(client: TestClient, period: str, expected: list[str]) -> None:
    answer = client.get("/collections/parcels/items", params={"datetime": period})
    assert ids(answer) == expected
    if expected:
        assert answer.json()["features"][0]["properties"]["name"] == "旧地块"


@pytest.mark.parametrize("period", ["2024-01-01", "2026-01-01/..", "../..", "2020-01-01/2024-01-01"])
def test_datetime_of_a_longer_period_gives_the_last_version_in_it(client: TestClient, period: str) -> None:
    answer = client.get("/collections/parcels/items", params={"datetime": period})
    assert answer.json()["numberMatched"] == 25


def test_superseded_and_draft_rows_are_not_shown(client: TestClient) -> None:
    features = client.get("/collections/parcels/items", params={"limit": 1000}).json()["features"]
    assert not {"被取代", "草稿", "旧地块"} & {feature["properties"]["name"] for feature in features}


def test_findings_are_those_of_the_latest_run_unless_a_run_is_named(client: TestClient) -> None:
    current = client.get("/collections/findings/items").json()["features"]
    runs = {feature["properties"]["check_run_id"] for feature in current}
    assert len(runs) == 1
    former = runs.pop() - 1
    answer = client.get("/collections/findings/items", params={"check_run_id": former})
    assert ids(answer) == ["f1"]
    alone = client.get("/collections/findings/items/f1", params={"check_run_id": former}).json()
    assert alone["properties"]["check_run_id"] == former
    assert client.get("/collections/findings/items/f2", params={"check_run_id": former}).status_code == 404
    assert ids(client.get("/collections/findings/items", params={"check_run_id": 10**9})) == []


def test_patches_are_those_of_the_latest_comparison_unless_a_comparison_is_named(client: TestClient) -> None:
    current = client.get("/collections/plan_patches/items").json()["features"]
    assert len(current) == 2
    number = current[0]["properties"]["plan_comparison_id"]
    former = client.get("/collections/plan_patches/items", params={"plan_comparison_id": number - 1}).json()["features"]
    assert [item["id"] for item in former] == [f"{number - 1}-1"]
    assert former[0]["properties"]["plan_codes"] == ["R2", "1100"]


def test_idle_cases_are_those_of_the_latest_scan_unless_a_scan_is_named(client: TestClient) -> None:
    current = client.get("/collections/idle_cases/items").json()["features"][0]["properties"]["idle_scan_id"]
    former = client.get("/collections/idle_cases/items", params={"idle_scan_id": current - 1}).json()
    assert former["numberMatched"] == 3
    assert {feature["properties"]["idle_scan_id"] for feature in former["features"]} == {current - 1}


def test_areas_of_findings_are_rounded_half_up_in_hectares_and_mu(client: TestClient) -> None:
    properties = client.get("/collections/findings/items/f1").json()["properties"]
    # 12,345.67 m2 = 1.234567 ha = 18.518505 mu
    assert properties["overlap_area_m2"] == 12_345.67
    assert properties["overlap_area_ha"] == 1.2346
    assert properties["overlap_area_mu"] == 18.52


def test_a_feature_of_two_current_runs_is_ambiguous(client: TestClient, second_current_run: None) -> None:
    answer = client.get("/collections/findings/items/f1")
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:duogui:problem:ambiguous-feature"
    assert "check_run_id" in answer.json()["detail"]


def test_a_page_that_has_not_changed_is_not_read_again(client: TestClient, city_engine: Engine) -> None:
    with layer_of_its_own(city_engine, "tagged_pages", 3) as slug:
        path = f"/collections/{slug}/items?limit=2"
        tag = {"If-None-Match": client.get(path).headers["ETag"]}

        def ask_again() -> tuple[Response, list[str]]:
            client.get(path)
            with counted_statements(city_engine) as statements:
                return client.get(path, headers=tag), statements

        unchanged, statements = undisturbed(city_engine, ask_again)
        assert (unchanged.status_code, unchanged.content, unchanged.headers["ETag"]) == (304, b"", tag["If-None-Match"])
        assert len(statements) == 1
        others = (f"/collections/{slug}/items?limit=3", f"/collections/{slug}/items?limit=2&crs={EPSG_4490}")
        assert [client.get(other, headers=tag).status_code for other in others] == [200, 200]
        assert client.get(path, headers=tag | {"Accept": "text/html"}).status_code == 200
        with Session(city_engine) as session, session.begin():
            version = find_version(session, slug)
            session.add(parcel(version, 0, 0, feature_id="another"))
        changed = client.get(path, headers=tag)
    assert (changed.status_code, changed.json()["numberMatched"]) == (200, 4)


def test_what_a_key_shows_has_a_tag_of_its_own(client: TestClient, key_client: TestClient) -> None:
    path = "/collections/parcels/items?limit=1"
    tag = {"If-None-Match": client.get(path).headers["ETag"]}
    shown = key_client.get(path, headers=tag)
    assert shown.status_code == 200
    assert HOLDER in shown.text


def test_a_page_of_results_is_read_again_after_every_commit(client: TestClient, city_engine: Engine) -> None:
    path = "/collections/idle_cases/items"
    first = client.get(path).headers["ETag"]
    with layer_of_its_own(city_engine, "a_commit", 1):
        assert client.get(path).headers["ETag"] != first
