"""Several collections in one tile, the quad of CGCS2000, the law of another day, and the memory for tiles."""

from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient

from app.ogc.tile_cache import TileCache
from app.ogc.tile_matrix_sets import CGCS2000_QUAD, WEB_MERCATOR_QUAD, parse_tile

from .city import SIDE, SOUTH, STEP, WEST
from .mvt import TileLayer, decode
from .test_tiles import address

ROW, COLUMN = address(WEST + 2.5 * STEP, SOUTH + 2.5 * STEP, 14)
MERCATOR = f"WebMercatorQuad/14/{ROW}/{COLUMN}"


def degree_address(longitude: float, latitude: float, zoom: int) -> tuple[int, int]:
    side = 180 / 2**zoom
    return int((90 - latitude) / side), int((longitude + 180) / side)


def shown(layer: TileLayer) -> list[tuple[object, float]]:
    return sorted((str(one.properties["feature_id"]), one.area) for one in layer.features)


def test_a_tile_holds_a_layer_for_each_collection(client: TestClient):
    answer = client.get(f"/tiles/{MERCATOR}", params={"collections": "parcels,city_plan,findings"})
    assert [layer.name for layer in decode(answer.content)] == ["parcels", "city_plan", "findings"]
    one = client.get(f"/collections/parcels/tiles/{MERCATOR}")
    # In which order features come is PostgreSQL's to choose.
    assert shown(decode(answer.content)[0]) == shown(decode(one.content)[0])
    assert client.get(f"/tiles/{MERCATOR}", headers={"If-None-Match": answer.headers["ETag"]}).status_code != 304


def test_without_a_choice_a_tile_holds_the_published_layers(client: TestClient):
    names = [layer.name for layer in decode(client.get(f"/tiles/{MERCATOR}").content)]
    assert {"parcels", "city_plan", "ecological_redline", "roads_rivers"} <= set(names)
    assert "findings" not in names


def test_the_documents_of_several_collections_name_them_all(client: TestClient):
    document = client.get("/tiles/WebMercatorQuad", params={"f": "tilejson", "collections": "parcels,findings"}).json()
    assert [layer["id"] for layer in document["vector_layers"]] == ["parcels", "findings"]
    assert document["tiles"][0].endswith("/tiles/WebMercatorQuad/{z}/{y}/{x}?collections=parcels%2Cfindings")
    assert client.get("/tiles").json()["tilesets"][0]["links"][0]["href"].endswith("/tiles/WebMercatorQuad")
    metadata = client.get("/tiles/CGCS2000Quad", params={"collections": "parcels"}).json()
    assert metadata["crs"].endswith("/EPSG/0/4490")
    assert [layer["id"] for layer in metadata["layers"]] == ["parcels"]


@pytest.mark.parametrize("value", ["", "nothing", ",".join(f"c{number}" for number in range(31))])
def test_a_choice_that_cannot_be_made_is_refused(client: TestClient, value: str):
    answer = client.get(f"/tiles/{MERCATOR}", params={"collections": value})
    assert answer.status_code in {400, 404}


def test_the_quad_of_cgcs2000_is_in_degrees_with_the_latitude_first(client: TestClient):
    ids = [one["id"] for one in client.get("/tileMatrixSets").json()["tileMatrixSets"]]
    assert ids == ["WebMercatorQuad", "CGCS2000Quad"]
    document = client.get("/tileMatrixSets/CGCS2000Quad").json()
    first, second = document["tileMatrices"][:2]
    assert (first["matrixWidth"], first["matrixHeight"], first["pointOfOrigin"]) == (2, 1, [90.0, -180.0])
    assert document["orderedAxes"] == ["Lat", "Lon"]
    assert (second["cellSize"], first["cellSize"]) == (90 / 256, 180 / 256)
    # OGC 17-083r4, Annex D.2: WorldCRS84Quad begins at 1:279 541 132, which is the same grid on nearly the same ellipsoid.
    assert first["scaleDenominator"] == pytest.approx(279_541_132.0143589, rel=1e-6)


@pytest.mark.parametrize("zoom", [13, 16])
def test_its_tiles_hold_the_parcels_where_they_lie(client: TestClient, zoom: int):
    top, left = degree_address(WEST, SOUTH + SIDE * STEP, zoom)
    bottom, right = degree_address(WEST + SIDE * STEP, SOUTH, zoom)
    found = set()
    area = 0.0
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            answer = client.get(f"/collections/parcels/tiles/CGCS2000Quad/{zoom}/{row}/{column}")
            for layer in decode(answer.content):
                found |= {one.properties["feature_id"] for one in layer.features}
                area += sum(one.area for one in layer.features)
    assert len(found) == 25
    unit = 180 / 2**zoom / 4096
    assert area >= 0.98 * (SIDE * STEP / unit) ** 2


@pytest.mark.parametrize("path", ["0/1/0", "0/0/2", "23/0/0", "-1/0/0", "1/2/0"])
def test_a_tile_beyond_the_edge_is_not_found(client: TestClient, path: str):
    assert client.get(f"/collections/parcels/tiles/CGCS2000Quad/{path}").status_code == 404


def test_the_same_ground_has_the_same_zoom_in_both_sets():
    assert parse_tile(CGCS2000_QUAD, "9", "0", "0").map_zoom == parse_tile(WEB_MERCATOR_QUAD, "10", "0", "0").map_zoom


def test_tiles_show_the_law_of_a_day_and_what_a_filter_wants(client: TestClient):
    path = f"/collections/parcels/tiles/{MERCATOR}"
    assert client.get(path, params={"as-of": "1990-01-01"}).status_code == 204
    (layer,) = decode(client.get(path, params={"filter": "land_use_code = '0701'"}).content)
    assert {one.properties["land_use_code"] for one in layer.features} == {"0701"}
    tags = {
        client.get(path, params=query).headers["ETag"]
        for query in ({}, {"filter": "land_use_code = '0701'"}, {"as-of": "2021-01-01"})
    }
    assert len(tags) == 3


def test_a_filter_of_a_tile_knows_nothing_that_needs_a_key(key_client: TestClient):
    answer = key_client.get(f"/collections/parcels/tiles/{MERCATOR}", params={"filter": "holder = 'x'"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "filter")


def test_a_tile_is_made_once(serve: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch):
    from app.ogc import tile_answers  # noqa: PLC0415

    client = serve()
    first = client.get(f"/collections/parcels/tiles/{MERCATOR}")
    for name in ("render_tile", "render_known_tile"):
        monkeypatch.setattr(tile_answers, name, lambda *_args, **_options: pytest.fail("it was made again"))
    again = client.get(f"/collections/parcels/tiles/{MERCATOR}")
    assert (again.status_code, again.content) == (200, first.content)


def test_the_memory_for_tiles_is_bounded_and_forgets_what_was_not_asked_for_longest():
    cache = TileCache(max_bytes=100)
    for number in range(10):
        cache.put(str(number), bytes(30))
        cache.get("0")
    assert cache.size <= 100
    assert cache.get("0") is not None
    assert cache.get("1") is None
    cache.put("large", bytes(101))
    assert cache.get("large") is None
