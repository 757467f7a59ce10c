"""The fault layer holds every fault that the report kept, where a GIS can show it."""

from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pyogrio
import pytest
import shapely

from gis.formats.reading import iter_features, open_source
from gis.formats.writing import WriteRefusedError
from gis.validation import describe_fault, write_fault_layer


def faults():
    place = shapely.Point(113.08, 28.24)
    return [
        describe_fault("value_missing", source_row=7, feature_id="地块7", field="ZDDM", geometry=place),
        describe_fault(
            "gap",
            found="8",
            geometry=shapely.box(113, 28, 113.1, 28.1),
            width_m=0.25,
            area_m2=12.5,
            values={"area": 12.5, "width": 0.25},
        ),
        describe_fault(
            "overlap",
            found="9",
            geometry=shapely.MultiPolygon([shapely.box(113, 28, 113.1, 28.1)]),
            values={"area": 1, "width": 1},
        ),
        describe_fault("no_features"),
    ]


def test_points_polygons_and_faults_without_a_place_have_a_layer_each(tmp_path: Path):
    path = tmp_path / "问题.gpkg"
    assert write_fault_layer(faults(), path) == {"fault_points": 1, "fault_polygons": 2, "faults_without_place": 1}
    layers = dict(pyogrio.list_layers(path))
    assert layers == {"fault_points": "Point", "fault_polygons": "MultiPolygon", "faults_without_place": None}


def test_what_is_written_can_be_read_again(tmp_path: Path):
    path = tmp_path / "faults.gpkg"
    write_fault_layer(faults(), path)
    points = gpd.read_file(path, layer="fault_points")
    assert points.crs.to_epsg() == 4490
    assert points.geometry[0].equals(shapely.Point(113.08, 28.24))
    row = points.iloc[0]
    assert (row["source_row"], row["feature_id"], row["field"], row["severity"]) == (7, "地块7", "ZDDM", "error")
    assert row["text_zh"] == "必填字段 ZDDM 为空。"
    polygons = gpd.read_file(path, layer="fault_polygons")
    assert polygons[["kind", "width_m", "area_m2"]].values.tolist()[0] == ["gap", 0.25, 12.5]
    assert polygons["source_row"].isna().all()


def test_a_report_without_faults_writes_empty_layers_over_an_older_file(tmp_path: Path):
    path = tmp_path / "faults.gpkg"
    write_fault_layer(faults(), path)
    assert write_fault_layer([], path) == {"fault_points": 0, "fault_polygons": 0, "faults_without_place": 0}
    assert [len(gpd.read_file(path, layer=layer)) for layer in ("fault_points", "fault_polygons")] == [0, 0]


@pytest.mark.parametrize("ending", ["geojson", "geojsonl", "parquet", "csv", "xlsx"])
def test_other_formats_hold_all_faults_as_one_layer(tmp_path: Path, ending: str):
    path = tmp_path / f"faults.{ending}"
    assert write_fault_layer(faults(), path) == {"faults": 4}
    with closing(open_source(path)) as source:
        (batch,) = iter_features(source)
    read = sorted(zip(batch.geometries, batch.attributes, strict=True), key=lambda row: str(row[1]["kind"]))
    assert [row["kind"] for _, row in read] == ["gap", "no_features", "overlap", "value_missing"]
    assert read[0][0] is not None
    assert read[0][0].area == pytest.approx(0.01)
    assert read[1][0] is None
    assert read[3][1]["text_zh"] == "必填字段 ZDDM 为空。"


@pytest.mark.parametrize("ending", ["shp", "txt", "fgb"])
def test_a_format_that_cannot_hold_all_faults_is_refused_with_those_that_can(tmp_path: Path, ending: str):
    path = tmp_path / f"faults.{ending}"
    with pytest.raises(WriteRefusedError, match=r"points and polygons.*\.gpkg, \.geojson"):
        write_fault_layer(faults(), path)
    assert not path.exists()
