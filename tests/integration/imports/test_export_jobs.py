"""A file that takes longer to write than a client waits is ordered, followed as a job and fetched."""

import json
import os
import time
from pathlib import Path

import geopandas as gpd
import pytest

from app.exports.jobs import FOLDER, KEEP_S
from app.keys.access import Scope

from .conftest import EVERYWHERE, square


@pytest.fixture
def layer(upload, work, delivery):
    rows = [{"code": f"P{i}", "use": "0601" if i % 2 else "0701", "geometry": square(i)} for i in range(10)]
    options = {"map": '{"parcel_code": "code", "land_use_code": "use"}', "publish": "true"}
    work(upload(delivery(rows), **options).json()["id"])


def order(client, **body):
    return client.post("/exports", json={"collection": "parcels", "f": "gpkg"} | body)


def test_an_export_is_ordered_followed_and_fetched(layer, client, work, tmp_path: Path):
    answer = order(client, filters={"land_use_code": "0601"}, crs="EPSG:4547")
    assert answer.status_code == 201
    job = answer.json()["jobID"]
    assert client.get(f"/exports/{job}/file").json()["type"].endswith("/result-not-ready")
    work(job)
    state = client.get(answer.headers["location"]).json()
    assert state["status"] == "successful"
    (link,) = [link for link in state["links"] if link["rel"] == "enclosure"]
    fetched = client.get(link["href"])
    assert (fetched.status_code, fetched.headers["content-type"]) == (200, link["type"])
    path = tmp_path / "fetched.gpkg"
    path.write_bytes(fetched.content)
    frame = gpd.read_file(path)
    assert sorted(frame["feature_id"]) == [f"P{i}" for i in range(1, 10, 2)]
    assert frame.crs == "EPSG:4547"
    assert client.get(f"/jobs/{job}/results").json()["count"] == 5


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"collection": "nothing"}, 404, "nothing"),
        ({"f": "dwg"}, 400, "body f"),
        ({"crs": "EPSG:2383"}, 400, "crs"),
        ({"bbox": "1,2"}, 400, "bbox"),
        ({"filters": {"colour": "red"}}, 400, "colour"),
        ({"sortby": "x"}, 400, "body sortby"),
    ],
)
def test_an_order_that_cannot_be_met_is_refused_at_once(layer, client, body, status, said):
    answer = order(client, **body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text


def test_a_file_needs_a_key_and_is_not_kept_for_ever(layer, client, serve, work, data_dir: Path):
    job = order(client).json()["jobID"]
    work(job)
    assert serve(None, host=EVERYWHERE, public_reads=True).get(f"/exports/{job}/file").status_code == 401
    assert serve(Scope.CHECK).get(f"/exports/{job}/file").status_code == 200
    (folder,) = (data_dir / FOLDER).iterdir()
    long_ago = time.time() - KEEP_S - 1
    os.utime(folder, (long_ago, long_ago))
    order(client)
    gone = client.get(f"/exports/{job}/file")
    assert (gone.status_code, gone.json()["type"].rsplit(":", 1)[-1]) == (410, "export-gone")
    assert client.get("/exports/00000000-0000-0000-0000-000000000000/file").status_code == 404


def test_an_order_is_for_the_features_that_a_condition_a_day_and_a_moment_choose(layer, client, work):
    condition = {"op": "=", "args": [{"property": "land_use_code"}, "0601"]}
    for body, count in (
        ({"filter": "land_use_code = '0701' AND parcel_code <> 'P0'"}, 4),
        ({"filter": json.dumps(condition), "filter-lang": "cql2-json"}, 5),
        ({"as-of": "1990-01-01"}, 0),
        ({"known-at": "1990-01-01"}, 0),
        ({"as-of": "2999-01-01", "known-at": "2999-01-01T00:00:00Z"}, 10),
    ):
        answer = order(client, **body)
        assert answer.status_code == 201, answer.text
        work(answer.json()["jobID"])
        assert client.get(f"/jobs/{answer.json()['jobID']}/results").json()["count"] == count, body


def test_an_order_whose_condition_day_or_moment_means_nothing_is_refused(layer, client):
    for body, said in (
        ({"filter": "colour = 'red'"}, "filter"),
        ({"as-of": "1.1.2026"}, "as-of"),
        ({"known-at": "2026-01-01T00:00:00"}, "known-at"),
        ({"as-of": "2026-01-01", "datetime": "2026-01-01"}, "as-of"),
    ):
        answer = order(client, **body)
        assert (answer.status_code, said in answer.text) == (400, True), answer.text
