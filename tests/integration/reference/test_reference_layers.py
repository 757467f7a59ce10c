"""Any vector layer becomes a collection of its own name, with its own fields, while the service runs."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.layers.errors import DeliveryRefusedError
from app.layers.vectors import reference_requests
from tests.integration.ogc.mvt import decode

LONG = "一个很长很长的字段名称超过了数据库标识符六十三个字节的上限"


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory, load: Callable[..., object]) -> Path:
    """Return a file of three layers, imported."""
    path = tmp_path_factory.mktemp("survey") / "survey.gpkg"
    wells = gpd.GeoDataFrame(
        {
            "name": ["甲井", "乙井", None],
            "depth": [12.5, None, 3.0],
            "limit": [1, 2, 3],
            "in_use": [True, False, True],
            "dug_on": [date(2020, 1, 2), None, date(2021, 5, 6)],
            "seen_at": [datetime(2024, 6, 30, 12, tzinfo=UTC)] * 3,
            LONG: ["a", "b", "c"],
        },
        geometry=[shapely.Point(113 + i * 0.01, 28) for i in range(3)],
        crs="EPSG:4490",
    )
    roads = gpd.GeoDataFrame(
        {"lanes": [2, 4]},
        geometry=[
            shapely.LineString([(409000, 3125000), (410000, 3125000)]),
            shapely.MultiLineString([[(409000, 3126000), (410000, 3126000)], [(409000, 3127000), (410000, 3127000)]]),
        ],
        crs="EPSG:4547",
    )
    ponds = gpd.GeoDataFrame(
        {"kind": ["鱼塘", "水库"]},
        geometry=[
            shapely.box(113, 28, 113.01, 28.01),
            shapely.Polygon([(113, 28), (113.02, 28.02), (113.02, 28), (113, 28.02)]),
        ],
        crs="EPSG:4490",
    )
    for name, frame in (("Wells", wells), ("main roads", roads), ("ponds", ponds)):
        frame.to_file(path, layer=name)
    load(path)
    return path


def items(client: TestClient, collection: str, **parameters: object) -> dict:
    answer = client.get(f"/collections/{collection}/items", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_each_layer_of_a_file_is_a_collection_of_its_own_name(client: TestClient, survey: Path):
    kinds = {one["id"]: one["duogui"]["geometry"] for one in client.get("/collections").json()["collections"]}
    assert {name: kinds.get(name) for name in ("wells", "main_roads", "ponds")} == {
        "wells": "point",
        "main_roads": "line",
        "ponds": "polygon",
    }


def test_features_carry_the_attributes_of_their_source_with_their_types(client: TestClient, survey: Path):
    first = items(client, "wells")["features"][0]
    assert first["geometry"] == {"type": "Point", "coordinates": [113, 28]}
    assert first["properties"] == {
        "name": "甲井",
        "depth": 12.5,
        "limit": 1,
        "in_use": True,
        "dug_on": "2020-01-02",
        "seen_at": "2024-06-30T12:00:00+00:00",
        LONG: "a",
    }


def test_every_field_is_a_queryable_of_its_type(client: TestClient, survey: Path):
    properties = client.get("/collections/wells/queryables").json()["properties"]
    assert {
        name: (item.get("type"), item.get("format")) for name, item in properties.items() if name != "geometry"
    } == {
        "name": ("string", None),
        "depth": ("number", None),
        "limit": ("integer", None),
        "in_use": ("boolean", None),
        "dug_on": ("string", None),
        "seen_at": ("string", "date-time"),
        LONG: ("string", None),
    }


@pytest.mark.parametrize(
    ("parameters", "names"),
    [
        ({"name": "乙井"}, ["乙井"]),
        ({"in_use": "true"}, ["甲井", None]),
        ({"depth": "12.5"}, ["甲井"]),
        ({"dug_on": "2021-05-06"}, [None]),
        ({"seen_at": "2024-06-30T20:00:00+08:00"}, ["甲井", "乙井", None]),
        ({LONG: "b"}, ["乙井"]),
        ({"filter": "depth > 5 AND in_use = true"}, ["甲井"]),
        ({"filter": "T_AFTER(seen_at, TIMESTAMP('2024-06-30T12:00:01Z'))"}, []),
        ({"filter": '"limit" = 2'}, ["乙井"]),
        ({"filter": "S_INTERSECTS(geom, BBOX(113.005,27,113.015,29))"}, ["乙井"]),
        ({"limit": "1"}, ["甲井"]),
    ],
)
def test_features_are_found_by_their_own_fields(
    client: TestClient, survey: Path, parameters: dict[str, str], names: list[str | None]
):
    found = items(client, "wells", **parameters)
    assert [feature["properties"]["name"] for feature in found["features"]] == names


def test_a_value_of_another_type_is_refused_by_the_name_of_the_field(client: TestClient, survey: Path):
    answer = client.get("/collections/wells/items", params={"in_use": "yes"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "in_use")
    assert "true or false" in answer.json()["detail"]


def test_lines_keep_their_place_and_their_parts(client: TestClient, survey: Path):
    features = items(client, "main_roads")["features"]
    assert [feature["geometry"]["type"] for feature in features] == ["MultiLineString", "MultiLineString"]
    # EPSG:4547, (409000, 3125000): by the inverse projection of the zone at 114 E.
    assert features[0]["geometry"]["coordinates"][0][0] == pytest.approx([113.0728, 28.2365], abs=2e-4)


def test_an_invalid_polygon_is_repaired_and_its_area_is_that_of_both_loops(client: TestClient, survey: Path):
    layer = client.get("/layers/ponds").json()
    assert (layer["versions"][0]["accepted"], layer["versions"][0]["repaired"]) == (1, 1)
    shape = shapely.geometry.shape(items(client, "ponds")["features"][1]["geometry"])
    assert shape.is_valid
    assert shape.area == pytest.approx(0.02 * 0.02 / 2, rel=1e-9)


def test_tiles_carry_points_with_their_attributes(client: TestClient, survey: Path):
    answer = client.get("/collections/wells/tiles/WebMercatorQuad/5/13/26")
    assert answer.status_code == 200
    (layer,) = decode(answer.content)
    assert layer.name == "wells"
    assert sorted(feature.properties.get("name", "") for feature in layer.features) == ["", "乙井", "甲井"]


@pytest.mark.parametrize(
    ("collection", "type_"), [("wells", "Point"), ("main_roads", "MultiLineString"), ("ponds", "MultiPolygon")]
)
def test_an_export_is_of_the_geometry_type_of_the_layer(
    client: TestClient, survey: Path, tmp_path: Path, collection: str, type_: str
):
    answer = client.get(f"/collections/{collection}/export", params={"f": "gpkg"})
    assert answer.status_code == 200, answer.text
    (tmp_path / "export.gpkg").write_bytes(answer.content)
    info = pyogrio.read_info(tmp_path / "export.gpkg")
    assert (info["geometry_type"], info["features"]) == (type_, 3 if collection == "wells" else 2)


@pytest.mark.parametrize("format_", ["csv", "xlsx", "fgb", "parquet", "geojson", "shp"])
def test_every_type_of_field_goes_into_every_format(client: TestClient, survey: Path, format_: str):
    answer = client.get("/collections/wells/export", params={"f": format_})
    assert answer.status_code == 200, answer.text
    assert len(answer.content) > 100


def test_legend_and_api_document_know_the_layer(client: TestClient, survey: Path):
    assert client.get("/collections/wells/legend").json()["default"]["fill"]
    parameters = client.get("/api").json()["paths"]["/collections/wells/items"]["get"]["parameters"]
    names = [one.get("name", one.get("$ref", "").rsplit("/", 1)[-1]) for one in parameters]
    assert names.count("limit") == 1
    assert {"depth", "in_use", "seen_at"} <= set(names)


def test_the_same_delivery_is_not_imported_twice(load: Callable[..., list], survey: Path):
    assert [(result.number, result.is_new) for result in load(survey)] == [(1, False)] * 3


def test_a_further_delivery_replaces_the_layer_and_its_fields(
    client: TestClient, load: Callable[..., list], tmp_path: Path
):
    for number, field in ((1, "old"), (2, "new")):
        path = tmp_path / f"v{number}" / "stops.geojson"
        path.parent.mkdir()
        gpd.GeoDataFrame({field: [number]}, geometry=[shapely.Point(113, 28)], crs="OGC:CRS84").to_file(path)
        assert [(result.layer, result.number) for result in load(path)] == [("stops", number)]
    assert items(client, "stops")["features"][0]["properties"] == {"new": 2}


def test_a_name_without_latin_letters_asks_for_one(tmp_path: Path):
    path = tmp_path / "道路.geojson"
    gpd.GeoDataFrame(geometry=[shapely.Point(113, 28)], crs="OGC:CRS84").to_file(path)
    with pytest.raises(DeliveryRefusedError, match="--to NAME --kind vector"):
        reference_requests(ImportRequest(path=path, to="reference"))


def test_features_that_cannot_be_used_are_rejected_with_the_reason(
    client: TestClient, load: Callable[..., list], tmp_path: Path
):
    path = tmp_path / "mixed.geojson"
    shapes = [shapely.Point(113, 28), None, shapely.LineString([(113, 28), (113, 28)]), shapely.Point(500, 28)]
    gpd.GeoDataFrame({"n": range(4)}, geometry=shapes, crs="OGC:CRS84").to_file(path)
    (result,) = load(path)
    reasons = {item["reason"]: item["count"] for item in result.report["reasons"]}
    assert result.report["accepted"] == 1
    assert result.report["rejected"] == 3
    assert sum(reasons.values()) == 3
    assert {"missing", "invalid"} <= set(reasons)


def test_what_was_read_may_be_sent_back_and_is_no_change_but_a_line_the_other_way_is_one(
    client: TestClient, survey: Path, reference_engine: Engine
):
    with write_session(reference_engine, actor="tests") as session:
        headers = {"X-API-Key": create_key(session, "writer", Scope.WRITE)}
    for collection in ("wells", "main_roads", "ponds"):
        name = items(client, collection)["features"][0]["id"]
        path = f"/collections/{collection}/items/{name}"
        read = client.get(path)
        answer = client.put(path, json=read.json(), headers=headers | {"If-Match": read.headers["ETag"]})
        assert answer.status_code == 204, answer.text
        again = client.get(path)
        assert (again.json(), again.headers["ETag"]) == (read.json(), read.headers["ETag"])
    path = f"/collections/main_roads/items/{items(client, 'main_roads')['features'][0]['id']}"
    tags = [client.get(path).headers["ETag"]]
    for _ in range(2):
        road = client.get(path).json()
        road["geometry"]["coordinates"][0].reverse()
        assert client.put(path, json=road, headers=headers | {"If-Match": tags[-1]}).status_code == 204
        tags.append(client.get(path).headers["ETag"])
    assert len(set(tags)) == 3
