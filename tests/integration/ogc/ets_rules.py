"""The rules of the OGC's executable test suites for Features Parts 1 and 2 and for Tiles, one function a rule, named after its abstract test."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import numpy as np
import pyproj
from fastapi.testclient import TestClient
from httpx2 import Response

from .city import COLLECTIONS, SOUTH, STEP, WEST

Rule = Callable[[TestClient], None]
FEATURES_1: dict[str, Rule] = {}
FEATURES_2: dict[str, Rule] = {}
TILES_1: dict[str, Rule] = {}
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
ITEMS = "/collections/parcels/items"
TILES = "/collections/parcels/tiles"


def rule(suite: dict[str, Rule], name: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        assert name not in suite
        suite[name] = function
        return function

    return add


def ok(answer: Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()


def rels(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    assert all({"href", "rel"} <= set(link) for link in document["links"])
    return {link["rel"]: link for link in document["links"]}


def refused(client: TestClient, path: str, **parameters: str) -> None:
    answer = client.get(path, params=parameters)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@rule(FEATURES_1, "/conf/core/http")
def _(client: TestClient) -> None:
    assert client.get("/").http_version == "HTTP/1.1"
    assert client.head("/collections").status_code in {200, 405}
    assert client.get("/no-such-resource").status_code == 404


@rule(FEATURES_1, "/conf/core/root-op")
def _(client: TestClient) -> None:
    ok(client.get("/"))


@rule(FEATURES_1, "/conf/core/root-success")
def _(client: TestClient) -> None:
    found = rels(ok(client.get("/")))
    assert {"service-desc", "conformance", "data"} <= set(found) or {"service-doc", "conformance", "data"} <= set(found)


@rule(FEATURES_1, "/conf/core/api-definition-op")
def _(client: TestClient) -> None:
    for rel in ("service-desc", "service-doc"):
        assert client.get(rels(ok(client.get("/")))[rel]["href"]).status_code == 200


@rule(FEATURES_1, "/conf/core/api-definition-success")
def _(client: TestClient) -> None:
    link = rels(ok(client.get("/")))["service-desc"]
    answer = client.get(link["href"])
    assert (answer.headers["content-type"], answer.json()["openapi"][:3]) == (link["type"], "3.0")


@rule(FEATURES_1, "/conf/core/conformance-op")
def _(client: TestClient) -> None:
    ok(client.get("/conformance"))


@rule(FEATURES_1, "/conf/core/conformance-success")
def _(client: TestClient) -> None:
    classes = ok(client.get("/conformance"))["conformsTo"]
    base = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf"
    assert {f"{base}/core", f"{base}/geojson", f"{base}/html", f"{base}/oas30"} <= set(classes)


@rule(FEATURES_1, "/conf/core/fc-md-op")
def _(client: TestClient) -> None:
    ok(client.get("/collections"))


@rule(FEATURES_1, "/conf/core/fc-md-success")
def _(client: TestClient) -> None:
    document = ok(client.get("/collections"))
    assert isinstance(document["collections"], list)
    assert isinstance(document["links"], list)


@rule(FEATURES_1, "/conf/core/fc-md-links")
def _(client: TestClient) -> None:
    own = rels(ok(client.get("/collections")))["self"]
    assert own["type"]
    ok(client.get(own["href"]))


@rule(FEATURES_1, "/conf/core/fc-md-items")
def _(client: TestClient) -> None:
    assert [one["id"] for one in ok(client.get("/collections"))["collections"]] == list(COLLECTIONS)


@rule(FEATURES_1, "/conf/core/fc-md-items-links")
def _(client: TestClient) -> None:
    for one in ok(client.get("/collections"))["collections"]:
        items = rels(one)["items"]
        assert items["type"] == "application/geo+json"
        ok(client.get(items["href"]))


@rule(FEATURES_1, "/conf/core/fc-md-extent")
def _(client: TestClient) -> None:
    for one in ok(client.get("/collections"))["collections"]:
        (box,) = one["extent"]["spatial"]["bbox"]
        west, south, east, north = box
        assert -180 <= west <= east <= 180
        assert -90 <= south <= north <= 90


@rule(FEATURES_1, "/conf/core/fc-md-extent-multi")
def _(client: TestClient) -> None:
    (box,) = ok(client.get("/collections/parcels"))["extent"]["spatial"]["bbox"]
    for feature in ok(client.get(ITEMS, params={"limit": 100}))["features"]:
        points = np.array(feature["geometry"]["coordinates"][0][0])
        assert (points >= np.array(box[:2]) - 1e-9).all()
        assert (points <= np.array(box[2:]) + 1e-9).all()


@rule(FEATURES_1, "/conf/core/sfc-md-op")
def _(client: TestClient) -> None:
    for name in COLLECTIONS:
        ok(client.get(f"/collections/{name}"))


@rule(FEATURES_1, "/conf/core/sfc-md-success")
def _(client: TestClient) -> None:
    listed = {one["id"]: one for one in ok(client.get("/collections"))["collections"]}
    for name in COLLECTIONS:
        assert ok(client.get(f"/collections/{name}")) == listed[name]


@rule(FEATURES_1, "/conf/core/fc-op")
def _(client: TestClient) -> None:
    for name in COLLECTIONS:
        assert client.get(f"/collections/{name}/items").headers["content-type"] == "application/geo+json"


@rule(FEATURES_1, "/conf/core/fc-response")
def _(client: TestClient) -> None:
    document = ok(client.get(ITEMS))
    assert document["type"] == "FeatureCollection"
    assert all(feature["type"] == "Feature" and "id" in feature for feature in document["features"])


@rule(FEATURES_1, "/conf/core/fc-links")
def _(client: TestClient) -> None:
    own = rels(ok(client.get(ITEMS, params={"limit": 3})))["self"]
    assert "limit=3" in own["href"]
    ok(client.get(own["href"]))


@rule(FEATURES_1, "/conf/core/fc-rel-type")
def _(client: TestClient) -> None:
    assert all(link["type"] for link in ok(client.get(ITEMS))["links"])


@rule(FEATURES_1, "/conf/core/fc-timeStamp")
def _(client: TestClient) -> None:
    stamp = datetime.fromisoformat(ok(client.get(ITEMS))["timeStamp"])
    assert stamp.tzinfo is not None
    assert abs((datetime.now(stamp.tzinfo) - stamp).total_seconds()) < 60


@rule(FEATURES_1, "/conf/core/fc-numberMatched")
def _(client: TestClient) -> None:
    found, document = 0, ok(client.get(ITEMS, params={"limit": 7}))
    matched = document["numberMatched"]
    while True:
        found += len(document["features"])
        if "next" not in rels(document):
            break
        document = ok(client.get(rels(document)["next"]["href"]))
    assert found == matched


@rule(FEATURES_1, "/conf/core/fc-numberReturned")
def _(client: TestClient) -> None:
    document = ok(client.get(ITEMS, params={"limit": 4}))
    assert document["numberReturned"] == len(document["features"]) == 4


@rule(FEATURES_1, "/conf/core/fc-limit-definition")
def _(client: TestClient) -> None:
    schema = ok(client.get("/api"))["components"]["parameters"]["limit"]
    assert (schema["in"], schema["schema"]["type"], schema["schema"]["minimum"]) == ("query", "integer", 1)


@rule(FEATURES_1, "/conf/core/fc-limit-response")
def _(client: TestClient) -> None:
    assert len(ok(client.get(ITEMS, params={"limit": 1}))["features"]) == 1
    assert len(ok(client.get(ITEMS))["features"]) <= 10
    assert client.get(ITEMS, params={"limit": 10**6}).status_code == 200
    refused(client, ITEMS, limit="0")
    refused(client, ITEMS, limit="ten")


@rule(FEATURES_1, "/conf/core/fc-bbox-definition")
def _(client: TestClient) -> None:
    schema = ok(client.get("/api"))["components"]["parameters"]["bbox"]
    assert (schema["style"], schema["explode"], schema["schema"]["type"]) == ("form", False, "array")


@rule(FEATURES_1, "/conf/core/fc-bbox-response")
def _(client: TestClient) -> None:
    inside = f"{WEST + 0.1 * STEP},{SOUTH + 0.1 * STEP},{WEST + 0.9 * STEP},{SOUTH + 0.9 * STEP}"
    assert [one["id"] for one in ok(client.get(ITEMS, params={"bbox": inside}))["features"]] == ["p0"]
    assert ok(client.get(ITEMS, params={"bbox": "0,0,1,1"}))["features"] == []
    six = f"{WEST},{SOUTH},-10,{WEST + STEP / 2},{SOUTH + STEP / 2},10"
    assert ok(client.get(ITEMS, params={"bbox": six}))["numberMatched"] == 1
    assert ok(client.get(ITEMS, params={"bbox": "170,-20,-170,-10"}))["features"] == []
    for wrong in ("1,2,3", "a,b,c,d", "1,2,3,4,5", "5,5,6,4"):
        refused(client, ITEMS, bbox=wrong)


@rule(FEATURES_1, "/conf/core/fc-time-definition")
def _(client: TestClient) -> None:
    schema = ok(client.get("/api"))["components"]["parameters"]["datetime"]
    assert (schema["in"], schema["schema"]) == ("query", {"type": "string"})


@rule(FEATURES_1, "/conf/core/fc-time-response")
def _(client: TestClient) -> None:
    for value in ("2026-02-12T23:20:50Z", "2026-02-12", "2024-02-12/2026-03-18", "2026-02-12/..", "../2026-03-18"):
        assert ok(client.get(ITEMS, params={"datetime": value}))["numberMatched"] > 0
    for wrong in ("yesterday", "2026-13-01", "2026-03-18/2026-02-12"):
        refused(client, ITEMS, datetime=wrong)


@rule(FEATURES_1, "/conf/core/query-param-unknown")
def _(client: TestClient) -> None:
    for path in ("/", "/collections", "/collections/parcels", ITEMS, f"{ITEMS}/p1"):
        refused(client, path, unknownQueryParameter="1")


@rule(FEATURES_1, "/conf/core/query-param-invalid")
def _(client: TestClient) -> None:
    for name, value in (("limit", "x"), ("bbox", "x"), ("datetime", "x"), ("area_ellipsoid_m2", "x")):
        refused(client, ITEMS, **{name: value})


@rule(FEATURES_1, "/conf/core/f-op")
def _(client: TestClient) -> None:
    for feature in ok(client.get(ITEMS, params={"limit": 3}))["features"]:
        assert client.get(f"{ITEMS}/{feature['id']}").headers["content-type"] == "application/geo+json"


@rule(FEATURES_1, "/conf/core/f-success")
def _(client: TestClient) -> None:
    whole = {one["id"]: one for one in ok(client.get(ITEMS, params={"limit": 3}))["features"]}
    for name, feature in whole.items():
        assert {key: value for key, value in ok(client.get(f"{ITEMS}/{name}")).items() if key != "links"} == feature


@rule(FEATURES_1, "/conf/core/f-links")
def _(client: TestClient) -> None:
    found = rels(ok(client.get(f"{ITEMS}/p1")))
    assert found["self"]["href"].endswith(f"{ITEMS}/p1")
    assert found["collection"]["href"].endswith("/collections/parcels")


@rule(FEATURES_1, "/conf/geojson/content")
def _(client: TestClient) -> None:
    ring = ok(client.get(f"{ITEMS}/p1"))["geometry"]["coordinates"][0][0]
    x, y = np.array(ring).T
    # RFC 7946, 3.1.6: exterior rings are counter-clockwise.
    assert np.sum((x[1:] - x[:-1]) * (y[1:] + y[:-1])) < 0
    assert ring[0] == ring[-1]


@rule(FEATURES_1, "/conf/html/content")
def _(client: TestClient) -> None:
    for path in ("/", "/conformance", "/collections", "/collections/parcels", ITEMS, f"{ITEMS}/p1"):
        answer = client.get(path, headers={"Accept": "text/html"})
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert "<html" in answer.text


@rule(FEATURES_1, "/conf/oas30/oas-impl")
def _(client: TestClient) -> None:
    paths = ok(client.get("/api"))["paths"]
    for name in COLLECTIONS:
        assert {
            f"/collections/{name}",
            f"/collections/{name}/items",
            f"/collections/{name}/items/{{featureId}}",
        } <= set(paths)


@rule(FEATURES_2, "/conf/crs/fc-md-crs-list")
def _(client: TestClient) -> None:
    for one in ok(client.get("/collections"))["collections"]:
        assert CRS84 in one["crs"]
        assert all(re.fullmatch(r"http://www\.opengis\.net/def/crs/[A-Z]+/[0-9.]+/\w+", uri) for uri in one["crs"])


@rule(FEATURES_2, "/conf/crs/fc-md-storageCrs")
def _(client: TestClient) -> None:
    for one in ok(client.get("/collections"))["collections"]:
        assert one["storageCrs"] in one["crs"]


@rule(FEATURES_2, "/conf/crs/fc-bbox-crs-definition")
def _(client: TestClient) -> None:
    parameter = ok(client.get("/api"))["components"]["parameters"]["bbox-crs"]
    assert (parameter["name"], parameter["in"], parameter["schema"]["format"]) == ("bbox-crs", "query", "uri")


@rule(FEATURES_2, "/conf/crs/fc-bbox-crs-valid-value")
def _(client: TestClient) -> None:
    for uri in ok(client.get("/collections/parcels"))["crs"][:4]:
        assert client.get(ITEMS, params={"bbox": "1,2,3,4", "bbox-crs": uri}).status_code == 200


@rule(FEATURES_2, "/conf/crs/bbox-crs-parameter-invalid")
def _(client: TestClient) -> None:
    refused(client, ITEMS, **{"bbox": "1,2,3,4", "bbox-crs": "http://www.opengis.net/def/crs/0/unknown"})


@rule(FEATURES_2, "/conf/crs/bbox-crs-parameter-default")
def _(client: TestClient) -> None:
    box = f"{WEST},{SOUTH},{WEST + STEP / 2},{SOUTH + STEP / 2}"
    default = ok(client.get(ITEMS, params={"bbox": box}))
    named = ok(client.get(ITEMS, params={"bbox": box, "bbox-crs": CRS84}))
    assert default["features"] == named["features"]


@rule(FEATURES_2, "/conf/crs/bbox-crs-parameter-response")
def _(client: TestClient) -> None:
    west, south, east, north = WEST, SOUTH, WEST + STEP / 2, SOUTH + STEP / 2
    expected = ok(client.get(ITEMS, params={"bbox": f"{west},{south},{east},{north}"}))["features"]
    turned = {"bbox": f"{south},{west},{north},{east}", "bbox-crs": f"{EPSG}4326"}
    assert ok(client.get(ITEMS, params=turned))["features"] == expected


@rule(FEATURES_2, "/conf/crs/fc-crs-definition")
def _(client: TestClient) -> None:
    parameter = ok(client.get("/api"))["components"]["parameters"]["crsUri"]
    assert (parameter["name"], parameter["in"], parameter["schema"]["format"]) == ("crs", "query", "uri")


@rule(FEATURES_2, "/conf/crs/fc-crs-valid-value")
def _(client: TestClient) -> None:
    for uri in ok(client.get("/collections/parcels"))["crs"]:
        if uri.rsplit("/", 1)[1] in {"CRS84", "4490", "4326", "3857", "4526", "4547", "4548"}:
            assert client.get(ITEMS, params={"crs": uri, "limit": 1}).headers["Content-Crs"] == f"<{uri}>"


@rule(FEATURES_2, "/conf/crs/fc-crs-default-value")
def _(client: TestClient) -> None:
    assert client.get(ITEMS).headers["Content-Crs"] == f"<{CRS84}>"
    assert client.get(f"{ITEMS}/p1").headers["Content-Crs"] == f"<{CRS84}>"


@rule(FEATURES_2, "/conf/crs/crs-parameter-invalid")
def _(client: TestClient) -> None:
    for path in (ITEMS, f"{ITEMS}/p1"):
        refused(client, path, crs="http://www.opengis.net/def/crs/0/unknown")


@rule(FEATURES_2, "/conf/crs/geojson-transformation")
def _(client: TestClient) -> None:
    stored = ok(client.get(f"{ITEMS}/p1"))["geometry"]["coordinates"][0][0]
    found = ok(client.get(f"{ITEMS}/p1", params={"crs": f"{EPSG}4547"}))["geometry"]["coordinates"][0][0]
    expected = [pyproj.Transformer.from_crs(4490, 4547).transform(y, x) for x, y in stored]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-3)


@rule(FEATURES_2, "/conf/crs/ogc-crs-header")
def _(client: TestClient) -> None:
    for name in COLLECTIONS:
        assert re.fullmatch(r"<http://.+>", client.get(f"/collections/{name}/items").headers["Content-Crs"])


@rule(TILES_1, "/conf/core/conformance-success")
def _(client: TestClient) -> None:
    base = "http://www.opengis.net/spec/ogcapi-tiles-1/1.0/conf"
    wanted = {f"{base}/{name}" for name in ("core", "tileset", "tilesets-list", "geodata-tilesets", "mvt", "oas30")}
    assert wanted <= set(ok(client.get("/conformance"))["conformsTo"])


def _tile(zoom: int = 14) -> tuple[int, int]:
    from .test_tiles import address  # noqa: PLC0415  a neighbour's helper

    return address(WEST + STEP / 2, SOUTH + STEP / 2, zoom)


@rule(TILES_1, "/conf/core/tc-op")
def _(client: TestClient) -> None:
    template = rels(ok(client.get(f"{TILES}/WebMercatorQuad")))["item"]
    assert template["templated"] is True
    row, column = _tile()
    href = (
        template["href"].replace("{tileMatrix}", "14").replace("{tileRow}", str(row)).replace("{tileCol}", str(column))
    )
    assert client.get(href).status_code == 200


@rule(TILES_1, "/conf/core/tc-success")
def _(client: TestClient) -> None:
    row, column = _tile()
    answer = client.get(f"{TILES}/WebMercatorQuad/14/{row}/{column}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/vnd.mapbox-vector-tile")
    assert client.get(f"{TILES}/WebMercatorQuad/14/0/0").status_code == 204


@rule(TILES_1, "/conf/core/tc-error")
def _(client: TestClient) -> None:
    for path in (
        "WebMercatorQuad/14/99999/0",
        "WebMercatorQuad/14/0/-1",
        "WebMercatorQuad/99/0/0",
        "NoSuchSet/1/0/0",
        "WebMercatorQuad/x/0/0",
    ):
        assert client.get(f"{TILES}/{path}").status_code in {400, 404}


@rule(TILES_1, "/conf/tileset/desc-links")
def _(client: TestClient) -> None:
    for name in ("WebMercatorQuad", "CGCS2000Quad"):
        found = rels(ok(client.get(f"{TILES}/{name}")))
        assert {"self", "item", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"} <= set(found)
        ok(client.get(found["http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"]["href"]))


@rule(TILES_1, "/conf/tileset/tms-definition")
def _(client: TestClient) -> None:
    document = ok(client.get("/tileMatrixSets/WebMercatorQuad"))
    first = document["tileMatrices"][0]
    assert abs(float(first["scaleDenominator"]) - 559_082_264.0287178) < 1e-3
    assert {"id", "crs", "tileMatrices"} <= set(document)


@rule(TILES_1, "/conf/tileset/crs")
def _(client: TestClient) -> None:
    for one in ok(client.get(TILES))["tilesets"]:
        own = rels(one)["self"]["href"]
        assert ok(client.get(own))["crs"] == one["crs"]


@rule(TILES_1, "/conf/tilesets-list/tsl-op")
def _(client: TestClient) -> None:
    for name in COLLECTIONS:
        assert len(ok(client.get(f"/collections/{name}/tiles"))["tilesets"]) == 2


@rule(TILES_1, "/conf/tilesets-list/tsl-links")
def _(client: TestClient) -> None:
    for one in ok(client.get(TILES))["tilesets"]:
        assert {"self", "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"} <= set(rels(one))
        assert {"dataType", "crs", "tileMatrixSetURI"} <= set(one)


@rule(TILES_1, "/conf/geodata-tilesets/collection-links")
def _(client: TestClient) -> None:
    for name in COLLECTIONS:
        link = rels(ok(client.get(f"/collections/{name}")))["http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"]
        ok(client.get(link["href"]))


@rule(TILES_1, "/conf/dataset-tilesets/landingpage")
def _(client: TestClient) -> None:
    link = rels(ok(client.get("/")))["http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"]
    assert ok(client.get(link["href"]))["tilesets"]


@rule(TILES_1, "/conf/collections-selection/collections-parameter")
def _(client: TestClient) -> None:
    row, column = _tile()
    answer = client.get(f"/tiles/WebMercatorQuad/14/{row}/{column}", params={"collections": "parcels,city_plan"})
    assert answer.status_code == 200
    assert client.get(f"/tiles/WebMercatorQuad/14/{row}/{column}", params={"collections": "nothing"}).status_code in {
        400,
        404,
    }


@rule(TILES_1, "/conf/datetime/dt-parameter")
def _(client: TestClient) -> None:
    row, column = _tile()
    path = f"{TILES}/WebMercatorQuad/14/{row}/{column}"
    assert client.get(path, params={"datetime": "1990-01-01"}).status_code == 204
    refused(client, path, datetime="yesterday")


@rule(TILES_1, "/conf/mvt/tile-type")
def _(client: TestClient) -> None:
    row, column = _tile()
    # A vector tile begins with its first layer: field 3, length-delimited.
    assert client.get(f"{TILES}/WebMercatorQuad/14/{row}/{column}").content[0] == 0x1A


@rule(TILES_1, "/conf/oas30/oas-impl")
def _(client: TestClient) -> None:
    paths = ok(client.get("/api"))["paths"]
    assert f"{TILES}/WebMercatorQuad/{{tileMatrix}}/{{tileRow}}/{{tileCol}}" in paths
