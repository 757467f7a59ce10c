"""A place by its coordinates, in whatever reference system they were surveyed."""

import pytest
from fastapi.testclient import TestClient


def test_a_point_of_the_national_grid_is_where_its_zone_says(client: TestClient) -> None:
    found = client.get("/position", params={"x": 409706.210, "y": 3125381.910, "crs": "EPSG:4547"}).json()
    assert (found["longitude"], found["latitude"]) == pytest.approx((113.08, 28.24), abs=1e-6)
    assert "CGCS2000" in found["crs_name"]


def test_degrees_stay_as_they_are_with_longitude_first(client: TestClient) -> None:
    found = client.get("/position", params={"x": 113.08, "y": 28.24, "crs": "EPSG:4490"}).json()
    assert (found["longitude"], found["latitude"]) == (113.08, 28.24)


@pytest.mark.parametrize(
    ("parameters", "status", "words"),
    [
        ({"x": 1, "y": 2, "crs": "EPSG:99999"}, 400, "EPSG:99999"),
        ({"x": 1, "y": 2}, 400, "crs"),
        ({"x": "nan", "y": 2, "crs": "EPSG:4547"}, 422, "cannot be taken"),
        ({"x": 37409706, "y": 3125381, "crs": "EPSG:4547"}, 422, "cannot be taken"),
        ({"x": 409706, "y": 3125381, "crs": "EPSG:2383"}, 422, "Xian 1980"),
    ],
)
def test_what_is_no_place_is_refused_with_the_reason(
    client: TestClient, parameters: dict[str, str], status: int, words: str
) -> None:
    answer = client.get("/position", params=parameters)
    assert answer.status_code == status
    assert words.lower() in answer.json()["detail"].lower()
