"""Part 4: features are added, replaced, changed and deleted; what they were before is kept."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.collections.reference_systems import CRS84
from app.keys.access import Scope

from .city import SOUTH, STEP, WEST, layer_of_its_own
from .mvt import decode
from .test_tiles import address

SLUG = "edited"
ITEMS = f"/collections/{SLUG}/items"
#: The code of the feature p2.
TAKEN = "430104001001GB00002"


@pytest.fixture
def edited(city_engine: Engine) -> Iterator[str]:
    with layer_of_its_own(city_engine, SLUG, 3):
        yield SLUG


@pytest.fixture(scope="module")
def writer(serve: Callable[..., TestClient], keys: dict[Scope, str]) -> TestClient:
    return serve(headers={"Authorization": f"Bearer {keys[Scope.WRITE]}"})


def polygon(west: float, south: float, side: float = 0.001) -> dict[str, Any]:
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def parcel(code: str, west: float = 113.5, **properties: Any) -> dict[str, Any]:
    facts = {"parcel_code": code, "land_use_code": "0701", "code_version": "GUIDE-2023", **properties}
    return {"type": "Feature", "geometry": polygon(west, 28.5), "properties": facts}


def read(client: TestClient, feature_id: str, **parameters: str) -> tuple[dict[str, Any], str]:
    answer = client.get(f"{ITEMS}/{feature_id}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json(), answer.headers["ETag"]


def now() -> str:
    return datetime.now(UTC).isoformat()


def edits(engine: Engine) -> list[dict[str, Any]]:
    statement = (
        "select e.changes || jsonb_build_object('by', e.recorded_by) from layer_edit e join layer l on l.id = e.layer_id "
        "where l.slug = :slug order by e.id"
    )
    with engine.connect() as connection:
        return list(connection.execute(text(statement), {"slug": SLUG}).scalars())


def test_a_new_feature_is_there_with_its_measured_area(writer: TestClient, edited: str, city_engine: Engine):
    answer = writer.post(ITEMS, json=parcel("430104001001GB00101", name="新地块"))
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"].endswith("/items/430104001001GB00101")
    feature, _ = read(writer, "430104001001GB00101")
    assert feature["properties"]["name"] == "新地块"
    # 0.001 degrees at 28.5 N: about 97.9 m by 110.8 m.
    assert feature["properties"]["area_ellipsoid_m2"] == pytest.approx(97.9 * 110.8, rel=2e-3)
    assert edits(city_engine)[-1]["features"] == {"created": ["430104001001GB00101"]}
    assert edits(city_engine)[-1]["by"] == "write key"


def test_several_features_are_stored_all_or_none(writer: TestClient, edited: str):
    good, bad = parcel("430104001001GB00011"), parcel("430104001001GB00012", 113.6)
    bad["geometry"]["coordinates"][0][1:3] = reversed(bad["geometry"]["coordinates"][0][1:3])
    collection = {"type": "FeatureCollection", "features": [good, bad]}
    refused = writer.post(ITEMS, json=collection)
    assert (refused.status_code, refused.json()["feature"], refused.json()["field"]) == (422, 2, "geometry")
    assert writer.get(ITEMS).json()["numberMatched"] == 3
    collection["features"][1] = parcel("430104001001GB00012", 113.6)
    assert writer.post(ITEMS, json=collection).json()["ids"] == ["430104001001GB00011", "430104001001GB00012"]
    assert writer.get(ITEMS).json()["numberMatched"] == 5


def test_a_code_that_is_taken_is_a_conflict(writer: TestClient, edited: str):
    assert writer.post(ITEMS, json=parcel("430104001001GB00021")).status_code == 201
    assert writer.post(ITEMS, json=parcel("430104001001GB00021", 113.7)).status_code == 409
    # A code of digits alone may come as a number.
    for codes in (("430104001001GB00022", " 430104001001GB00022"), ("4301040010010000022", 4301040010010000022)):
        features = [parcel(code, 113.6 + at / 10) for at, code in enumerate(codes)]
        twice = {"type": "FeatureCollection", "features": features}
        assert writer.post(ITEMS, json=twice).json()["type"] == "urn:duogui:problem:feature-exists"


def test_a_change_makes_a_new_row_and_the_former_state_stays_known(writer: TestClient, edited: str):
    before, etag = read(writer, "p1")
    moment = now()
    answer = writer.patch(f"{ITEMS}/p1", json={"properties": {"name": "改名"}}, headers={"If-Match": etag})
    assert answer.status_code == 204, answer.text
    after, changed = read(writer, "p1")
    assert after["properties"]["name"] == "改名"
    assert changed != etag
    assert after["geometry"] == before["geometry"]
    assert after["properties"]["attributes"] == before["properties"]["attributes"]
    known, tag = read(writer, "p1", **{"known-at": moment})
    assert (known["properties"]["name"], tag) == (before["properties"]["name"], etag)
    assert writer.get(ITEMS, params={"known-at": moment, "name": "改名"}).json()["numberMatched"] == 0


def test_null_takes_a_value_away_and_a_geometry_moves_the_feature(writer: TestClient, edited: str):
    _, etag = read(writer, "p2")
    changes = {"properties": {"name": None}, "geometry": polygon(113.8, 28.6)}
    assert writer.patch(f"{ITEMS}/p2", json=changes, headers={"If-Match": etag}).status_code == 204
    feature, _ = read(writer, "p2")
    assert feature["properties"]["name"] is None
    assert feature["geometry"]["coordinates"][0][0][0] == [113.8, 28.6]
    assert writer.get(ITEMS, params={"bbox": "113.79,28.59,113.81,28.61"}).json()["numberMatched"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"propertys": {"name": "一"}}, "propertys"),
        ({"name": "一"}, "name"),
        ({"properties": {"name": "一"}, "geometry": None}, "geometry"),
        ({"properties": []}, "properties"),
        ({"properties": ""}, "properties"),
    ],
)
def test_a_change_that_would_change_nothing_or_leave_no_geometry_is_refused(
    writer: TestClient, edited: str, body: dict, field: str
):
    before, etag = read(writer, "p1")
    refused = writer.patch(f"{ITEMS}/p1", json=body, headers={"If-Match": etag})
    assert (refused.status_code, field in refused.json()["detail"]) == (422, True), refused.text
    assert read(writer, "p1") == (before, etag)


def test_a_system_that_is_none_is_refused_also_where_no_coordinates_are_sent(writer: TestClient, edited: str):
    _, etag = read(writer, "p1")
    headers = {"If-Match": etag, "Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/1>"}
    refused = writer.patch(f"{ITEMS}/p1", json={"properties": {"name": "一"}}, headers=headers)
    assert (refused.status_code, "Content-Crs" in refused.json()["detail"]) == (400, True)


def test_a_replacement_has_only_what_was_sent(writer: TestClient, edited: str):
    _, etag = read(writer, "p0")
    answer = writer.put(f"{ITEMS}/p0", json=parcel("430104001001GB00000"), headers={"If-Match": etag})
    assert answer.status_code == 204, answer.text
    feature, _ = read(writer, "p0")
    assert (feature["properties"]["name"], feature["properties"]["holder"]) == (None, None)


def test_what_was_read_may_be_sent_back(writer: TestClient, edited: str):
    feature, etag = read(writer, "p0")
    assert writer.put(f"{ITEMS}/p0", json=feature, headers={"If-Match": etag}).status_code == 204
    again, _ = read(writer, "p0")
    del feature["links"], again["links"]
    feature["properties"].pop("area_planar_m2")
    again["properties"].pop("area_planar_m2")
    assert again["properties"].pop("area_ellipsoid_m2") > 0
    feature["properties"].pop("area_ellipsoid_m2")
    assert again == feature


def _rows(engine: Engine) -> int:
    statement = (
        "select count(*) from parcel p join layer_version v on v.id = p.layer_version_id join layer l on l.id = v.layer_id "
        "where l.slug = :slug"
    )
    with engine.connect() as connection:
        return connection.execute(text(statement), {"slug": SLUG}).scalar_one()


@pytest.mark.parametrize("of_feature", [lambda _: {}, lambda read: read, lambda read: {"geometry": read["geometry"]}])
def test_a_change_to_what_it_is_already_makes_no_row_and_no_tag(
    writer: TestClient, edited: str, city_engine: Engine, of_feature: Callable[[dict], dict]
):
    feature, etag = read(writer, "p1")
    before = (_rows(city_engine), edits(city_engine))
    answer = writer.patch(f"{ITEMS}/p1", json=of_feature(feature), headers={"If-Match": etag})
    assert answer.status_code == 204, answer.text
    assert read(writer, "p1") == (feature, etag)
    assert (_rows(city_engine), edits(city_engine)) == before


def test_a_replacement_by_what_was_read_makes_no_row_also_after_a_way_through_a_zone(
    writer: TestClient, edited: str, city_engine: Engine
):
    _, etag = read(writer, "p1")
    # More decimals than are written, as measured and transformed coordinates have.
    shape = polygon(113.5 + 1 / 3e8, 28.5 + 1 / 7e8)
    assert writer.patch(f"{ITEMS}/p1", json={"geometry": shape}, headers={"If-Match": etag}).status_code == 204
    for crs in (CRS84, "http://www.opengis.net/def/crs/EPSG/0/4547"):
        feature, etag = read(writer, "p1", crs=crs)
        before = (_rows(city_engine), edits(city_engine))
        headers = {"If-Match": etag, "Content-Crs": f"<{crs}>"}
        assert writer.put(f"{ITEMS}/p1", json=feature, headers=headers).status_code == 204
        assert read(writer, "p1", crs=crs) == (feature, etag)
        assert (_rows(city_engine), edits(city_engine)) == before


def test_one_value_of_all_that_differs_is_a_change(writer: TestClient, edited: str):
    feature, etag = read(writer, "p1")
    one_metre = 1e-5
    changes = [
        {"properties": {"attributes": feature["properties"]["attributes"] | {"图号": True}}},
        {"properties": {"attributes": feature["properties"]["attributes"] | {"图号": 1}}},
        {"properties": {"area_registered_m2": 10_000.5}},
        {"properties": {"holder": None}},
        {"geometry": polygon(113.5, 28.5)},
        {"geometry": polygon(113.5, 28.5, 0.001 + one_metre)},
    ]
    tags = {etag}
    for change in changes:
        _, etag = read(writer, "p1")
        assert writer.patch(f"{ITEMS}/p1", json=change, headers={"If-Match": etag}).status_code == 204
        tags.add(read(writer, "p1")[1])
    assert len(tags) == 1 + len(changes)


def test_a_change_to_what_it_is_already_needs_the_tag_of_what_was_read_too(writer: TestClient, edited: str):
    assert writer.patch(f"{ITEMS}/p1", json={}).status_code == 428
    assert writer.patch(f"{ITEMS}/p1", json={}, headers={"If-Match": '"0"'}).status_code == 412
    assert writer.patch(f"{ITEMS}/p99", json={}, headers={"If-Match": '"0"'}).status_code == 404


def test_a_deleted_feature_is_gone_from_items_counts_and_tiles_and_still_known(writer: TestClient, edited: str):
    moment = now()
    tile = "/collections/{}/tiles/WebMercatorQuad/14/{}/{}".format(SLUG, *address(WEST + 1.5 * STEP, SOUTH, 14))
    before = writer.get(tile)
    assert writer.get(f"/collections/{SLUG}").json()["duogui"]["feature_count"] == 3
    _, etag = read(writer, "p1")
    assert writer.delete(f"{ITEMS}/p1", headers={"If-Match": etag}).status_code == 204
    assert writer.get(f"{ITEMS}/p1").status_code == 404
    assert writer.delete(f"{ITEMS}/p1", headers={"If-Match": etag}).status_code == 404
    assert writer.get(f"/collections/{SLUG}").json()["duogui"]["feature_count"] == 2
    after = writer.get(tile, headers={"If-None-Match": before.headers["ETag"]})
    assert after.status_code == 200
    drawn = [{one.properties["feature_id"] for one in decode(answer.content)[0].features} for answer in (before, after)]
    assert drawn[0] - drawn[1] == {"p1"}
    assert read(writer, "p1", **{"known-at": moment})[0]["id"] == "p1"
    assert writer.get(ITEMS, params={"known-at": moment}).json()["numberMatched"] == 3


def test_a_change_needs_the_tag_of_what_was_read(writer: TestClient, edited: str):
    _, etag = read(writer, "p1")
    change = {"properties": {"name": "一"}}
    assert writer.patch(f"{ITEMS}/p1", json=change).status_code == 428
    assert writer.patch(f"{ITEMS}/p1", json=change, headers={"If-Match": etag}).status_code == 204
    stale = writer.patch(f"{ITEMS}/p1", json={"properties": {"name": "二"}}, headers={"If-Match": etag})
    assert (stale.status_code, stale.json()["etag"]) == (412, read(writer, "p1")[1])
    assert writer.delete(f"{ITEMS}/p1", headers={"If-Match": etag}).status_code == 412
    assert read(writer, "p1")[0]["properties"]["name"] == "一"
    assert writer.get(f"{ITEMS}/p1", headers={"If-None-Match": read(writer, "p1")[1]}).status_code == 304


def test_only_a_key_for_writing_changes_anything(client: TestClient, key_client: TestClient, edited: str):
    assert client.post(ITEMS, json=parcel("430104001001GB00031")).status_code == 401
    assert key_client.post(ITEMS, json=parcel("430104001001GB00031")).status_code == 403
    for method in ("put", "patch"):
        assert getattr(client, method)(f"{ITEMS}/p1", json={}).status_code == 401
    assert client.delete(f"{ITEMS}/p1").status_code == 401


@pytest.mark.parametrize("collection", ["findings", "nothing", "unpublished"])
def test_results_and_drafts_are_not_changed(writer: TestClient, collection: str):
    answer = writer.post(f"/collections/{collection}/items", json=parcel("430104001001GB00041"))
    assert answer.status_code == 405


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"type": "Point"}, "type"),
        ({"type": "FeatureCollection", "features": []}, "type"),
        ({"type": "FeatureCollection", "features": [7]}, "type"),
        ({"type": "Feature", "properties": {}, "geometry": None}, "geometry"),
        ({"type": "Feature", "properties": 7, "geometry": polygon(113, 28)}, "properties"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": "x"}}, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Point", "coordinates": [113, 28]}}, "geometry"),
        ({"type": "Feature", "properties": {"colour": "red"}, "geometry": polygon(113, 28)}, "colour"),
        (
            {"type": "Feature", "properties": {"area_registered_m2": "much"}, "geometry": polygon(113, 28)},
            "area_registered_m2",
        ),
        (
            {"type": "Feature", "properties": {"area_registered_m2": -1}, "geometry": polygon(113, 28)},
            "area_registered_m2",
        ),
        ({"type": "Feature", "properties": {"name": {"a": 1}}, "geometry": polygon(113, 28)}, "name"),
        ({"type": "Feature", "properties": {"attributes": "x"}, "geometry": polygon(113, 28)}, "attributes"),
        (
            {"type": "Feature", "properties": {"area_registered_m2": 10**400}, "geometry": polygon(113, 28)},
            "area_registered_m2",
        ),
        ({"type": "Feature", "properties": {}, "geometry": {}}, "geometry"),
        ({"type": "Feature", "properties": {}, "geometry": {"type": "Polygon"}}, "geometry"),
        (
            {
                "type": "Feature",
                "properties": {"land_use_code": "XX99", "code_version": "GUIDE-2023"},
                "geometry": polygon(113, 28),
            },
            "land_use_code",
        ),
    ],
)
def test_what_an_import_would_not_accept_is_refused_by_feature_and_field(
    writer: TestClient, edited: str, body: dict[str, Any], field: str
):
    answer = writer.post(ITEMS, json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
    assert answer.json()["type"] == "urn:duogui:problem:feature-refused"
    assert writer.get(ITEMS).json()["numberMatched"] == 3


@pytest.mark.parametrize("bad", ["\0", "\ud800", "a\udfff"])
def test_text_that_cannot_be_stored_is_refused_and_not_shortened(writer: TestClient, edited: str, bad: str):
    etag = read(writer, "p1")[1]
    for properties, field in (
        ({"name": bad}, "name"),
        ({"parcel_code": bad}, "parcel_code"),
        ({"attributes": {"a": [{"b": bad}]}}, "attributes"),
        ({"attributes": {bad: 1}}, "attributes"),
        ({bad: 1}, bad.encode("ascii", "backslashreplace").decode()),
    ):
        body = {"type": "Feature", "properties": properties, "geometry": polygon(113, 28)}
        # As other programs write JSON, with every character beyond ASCII escaped.
        content = json.dumps(body).encode()
        headers = {"If-Match": etag, "Content-Type": "application/geo+json"}
        for answer in (
            writer.post(ITEMS, content=content, headers=headers),
            writer.put(f"{ITEMS}/p1", content=content, headers=headers),
            writer.patch(f"{ITEMS}/p1", content=content, headers=headers),
        ):
            assert (answer.status_code, answer.json()["field"]) == (422, field), answer.text
            assert "U+" in answer.json()["found"]
    assert read(writer, "p1")[1] == etag


def test_a_refusal_says_once_what_is_expected(writer: TestClient, edited: str):
    refused = writer.post(ITEMS, json=parcel("430104001001GB00081", area_registered_m2=-1))
    assert refused.json()["expected"] == "a number that is not negative"
    refused = writer.post(ITEMS, json=parcel("430104001001GB00081") | {"geometry": {"type": "Polygon"}})
    assert "found no coordinates" in refused.json()["detail"]


def test_a_fault_that_was_delivered_does_not_keep_the_rest_from_being_mended(
    writer: TestClient, edited: str, city_engine: Engine
):
    _deliver_code(city_engine, edited, "p2", "short")
    patch = partial(_patch_as_read, writer, "p2")
    assert patch(name="改名").status_code == 204
    for changes, field in (({"parcel_code": "shorter"}, "parcel_code"), ({"land_use_code": "XX99"}, "land_use_code")):
        refused = patch(code_version="GUIDE-2023", **changes)
        assert (refused.status_code, refused.json()["field"]) == (422, field), refused.text
        assert refused.json()["detail"].endswith(". Nothing was stored.")
        assert ".." not in refused.json()["detail"]
    assert read(writer, "p2")[0]["properties"]["name"] == "改名"


def _deliver_code(engine: Engine, slug: str, feature_id: str, code: str) -> None:
    """Give a parcel a code as a delivery may, which a change over HTTP may not."""
    ours = "layer_version_id in (select v.id from layer_version v join layer l on l.id = layer_id where slug = :slug)"
    given = f"update parcel set parcel_code = :code where feature_id = :feature_id and {ours}"
    with engine.begin() as connection:
        connection.execute(text(given), {"slug": slug, "feature_id": feature_id, "code": code})


def _patch_as_read(writer: TestClient, feature_id: str, **changes: Any) -> Any:
    _, etag = read(writer, feature_id)
    return writer.patch(f"{ITEMS}/{feature_id}", json={"properties": changes}, headers={"If-Match": etag})


def test_a_code_that_another_feature_has_is_refused_whoever_asks_for_it(writer: TestClient, edited: str):
    before = {name: read(writer, name) for name in ("p0", "p1")}
    patched = _patch_as_read(writer, "p1", parcel_code=TAKEN)
    put = writer.put(f"{ITEMS}/p1", json=parcel(TAKEN), headers={"If-Match": before["p1"][1]})
    posted = writer.post(ITEMS, json=parcel(TAKEN))
    for answer, position in ((patched, 1), (put, 1), (posted, 1)):
        problem = answer.json()
        assert (answer.status_code, problem["type"]) == (409, "urn:duogui:problem:feature-code-taken"), answer.text
        assert (problem["feature"], problem["field"], problem["found"]) == (position, "parcel_code", TAKEN)
        assert problem["features"] == ["p2"]
        assert "p2" in problem["expected"]
        assert problem["detail"].endswith("Nothing was stored.")
    assert {name: read(writer, name) for name in before} == before
    assert writer.get(ITEMS).json()["numberMatched"] == 3


def test_of_several_features_the_one_whose_code_is_taken_is_named(writer: TestClient, edited: str):
    collection = {"type": "FeatureCollection", "features": [parcel("430104001001GB00061"), parcel(TAKEN, 113.6)]}
    for position in (2, 1):
        refused = writer.post(ITEMS, json=collection)
        assert (refused.status_code, refused.json()["feature"]) == (409, position), refused.text
        collection["features"].reverse()
    assert writer.get(ITEMS).json()["numberMatched"] == 3


def test_a_code_is_free_again_when_its_feature_has_another_or_is_gone(writer: TestClient, edited: str):
    assert _patch_as_read(writer, "p2", parcel_code="430104001001GB00071").status_code == 204
    assert _patch_as_read(writer, "p1", parcel_code=TAKEN).status_code == 204
    assert _patch_as_read(writer, "p2", parcel_code="430104001001GB00001").status_code == 204
    assert writer.delete(f"{ITEMS}/p1", headers={"If-Match": read(writer, "p1")[1]}).status_code == 204
    assert writer.post(ITEMS, json=parcel(TAKEN)).status_code == 201


def test_a_code_that_was_delivered_twice_may_stay_and_goes_to_no_third_feature(
    writer: TestClient, edited: str, city_engine: Engine
):
    _deliver_code(city_engine, edited, "p1", TAKEN)
    assert _patch_as_read(writer, "p1", name="改名").status_code == 204
    twice, etag = read(writer, "p2")
    twice["properties"]["name"] = "改名"
    assert writer.put(f"{ITEMS}/p2", json=twice, headers={"If-Match": etag}).status_code == 204
    refused = _patch_as_read(writer, "p0", parcel_code=TAKEN)
    assert (refused.status_code, refused.json()["features"]) == (409, ["p1", "p2"])


def test_coordinates_may_be_sent_in_a_zone_of_cgcs2000(writer: TestClient, edited: str):
    body = parcel("430104001001GB00051")
    # EPSG:4547 writes the northing first.
    ring = [[3125000, 410000], [3125000, 410100], [3125100, 410100], [3125100, 410000], [3125000, 410000]]
    body["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    headers = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4547>"}
    assert writer.post(ITEMS, json=body, headers=headers).status_code == 201
    feature, _ = read(writer, "430104001001GB00051")
    assert feature["properties"]["area_ellipsoid_m2"] == pytest.approx(10_000, rel=1e-3)
    assert feature["geometry"]["coordinates"][0][0][0] == pytest.approx([113.083, 28.2366], abs=1e-3)


ZONE = "urn:ogc:def:crs:EPSG::4547"


def in_system(document: dict[str, Any], name: object) -> dict[str, Any]:
    """Say the system as GeoJSON did before RFC 7946."""
    return {**document, "crs": {"type": "name", "properties": {"name": name}}}


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "EPSG:4326", "urn:ogc:def:crs:EPSG::4490"])
def test_a_feature_may_say_that_it_is_in_degrees(writer: TestClient, edited: str, name: str):
    assert writer.post(ITEMS, json=in_system(parcel("430104001001GB00061"), name)).status_code == 201
    read(writer, "430104001001GB00061")


@pytest.mark.parametrize(
    ("member", "header", "found"),
    [
        ({"type": "name", "properties": {"name": ZONE}}, None, ZONE),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, "EPSG:4547", "CRS84"),
        ({"type": "name", "properties": {"name": "nowhere"}}, None, "nowhere"),
        ({"type": "link", "properties": []}, None, "link"),
        (4547, None, "4547"),
    ],
    ids=["a zone without a header", "degrees with a header", "no system", "a link", "a number"],
)
def test_a_feature_in_another_system_than_its_request_says_is_refused(
    writer: TestClient, edited: str, member: object, header: str | None, found: str
):
    headers = {} if header is None else {"Content-Crs": f"<{header}>"}
    feature = parcel("430104001001GB00062") | {"crs": member}
    collection = {"type": "FeatureCollection", "features": [parcel("430104001001GB00063")], "crs": member}
    for body in (feature, collection):
        refused = writer.post(ITEMS, json=body, headers=headers)
        problem = refused.json()
        assert (refused.status_code, problem["field"]) == (422, "crs"), problem
        assert found in problem["found"]
        assert "in the header Content-Crs" in problem["detail"]
    _, etag = read(writer, "p1")
    refused = writer.put(f"{ITEMS}/p1", json=feature, headers=headers | {"If-Match": etag})
    assert (refused.status_code, refused.json()["field"]) == (422, "crs")
    assert read(writer, "p1")[1] == etag


def test_a_geometry_in_another_system_than_its_request_says_is_refused(writer: TestClient, edited: str):
    feature = parcel("430104001001GB00065")
    feature["geometry"] = in_system(feature["geometry"], ZONE)
    refused = writer.post(ITEMS, json=feature)
    assert (refused.status_code, refused.json()["field"]) == (422, "geometry.crs"), refused.text
    _, etag = read(writer, "p1")
    moved = writer.patch(f"{ITEMS}/p1", json={"geometry": feature["geometry"]}, headers={"If-Match": etag})
    assert (moved.status_code, moved.json()["field"]) == (422, "geometry.crs"), moved.text
    feature["geometry"] = in_system(feature["geometry"], "EPSG:4490")
    assert writer.post(ITEMS, json=feature).status_code == 201


def test_a_feature_that_says_the_zone_of_its_request_is_taken(writer: TestClient, edited: str):
    ring = [[3125000, 410000], [3125000, 410100], [3125100, 410100], [3125100, 410000], [3125000, 410000]]
    body = parcel("430104001001GB00064") | {"geometry": {"type": "Polygon", "coordinates": [ring]}}
    headers = {"Content-Crs": "<http://www.opengis.net/def/crs/EPSG/0/4547>"}
    assert writer.post(ITEMS, json=in_system(body, ZONE), headers=headers).status_code == 201
