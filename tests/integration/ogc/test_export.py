"""A collection as a file: every format, whole and filtered, in a system of choice; holders only with a key."""

import csv
import io
import tempfile
from pathlib import Path
from urllib.parse import unquote

import geopandas as gpd
import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.collections.catalog import find_collection
from app.collections.periods import parse_datetime
from app.db.sessions import read_session
from app.exports import answering
from app.exports.offered import OFFERED, ExportFormat
from app.exports.service import ExportRequest, export_collection
from gis.crs import to_geographic
from gis.formats.boundary_points import read_boundary_points
from gis.formats.writing import FORMATS

from .city import COLLECTIONS, COUNTS, HOLDER, SECRETS, SOUTH, STEP, WEST

GEOMETRYLESS = {"idle_cases", "land_findings"}


def fetch(client: TestClient, collection: str, **query: str) -> bytes:
    answer = client.get(f"/collections/{collection}/export", params=query)
    assert answer.status_code == 200, answer.text
    return answer.content


def read(content: bytes, tmp_path: Path, suffix: str) -> gpd.GeoDataFrame:
    path = tmp_path / f"read{suffix}"
    path.write_bytes(content)
    return gpd.read_parquet(path) if suffix == ".parquet" else pyogrio.read_dataframe(path)


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("f", ["gpkg", "shp", "geojson", "geojsonl", "fgb", "parquet"])
def test_every_collection_is_exported_whole_in_every_format(
    key_client: TestClient, tmp_path: Path, collection: str, f: str
) -> None:
    suffix = ".zip" if f == "shp" else FORMATS[f].suffix

    frame = read(fetch(key_client, collection, f=f), tmp_path, suffix)

    items = key_client.get(f"/collections/{collection}/items?limit=1000").json()["features"]
    placed = [item for item in items if item["geometry"] is not None]
    expected = placed if f == "fgb" else items
    column = next(name for name in frame.columns if name.startswith("feature_id"))
    assert sorted(frame[column]) == sorted(item["id"] for item in expected)
    assert len(expected) == COUNTS[collection] or f == "fgb"
    bounds = shapely.MultiPoint(shapely.get_coordinates([shapely.geometry.shape(i["geometry"]) for i in placed])).bounds
    assert tuple(frame.total_bounds) == pytest.approx(bounds, abs=1e-9)


def test_eastings_come_first_in_the_zone_that_is_asked_for(client: TestClient, tmp_path: Path) -> None:
    frame = read(fetch(client, "parcels", f="gpkg", crs="EPSG:4526"), tmp_path, ".gpkg")

    assert frame.crs.to_epsg() == 4526
    assert frame.total_bounds[0] > 38_000_000
    back = to_geographic(frame.geometry.to_numpy(), frame.crs)
    corner = shapely.total_bounds(back)
    assert corner[:2].tolist() == pytest.approx([WEST, SOUTH], abs=1e-9)


def test_export_takes_the_filters_of_items(client: TestClient, tmp_path: Path) -> None:
    box = f"{WEST + 0.1 * STEP},{SOUTH + 0.1 * STEP},{WEST + 0.9 * STEP},{SOUTH + 0.9 * STEP}"

    inside = read(fetch(client, "parcels", f="gpkg", bbox=box), tmp_path, ".gpkg")
    named = read(fetch(client, "parcels", f="gpkg", parcel_code=inside["parcel_code"][0]), tmp_path, ".gpkg")
    before = read(fetch(client, "parcels", f="gpkg", datetime="1950-01-01"), tmp_path, ".gpkg")

    # Two parcels have the same code, as happens.
    assert (list(inside["feature_id"]), list(named["feature_id"]), len(before)) == (["p0"], ["p0", "p24"], 0)


def test_columns_are_the_properties_that_items_have(client: TestClient, key_client: TestClient, tmp_path: Path) -> None:
    for caller in (client, key_client):
        item = caller.get("/collections/parcels/items?limit=1").json()["features"][0]
        frame = read(fetch(caller, "parcels", f="gpkg"), tmp_path, ".gpkg")
        assert list(frame.columns) == ["feature_id", *item["properties"], "geometry"]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("f", ["csv", "geojson", "geojsonl"])
def test_holders_appear_only_with_a_key(client: TestClient, collection: str, f: str) -> None:
    text = fetch(client, collection, f=f).decode()

    assert text
    assert not [secret for secret in SECRETS if secret in text]


def test_holders_appear_with_a_key(key_client: TestClient) -> None:
    rows = list(csv.DictReader(io.StringIO(fetch(key_client, "parcels", f="csv").decode("utf-8-sig"))))

    assert len(rows) == COUNTS["parcels"]
    assert HOLDER in {row["holder"] for row in rows}


def test_boundary_points_of_parcels_are_a_file_that_surveyors_read(client: TestClient) -> None:
    read_back = read_boundary_points(fetch(client, "parcels", f="txt", crs="EPSG:4526"))

    assert (len(read_back.plots), read_back.faults, read_back.crs.to_epsg()) == (COUNTS["parcels"], (), 4526)


@pytest.mark.parametrize("f", list(ExportFormat))
def test_download_has_name_type_and_length(client: TestClient, f: ExportFormat) -> None:
    wanted = OFFERED[f]
    crs = None if wanted.is_geographic_only else "EPSG:4526"

    answer = client.get("/collections/ecological_redline/export", params={"f": f.value} | ({"crs": crs} if crs else {}))

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == wanted.media_type
    name = unquote(answer.headers["content-disposition"].split("filename*=utf-8''")[1])
    assert name.endswith(wanted.suffix)
    assert not name.isascii()
    assert "private" in answer.headers["cache-control"]


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ({}, 400, "f:"),
        ({"f": "dwg"}, 400, "f:"),
        ({"f": "gpkg", "crs": "EPSG:2362"}, 400, "'crs'"),
        ({"f": "gpkg", "crs": "nonsense"}, 400, "'crs'"),
        ({"f": "gpkg", "colour": "red"}, 400, "'colour'"),
        ({"f": "gpkg", "bbox": "1,2"}, 400, "'bbox'"),
        ({"f": "gpkg", "holder": HOLDER}, 400, "'holder'"),
        ({"f": "geojson", "crs": "EPSG:4526"}, 422, "RFC 7946"),
        ({"f": "shp", "encoding": "klingon"}, 422, "klingon"),
        ({"f": "txt"}, 422, "3-degree"),
    ],
)
def test_what_cannot_be_exported_is_a_problem(
    client: TestClient, query: dict[str, str], status: int, words: str
) -> None:
    answer = client.get("/collections/parcels/export", params=query)

    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert words in answer.json()["detail"]


def test_collection_that_is_not_there_is_a_problem(client: TestClient) -> None:
    answer = client.get("/collections/nowhere/export?f=gpkg")

    assert (answer.status_code, answer.json()["type"]) == (404, "urn:duogui:problem:collection-not-found")


def test_more_features_than_a_request_waits_for_are_refused(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answering, "MAX_FEATURES", 24)

    answer = client.get("/collections/parcels/export?f=gpkg")

    assert (answer.status_code, answer.json()["title"]) == (422, "Export too large")
    assert "25 features" in answer.json()["detail"]


def test_nothing_is_left_behind(client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))

    fetch(client, "parcels", f="gpkg")
    refused = client.get("/collections/parcels/export?f=txt")

    assert refused.status_code == 422
    assert list(tmp_path.iterdir()) == []


def test_progress_ends_at_the_number_of_features(city_engine: Engine, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    with read_session(city_engine) as session:
        collection = find_collection(session, "parcels", parse_datetime("2026-06-30"))
        result = export_collection(
            session,
            ExportRequest(collection=collection, format=FORMATS["gpkg"]),
            tmp_path / "a.gpkg",
            srid=4490,
            progress=lambda done, total: heard.append((done, total)),
        )

    assert heard == [(0, 25), (25, 25)]
    assert (result.report.count, result.withheld) == (25, ("holder", "attributes"))
