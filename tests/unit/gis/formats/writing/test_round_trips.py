"""What is written in each format comes back: read by GeoPandas, and by the tools of another GDAL."""

import csv
import json
import shutil
import subprocess
from datetime import date

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely

from gis.crs import project_geometries, to_geographic
from gis.formats.boundary_points import read_boundary_points
from gis.formats.writing import FieldType, OutputBatch, OutputField, write_features
from gis.formats.writing.projecting import output_crs

FIELDS = [
    OutputField("feature_id"),
    OutputField("name"),
    OutputField("area_registered_m2", FieldType.NUMBER),
    OutputField("layer_version_id", FieldType.INTEGER),
    OutputField("as_of", FieldType.DATE),
    OutputField("attributes", FieldType.JSON),
]
HOLED = shapely.box(113, 28, 113.01, 28.01).difference(shapely.box(113.002, 28.002, 113.003, 28.003))
TWO = shapely.MultiPolygon([shapely.box(113.02, 28, 113.03, 28.01), shapely.box(113.04, 28, 113.05, 28.01)])
GEOMETRIES = np.array([HOLED, TWO, None], dtype=object)
COLUMNS = {
    "feature_id": ["a", "b", "c"],
    "name": ["一号地块", None, "=1+1"],
    "area_registered_m2": [1.5, 2.25, None],
    "layer_version_id": [7, 2**40, None],
    "as_of": [date(2026, 1, 2), None, None],
    "attributes": [{"地类": "0601"}, None, {}],
}
LAYER_FORMATS = [("gpkg", "a.gpkg"), ("shp", "a.shp"), ("fgb", "a.fgb"), ("parquet", "a.parquet")]
OGRINFO = shutil.which("ogrinfo")


def batches():
    """Give two batches, as a stream does: once."""
    for part in (slice(0, 2), slice(2, 3)):
        yield OutputBatch(GEOMETRIES[part], {name: values[part] for name, values in COLUMNS.items()})


def read_back(path, name):
    frame = gpd.read_parquet(path) if name == "parquet" else pyogrio.read_dataframe(path)
    return frame.set_index("feature_id" if "feature_id" in frame else frame.columns[0]).sort_index()


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4326", "EPSG:4547", "EPSG:4526", "EPSG:3857", "EPSG:32649"])
@pytest.mark.parametrize(("name", "file"), LAYER_FORMATS)
def test_layer_formats_keep_places_in_every_system(tmp_path, name, file, crs):
    path = tmp_path / file

    report = write_features(path, batches(), driver=name, crs=crs, fields=FIELDS)
    frame = read_back(path, name)

    assert frame.crs == output_crs(crs)
    # An index of boxes has no place for a feature without one.
    kept, left_out = (2, 1) if name == "fgb" else (3, 0)
    assert (report.count, report.left_out, len(frame)) == (kept, left_out, kept)
    assert report.without_geometry == (0 if name == "fgb" else 1)
    assert frame.geometry.isna().sum() == report.without_geometry
    back = to_geographic(frame.geometry.to_numpy(), frame.crs)
    for written, found in zip(GEOMETRIES[:2], back[:2], strict=True):
        assert shapely.hausdorff_distance(written, found) < 1e-9
        assert found.area == pytest.approx(written.area, rel=1e-6)


@pytest.mark.parametrize(("name", "file"), LAYER_FORMATS)
def test_layer_formats_keep_values(tmp_path, name, file):
    path = tmp_path / file

    write_features(path, batches(), driver=name, crs="EPSG:4526", fields=FIELDS)
    rows = read_back(path, name).drop(columns="geometry").astype(object).to_numpy()

    assert rows[0, 0] == "一号地块"
    assert list(rows[:2, 1]) == [1.5, 2.25]
    assert list(rows[:2, 2]) == [7, 2**40]
    assert str(rows[0, 3])[:10] == "2026-01-02"
    assert json.loads(rows[0, 4]) == {"地类": "0601"}


@pytest.mark.parametrize("crs", ["EPSG:4526", "EPSG:4490"])
@pytest.mark.parametrize("file", ["a.gpkg", "a.shp", "a.fgb", "a.geojson"])
def test_another_gdal_sees_eastings_first_in_the_same_place(tmp_path, file, crs):
    assert OGRINFO is not None
    if file == "a.geojson":
        crs = "EPSG:4490"
    path = tmp_path / file
    write_features(path, batches(), driver=path.suffix[1:], crs=crs, fields=FIELDS)

    shown = subprocess.run([OGRINFO, "-so", "-al", path], capture_output=True, text=True, check=True).stdout

    extent = next(line for line in shown.splitlines() if line.startswith("Extent:"))
    west, south = (float(part) for part in extent.split("(")[1].split(")")[0].split(","))
    expected = shapely.Point(113, 28) if crs == "EPSG:4490" else placed(shapely.Point(113, 28), crs)
    # The western edge of a box leans in the projection.
    assert (west, south) == pytest.approx((expected.x, expected.y), abs=1e-8 if crs == "EPSG:4490" else 60)
    assert f"Feature Count: {2 if file == 'a.fgb' else 3}" in shown


def placed(point, crs):
    return project_geometries([point], output_crs(crs))[0]


def test_geojson_is_rfc_7946(tmp_path):
    path = tmp_path / "a.geojson"

    report = write_features(path, batches(), driver="GeoJSON", crs="EPSG:4490", fields=FIELDS)
    document = json.loads(path.read_text())

    assert "crs" not in document
    assert [feature["properties"]["feature_id"] for feature in document["features"]] == ["a", "b", "c"]
    assert document["features"][0]["geometry"]["coordinates"][0][0][0][0] in {113, 113.01}
    assert document["features"][2]["geometry"] is None
    shell = shapely.geometry.shape(document["features"][0]["geometry"]).geoms[0].exterior
    assert shell.is_ccw
    assert report.is_complete


def test_newline_geojson_has_one_feature_a_line(tmp_path):
    path = tmp_path / "a.geojsonl"

    write_features(path, batches(), driver="geojsonl", crs="EPSG:4326", fields=FIELDS)
    features = [json.loads(line) for line in path.read_text().splitlines()]

    assert [feature["properties"]["name"] for feature in features] == ["一号地块", None, "=1+1"]


def test_geoparquet_names_version_system_types_and_boxes(tmp_path):
    path = tmp_path / "a.parquet"
    write_features(path, batches(), driver="Parquet", crs="EPSG:4526", fields=FIELDS)

    file = pq.ParquetFile(path)
    column = json.loads(file.metadata.metadata[b"geo"])["columns"]["geometry"]

    assert file.metadata.num_row_groups == 2
    assert column["crs"]["id"] == {"authority": "EPSG", "code": 4526}
    assert column["geometry_types"] == ["MultiPolygon", "Polygon"]
    assert column["covering"]["bbox"]["xmin"] == ["bbox", "xmin"]
    assert column["bbox"] == pytest.approx(gpd.read_parquet(path).total_bounds.tolist())
    assert json.loads(file.metadata.metadata[b"geo"])["version"] == "1.1.0"


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8-sig", "utf-8-sig"), ("GBK", "gbk"), (None, "utf-8-sig")])
def test_csv_has_the_geometry_as_text(tmp_path, encoding, shown):
    path = tmp_path / "a.csv"

    report = write_features(path, batches(), driver="CSV", crs="EPSG:4526", fields=FIELDS, encoding=encoding)
    with path.open(encoding=shown, newline="") as stream:
        rows = list(csv.DictReader(stream))

    assert (rows[0]["name"], rows[0]["attributes"], rows[2]["wkt"]) == ("一号地块", '{"地类": "0601"}', "")
    expected = project_geometries([HOLED], output_crs("EPSG:4526"))[0]
    assert shapely.equals_exact(shapely.from_wkt(rows[0]["wkt"]), expected, 1e-4)
    assert (report.count, report.is_complete) == (3, True)


def test_workbook_keeps_types_and_takes_no_text_for_a_formula(tmp_path):
    path = tmp_path / "a.xlsx"

    write_features(path, batches(), driver="XLSX", crs="EPSG:4490", fields=FIELDS, layer="宗地/2026")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))

    assert sheet.title == "宗地_2026"
    assert rows[0] == (*(item.name for item in FIELDS), "wkt")
    assert rows[1][1:4] == ("一号地块", 1.5, 7)
    assert rows[1][4].date() == date(2026, 1, 2)
    assert (rows[3][1], sheet.cell(4, 2).data_type) == ("=1+1", "s")
    assert shapely.equals_exact(shapely.from_wkt(rows[1][6]), HOLED, 1e-9)


def test_boundary_points_come_back_with_their_areas(tmp_path):
    path = tmp_path / "a.txt"

    report = write_features(path, batches(), driver="TXT", crs="EPSG:4526", fields=FIELDS)
    read = read_boundary_points(path)

    assert (read.faults, read.encoding, read.crs.to_epsg()) == ((), "GB18030", 4526)
    assert [(plot.number, plot.name) for plot in read.plots] == [("a", "一号地块"), ("b", "")]
    expected = project_geometries(GEOMETRIES[:2], output_crs("EPSG:4526"))
    for plot, shape in zip(read.plots, expected, strict=True):
        assert shapely.hausdorff_distance(plot.geometry, shape) < 0.001
    assert (report.count, report.left_out) == (2, 1)
    assert report.omitted_fields == ["area_registered_m2", "layer_version_id", "as_of", "attributes"]
