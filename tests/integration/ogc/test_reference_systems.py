"""Part 2: reference systems of answers and boxes, in the order of axes that their authority gives them."""

import numpy as np
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient

from .city import SOUTH, STEP, WEST

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
EPSG = "http://www.opengis.net/def/crs/EPSG/0/"
SYSTEMS = [4490, 4326, 3857, *range(4513, 4555)]


def ids(client: TestClient, **parameters: object) -> list[str]:
    answer = client.get("/collections/parcels/items", params={"limit": 100, **parameters})
    assert answer.status_code == 200, answer.text
    return sorted(feature["id"] for feature in answer.json()["features"])


def test_a_collection_lists_what_it_can_be_expressed_in(client: TestClient):
    document = client.get("/collections/parcels").json()
    assert document["crs"][0] == CRS84
    assert {f"{EPSG}{code}" for code in SYSTEMS} <= set(document["crs"])
    assert document["storageCrs"] == f"{EPSG}4490"
    assert document["storageCrs"] in document["crs"]


@pytest.mark.parametrize("code", [4490, 4326, 3857, 4526, 4547, 4549, 4513, 4554])
def test_coordinates_are_those_of_the_system_in_the_order_of_its_axes(client: TestClient, code: int):
    answer = client.get("/collections/parcels/items/p1", params={"crs": f"{EPSG}{code}"})
    assert answer.headers["Content-Crs"] == f"<{EPSG}{code}>"
    stored = client.get("/collections/parcels/items/p1")
    assert stored.headers["Content-Crs"] == f"<{CRS84}>"
    # The authority's own order on both sides: latitude and longitude in, whatever the system says out.
    to_authority = pyproj.Transformer.from_crs(4326 if code in {4326, 3857} else 4490, code)
    expected = [to_authority.transform(y, x) for x, y in stored.json()["geometry"]["coordinates"][0][0]]
    found = answer.json()["geometry"]["coordinates"][0][0]
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9 if code in {4490, 4326} else 1e-3)


def test_the_same_box_in_every_system_finds_the_same_features(client: TestClient):
    inside = (WEST + 0.5 * STEP, SOUTH + 0.5 * STEP, WEST + 1.5 * STEP, SOUTH + 1.5 * STEP)
    west, south, east, north = inside
    expected = ids(client, bbox=",".join(map(str, inside)))
    assert len(expected) == 4
    assert ids(client, bbox=f"{south},{west},{north},{east}", **{"bbox-crs": f"{EPSG}4490"}) == expected
    assert ids(client, bbox=f"{south},{west},{north},{east}", **{"bbox-crs": f"{EPSG}4326"}) == expected
    for code in (3857, 4526, 4547, 4548):
        transformer = pyproj.Transformer.from_crs(4326 if code == 3857 else 4490, code)
        (a, b), (c, d) = transformer.transform(south, west), transformer.transform(north, east)
        assert ids(client, bbox=f"{a},{b},{c},{d}", **{"bbox-crs": f"{EPSG}{code}"}) == expected, code


def test_a_box_of_a_zone_is_not_the_box_around_it(client: TestClient):
    """East of a zone's meridian north turns, so the box around the turned box in degrees meets more parcels."""
    to_zone = pyproj.Transformer.from_crs(4490, 4550, always_xy=True)
    (west, south), (east, north) = to_zone.transform(WEST, SOUTH), to_zone.transform(WEST + 5 * STEP, SOUTH + 5 * STEP)
    x, y = sorted((west, east)), sorted((south, north))
    text = f"{y[0]},{x[0]},{y[1]},{x[1]}"
    found = ids(client, bbox=text, **{"bbox-crs": f"{EPSG}4550"})
    every = client.get("/collections/parcels/items", params={"limit": 100}).json()["features"]
    ring = shapely.box(x[0], y[0], x[1], y[1])
    turned = {
        feature["id"]: shapely.transform(
            shapely.geometry.shape(feature["geometry"]),
            lambda points: np.column_stack(to_zone.transform(*points.T)),
        )
        for feature in every
    }
    assert found == sorted(name for name, shape in turned.items() if shape.intersects(ring))
    assert 0 < len(found) <= len(every)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("crs", "http://www.opengis.net/def/crs/EPSG/0/2381"),
        ("crs", "nonsense"),
        ("bbox-crs", "EPSG:99999"),
        ("crs", f"{EPSG}4555"),
    ],
)
def test_other_systems_are_refused_by_the_name_of_the_parameter(client: TestClient, name: str, value: str):
    answer = client.get("/collections/parcels/items", params={name: value, "bbox": "1,2,3,4"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, name)


def test_a_box_far_outside_of_its_zone_is_refused(client: TestClient):
    answer = client.get("/collections/parcels/items", params={"bbox": "0,0,1,1e9", "bbox-crs": f"{EPSG}4547"})
    assert (answer.status_code, answer.json()["errors"][0]["name"]) == (400, "bbox")


def test_pages_keep_the_system_and_the_box(client: TestClient):
    answer = client.get(
        "/collections/parcels/items",
        params={"limit": 10, "crs": f"{EPSG}4547", "bbox": "28,113,29,114", "bbox-crs": f"{EPSG}4490"},
    )
    seen = []
    while True:
        document = answer.json()
        seen += [feature["geometry"]["coordinates"][0][0][0] for feature in document["features"]]
        following = [one["href"] for one in document["links"] if one["rel"] == "next"]
        if not following:
            break
        answer = client.get(following[0])
    assert len(seen) == 25
    assert all(3.1e6 < north < 3.2e6 and 4.0e5 < east < 4.1e5 for north, east in seen)
