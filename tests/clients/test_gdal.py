"""GDAL reads every collection whole: Debian's by its command line, and the one in the pyogrio wheel."""

import json
import re
import subprocess
from urllib.parse import parse_qs, urlsplit

import pyogrio
import pyproj
import pytest
import shapely

from tests.integration.ogc.city import COLLECTIONS, COUNTS

from .conftest import MANY, Served
from .server_process import MAX_LIMIT

EVERY = {**COUNTS, "many_parcels": MANY}


def ogrinfo(*arguments: str) -> str:
    done = subprocess.run(["ogrinfo", "-ro", *arguments], capture_output=True, text=True, timeout=120, check=True)
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


def feature_ids(text: str) -> list[str]:
    return re.findall(r"^  id \(String\) = (.+)$", text, re.MULTILINE)


def test_debians_gdal_lists_the_collections(served: Served) -> None:
    listed = re.findall(r"^\d+: (\w+) ", ogrinfo(f"OAPIF:{served.url}"), re.MULTILINE)
    assert set(listed) == {*COLLECTIONS, "many_parcels"}


@pytest.mark.parametrize("collection", EVERY)
def test_debians_gdal_reads_every_feature_once(served: Served, collection: str) -> None:
    text = ogrinfo(
        "-al", f"OAPIF:{served.url}", collection, "-oo", "PAGE_SIZE=7" if EVERY[collection] < 100 else "PAGE_SIZE=500"
    )
    found = feature_ids(text)
    assert len(found) == len(set(found)) == EVERY[collection]
    assert f"Feature Count: {EVERY[collection]}" in text


def test_debians_gdal_reads_polygons_where_they_lie_with_their_attributes(served: Served) -> None:
    text = ogrinfo("-al", f"OAPIF:{served.url}", "ecological_redline")
    assert "Extent: (113.001000, 28.202000) - (113.004000, 28.203000)" in text
    assert "control_name (String) = 湘江红线" in text
    assert "area_ellipsoid_m2 (Real) = 10000.125" in text


def test_debians_gdal_pushes_a_whole_filter_down_to_the_service(served: Served) -> None:
    text = ogrinfo("-al", f"OAPIF:{served.url}", "parcels", "-where", "land_use_code='0701' AND area_ellipsoid_m2>3")
    assert len(feature_ids(text)) == 9
    queries = [parse_qs(urlsplit(request).query) for request in served.requests if "/items" in request]
    sent = "(land_use_code = '0701') AND (area_ellipsoid_m2 > 3)"
    assert (sent, "cql-text") in [
        (query.get("filter", [""])[0], query.get("filter-lang", [""])[0]) for query in queries
    ]


def test_debians_gdal_pushes_a_spatial_filter_down_to_the_service(served: Served) -> None:
    text = ogrinfo("-al", f"OAPIF:{served.url}", "parcels", "-spat", "113.0002", "28.2002", "113.0012", "28.2012")
    assert feature_ids(text) == ["p0", "p1", "p5", "p6"]
    assert [request for request in served.requests if "bbox=" in request]


def test_debians_gdal_reads_with_a_key_what_needs_one(served: Served) -> None:
    source = f"OAPIF:{served.url}"
    with_key = ogrinfo("--config", "GDAL_HTTP_HEADERS", f"X-API-Key: {served.key}", "-al", source, "parcels")
    assert with_key.count("holder (String) = 湘江置业有限公司") == 25
    assert "holder" not in ogrinfo("-al", source, "parcels")


@pytest.mark.parametrize("collection", EVERY)
def test_the_wheels_gdal_reads_every_feature_once(served: Served, collection: str) -> None:
    frame = pyogrio.read_dataframe(f"OAPIF:{served.url}", layer=collection)
    assert len(frame) == frame["id"].nunique() == EVERY[collection]
    assert frame.crs == "OGC:CRS84" or frame.crs.to_epsg() in {4326, 4490}
    drawn = frame[frame.geometry.notna()]
    assert drawn.geometry.is_valid.all()
    west, south, east, north = drawn.total_bounds
    assert 112.99 < west < east < 113.01
    assert 28.19 < south < north < 28.21


def test_the_wheels_gdal_filters_by_box_and_attribute(served: Served) -> None:
    source = f"OAPIF:{served.url}"
    boxed = pyogrio.read_dataframe(source, layer="parcels", bbox=(113.0002, 28.2002, 113.0012, 28.2012))
    assert sorted(boxed["id"]) == ["p0", "p1", "p5", "p6"]
    chosen = pyogrio.read_dataframe(source, layer="findings", where="verdict = 'DENY'")
    assert sorted(chosen["id"]) == ["f1", "f2"]
    queries = [parse_qs(urlsplit(request).query) for request in served.requests]
    assert ["verdict = 'DENY'"] in [query.get("filter") for query in queries]


def test_gdal_asks_for_pages_as_large_as_the_service_allows(served: Served) -> None:
    pyogrio.read_dataframe(f"OAPIF:{served.url}", layer="many_parcels")
    limits = [
        int(query["limit"][0]) for request in served.requests if "limit" in (query := parse_qs(urlsplit(request).query))
    ]
    pages = [request for request in served.requests if "after=" in request]
    assert max(limits) == MAX_LIMIT
    assert len(pages) == MANY // MAX_LIMIT


def test_gdal_translates_a_collection_into_a_file_of_the_same_features(served: Served, tmp_path: object) -> None:
    target = f"{tmp_path}/parcels.geojson"
    subprocess.run(["ogr2ogr", "-f", "GeoJSON", target, f"OAPIF:{served.url}", "many_parcels"], check=True, timeout=120)
    with open(target, encoding="utf-8") as file:  # noqa: PTH123  a path from ogr2ogr
        features = json.load(file)["features"]
    assert len(features) == MANY


@pytest.mark.parametrize("code", [4490, 4548, 4526, 3857])
def test_the_wheels_gdal_finds_the_same_features_in_every_system(served: Served, code: int) -> None:
    """Its bounding box goes out in the system that it reads in, in the order of that system's axes."""
    source, corners = f"OAPIF:{served.url}", (113.0002, 28.2002, 113.0012, 28.2012)
    to_system = pyproj.Transformer.from_crs(4326 if code == 3857 else 4490, code, always_xy=True)
    box = to_system.transform_bounds(*corners)
    frame = pyogrio.read_dataframe(source, layer="parcels", CRS=f"EPSG:{code}", bbox=box)
    assert sorted(frame["id"]) == ["p0", "p1", "p5", "p6"]
    assert frame.crs.to_epsg() == code
    expected = shapely.box(113.0, 28.2, 113.002, 28.202)
    west, south, east, north = to_system.transform_bounds(*expected.bounds)
    assert frame.total_bounds == pytest.approx([west, south, east, north], rel=1e-6)
    queries = [parse_qs(urlsplit(request).query) for request in served.requests]
    uri = f"http://www.opengis.net/def/crs/EPSG/0/{code}"
    assert any(query.get("bbox-crs") == [uri] and query.get("crs") == [uri] for query in queries)
