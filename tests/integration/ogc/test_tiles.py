"""Vector tiles: their content by a decoder of our own, their addresses, tags and limits."""

import math
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.ogc.constants import MAX_TILE_MATRIX

from .city import COLLECTIONS, SECRETS, SIDE, SOUTH, STEP, WEST, find_version, layer_of_its_own, parcel, publish_next
from .mvt import TileFeature, decode

ZOOM = 17
DRAWN = {
    "parcels": 25,
    "city_plan": 5,
    "ecological_redline": 1,
    "roads_rivers": 1,
    "findings": 3,
    "idle_cases": 2,
    "land_findings": 1,
    "plan_patches": 2,
    "plan_cells": 2,
    "plan_faults": 1,
    "clearance_items": 1,
    "overlay_pairs": 1,
}


def address(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    """Return row and column of the tile that holds a point."""
    radians = math.radians(latitude)
    column = (longitude + 180) / 360 * 2**zoom
    row = (1 - math.asinh(math.tan(radians)) / math.pi) / 2 * 2**zoom
    return int(row), int(column)


def tile_paths(collection: str, zoom: int) -> list[str]:
    """Return the paths of all tiles that the city lies in."""
    top, left = address(WEST, SOUTH + SIDE * STEP, zoom)
    bottom, right = address(WEST + SIDE * STEP, SOUTH, zoom)
    return [
        f"/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{row}/{column}"
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    ]


def fetch_features(client: TestClient, collection: str, zoom: int) -> list[TileFeature]:
    found = []
    for path in tile_paths(collection, zoom):
        answer = client.get(path)
        assert answer.status_code in {200, 204}
        if answer.status_code == 200:
            assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
            (layer,) = decode(answer.content)
            assert layer.name == collection
            assert layer.extent == 4096
            found += layer.features
    return found


@pytest.mark.parametrize("zoom", [12, ZOOM])
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_tiles_hold_every_feature_that_has_a_geometry(client: TestClient, collection: str, zoom: int) -> None:
    items = client.get(f"/collections/{collection}/items", params={"limit": 1000}).json()["features"]
    expected = {item["id"] for item in items if item["geometry"] is not None}
    found = fetch_features(client, collection, zoom)
    assert {feature.properties["feature_id"] for feature in found} == expected
    assert len(expected) == DRAWN[collection]
    assert all(feature.area > 0 for feature in found)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_tile_properties_are_those_of_the_item_and_of_the_tileset(client: TestClient, collection: str) -> None:
    (layer,) = client.get(f"/collections/{collection}/tiles/WebMercatorQuad?f=tilejson").json()["vector_layers"]
    feature = fetch_features(client, collection, 14)[0]
    assert set(feature.properties) <= set(layer["fields"])
    item = client.get(f"/collections/{collection}/items/{feature.properties['feature_id'].replace('/', '%2F')}").json()
    for name, value in feature.properties.items():
        if name == "feature_id":
            continue
        assert item["properties"][name] == pytest.approx(value), name
        assert (layer["fields"][name] == "Number") == isinstance(value, int | float), name


def test_a_cell_is_drawn_where_it_lies(client: TestClient) -> None:
    row, column = address(WEST + 0.0005, SOUTH + 0.0005, 22)
    answer = client.get(f"/collections/parcels/tiles/WebMercatorQuad/22/{row}/{column}")
    # Deep inside the first parcel: the tile is full of it and reaches into its buffer.
    (feature,) = decode(answer.content)[0].features
    assert feature.properties["feature_id"] == "p0"
    assert feature.area == (4096 + 2 * 64) ** 2


def test_tiles_agree_with_gdal(client: TestClient) -> None:
    pyogrio = pytest.importorskip("pyogrio")
    answer = client.get(tile_paths("parcels", 14)[0])
    frame = pyogrio.read_dataframe(answer.content)
    assert sorted(frame["feature_id"]) == sorted(
        {feature.properties["feature_id"] for feature in decode(answer.content)[0].features}
    )


def test_tiles_never_hold_what_needs_a_key_not_even_for_who_has_one(key_client: TestClient) -> None:
    seen = 0
    for collection in COLLECTIONS:
        for path in tile_paths(collection, 14):
            content = key_client.get(path).content
            seen += len(content)
            assert not [secret for secret in SECRETS if secret.encode() in content]
            assert b"holder" not in content
    assert seen > 1000


def test_an_empty_tile_has_no_content(client: TestClient) -> None:
    answer = client.get("/collections/parcels/tiles/WebMercatorQuad/14/0/0")
    assert answer.status_code == 204
    assert answer.content == b""


@pytest.mark.parametrize("tile", ["23/0/0", "-1/0/0", "0/1/0", "0/0/1", "x/0/0", "1.5/0/0", "0/0/99999999999999999999"])
def test_an_address_that_does_not_exist_is_not_found(client: TestClient, tile: str) -> None:
    answer = client.get(f"/collections/parcels/tiles/WebMercatorQuad/{tile}")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:duogui:problem:tile-not-found"


def test_other_tile_matrix_sets_are_not_found(client: TestClient) -> None:
    for path in (
        "/tileMatrixSets/WorldCRS84Quad",
        "/collections/parcels/tiles/WorldCRS84Quad",
        "/collections/parcels/tiles/WorldCRS84Quad/0/0/0",
    ):
        assert client.get(path).status_code == 404


def test_a_tile_that_has_not_changed_is_not_sent_again(client: TestClient) -> None:
    path = tile_paths("parcels", 14)[0]
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    assert first.headers["etag"] != client.get(tile_paths("city_plan", 14)[0]).headers["etag"]


def test_the_tag_changes_when_a_feature_is_added_and_when_a_version_is_published(
    client: TestClient, city_engine: Engine
) -> None:
    with layer_of_its_own(city_engine, "drawn_parcels", 1) as slug:
        path = f"/collections/{slug}/tiles/WebMercatorQuad/0/0/0"
        tags = [client.get(path).headers["etag"]]
        with Session(city_engine) as session, session.begin():
            session.add(parcel(find_version(session, slug), 0, 0, feature_id="another"))
        tags.append(client.get(path).headers["etag"])
        with Session(city_engine) as session, session.begin():
            publish_next(session, find_version(session, slug))
        tags.append(client.get(path).headers["etag"])
    assert len(set(tags)) == 3


def test_a_tile_above_the_limit_is_refused_rather_than_cut(
    serve: Callable[..., TestClient], city_engine: Engine
) -> None:
    client = serve(max_tile_features=1000)
    row, column = address(WEST + 2.5 * STEP, SOUTH + 2.5 * STEP, 10)
    with layer_of_its_own(city_engine, "crowded", 1001) as slug:
        answer = client.get(f"/collections/{slug}/tiles/WebMercatorQuad/10/{row}/{column}")
    assert answer.status_code == 422
    assert "DUOGUI_MAX_TILE_FEATURES" in answer.json()["detail"]
    with layer_of_its_own(city_engine, "not_crowded", 1000) as slug:
        answer = client.get(f"/collections/{slug}/tiles/WebMercatorQuad/10/{row}/{column}")
    assert answer.status_code == 200


def test_tilejson_says_row_before_column(client: TestClient) -> None:
    document = client.get("/collections/parcels/tiles/WebMercatorQuad", params={"f": "tilejson"}).json()
    assert document["tilejson"] == "3.0.0"
    assert document["tiles"] == ["http://127.0.0.1:8000/collections/parcels/tiles/WebMercatorQuad/{z}/{y}/{x}"]
    assert document["bounds"] == pytest.approx([113.0, 28.2, 113.005, 28.205])
    row, column = address(WEST, SOUTH, 14)
    path = document["tiles"][0].format(z=14, y=row, x=column)
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("matrix_set", ["WebMercatorQuad", "CGCS2000Quad"])
def test_the_limits_of_a_tileset_are_the_tiles_that_hold_its_features(client: TestClient, matrix_set: str) -> None:
    path = f"/collections/parcels/tiles/{matrix_set}"
    limits = client.get(path).json()["tileMatrixSetLimits"]
    assert [one["tileMatrix"] for one in limits] == [str(level) for level in range(MAX_TILE_MATRIX + 1)]
    for level in (12, 18):
        one = limits[level]
        answers = [
            client.get(f"{path}/{level}/{row}/{column}")
            for row in range(one["minTileRow"], one["maxTileRow"] + 1)
            for column in range(one["minTileCol"], one["maxTileCol"] + 1)
        ]
        assert len(answers) <= 64
        drawn = [feature for answer in answers if answer.content for feature in decode(answer.content)[0].features]
        assert len({feature.properties["feature_id"] for feature in drawn}) == DRAWN["parcels"]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_tileset_metadata_links_to_tiles_scheme_and_data(client: TestClient, collection: str) -> None:
    item, in_degrees = client.get(f"/collections/{collection}/tiles").json()["tilesets"]
    assert in_degrees["crs"].endswith("/EPSG/0/4490")
    links = {link["rel"]: link["href"] for link in item["links"]}
    tileset = client.get(links["self"]).json()
    assert tileset["dataType"] == "vector"
    assert tileset["tileMatrixSetURI"] == item["tileMatrixSetURI"]
    links = {link["rel"]: link for link in tileset["links"]}
    assert links["item"]["templated"] is True
    tile = links["item"]["href"].format(tileMatrix=0, tileRow=0, tileCol=0)
    assert client.get(tile).status_code in {200, 204}
    scheme = client.get(links["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"]["href"]).json()
    assert scheme["id"] == "WebMercatorQuad"
    assert len(scheme["tileMatrices"]) >= 23
    assert client.get(links["alternate"]["href"]).json()["tilejson"] == "3.0.0"
    assert tileset["layers"][0]["id"] == collection
