"""What a format cannot hold is shortened, cut or refused, and always told; a file is whole or not there."""

import tracemalloc
import zipfile

import geopandas as gpd
import numpy as np
import pyogrio
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.errors import CRSRefusedError
from gis.formats.shapefile_encoding import EncodingUnknownError
from gis.formats.writing import FORMATS, FieldType, OutputBatch, OutputField, WriteRefusedError, write_features
from gis.formats.writing.fitting import fit_text, shorten_names

SQUARE = shapely.box(113, 28, 113.01, 28.01)
NAME = [OutputField("name")]


def one(value="a", geometry=SQUARE):
    return [OutputBatch(np.array([geometry], dtype=object), {"name": [value]})]


def test_long_field_names_of_a_shapefile_stay_apart_and_are_reported(tmp_path):
    names = ["area_registered_m2", "area_registered_ha", "name"]
    batch = OutputBatch(np.array([SQUARE]), {name: ["1"] for name in names})

    report = write_features(
        tmp_path / "a.shp", [batch], driver="shp", crs="EPSG:4490", fields=[OutputField(name) for name in names]
    )

    assert report.renamed == {"area_registered_m2": "area_regis", "area_registered_ha": "area_reg_1"}
    assert list(pyogrio.read_info(tmp_path / "a.shp")["fields"]) == ["area_regis", "area_reg_1", "name"]
    assert report.is_complete


@pytest.mark.parametrize(("encoding", "kept"), [("GBK", 127), ("UTF-8", 84)])
def test_long_text_of_a_shapefile_is_cut_between_characters_and_counted(tmp_path, encoding, kept):
    path = tmp_path / "a.shp"

    report = write_features(path, one("地" * 200), driver="shp", crs="EPSG:4490", fields=NAME, encoding=encoding)

    assert (report.truncated, report.is_complete) == ({"name": 1}, False)
    assert pyogrio.read_dataframe(path)["name"][0] == "地" * kept
    assert path.with_suffix(".cpg").read_text() == encoding


def test_characters_that_an_encoding_lacks_are_counted(tmp_path):
    report = write_features(tmp_path / "a.shp", one("𠮷地"), driver="shp", crs="EPSG:4490", fields=NAME, encoding="GBK")

    assert report.replaced == {"name": 1}
    assert pyogrio.read_dataframe(tmp_path / "a.shp")["name"][0] == "?地"


def test_zipped_shapefile_holds_all_parts(tmp_path):
    path = tmp_path / "宗地.zip"

    write_features(path, one("地块"), driver="shz", crs="EPSG:4526", fields=NAME, encoding="GBK", layer="宗地")

    assert sorted(zipfile.ZipFile(path).namelist()) == ["宗地.cpg", "宗地.dbf", "宗地.prj", "宗地.shp", "宗地.shx"]
    assert [found.name for found in tmp_path.iterdir()] == ["宗地.zip"]
    assert pyogrio.read_dataframe(path)["name"][0] == "地块"


def test_layer_of_mixed_kinds_takes_points_and_polygons(tmp_path):
    shapes = np.array([shapely.Point(113, 28), SQUARE])
    batch = OutputBatch(shapes, {"name": ["a", "b"]})

    write_features(
        tmp_path / "a.gpkg",
        [batch],
        driver="GPKG",
        crs="EPSG:4490",
        fields=NAME,
        geometry_type="Unknown",
        layer="faults",
    )
    frame = pyogrio.read_dataframe(tmp_path / "a.gpkg", layer="faults")

    assert list(frame.geom_type) == ["Point", "Polygon"]


@pytest.mark.parametrize("name", ["geom", "fid", "bbox"])
@pytest.mark.parametrize("driver", ["gpkg", "fgb", "parquet"])
def test_field_may_be_called_as_what_the_format_adds(tmp_path, name, driver):
    path = tmp_path / f"a.{driver}"
    batch = OutputBatch(np.array([SQUARE]), {name: ["x"]})

    write_features(path, [batch], driver=driver, crs="EPSG:4490", fields=[OutputField(name)])
    frame = gpd.read_parquet(path) if driver == "parquet" else pyogrio.read_dataframe(path)

    assert list(frame[name]) == ["x"]
    assert frame.geometry.iloc[0].equals(SQUARE)


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_failure_half_way_leaves_what_was_there(tmp_path, name):
    path = tmp_path / f"a{FORMATS[name].suffix}"
    path.write_bytes(b"before")

    def failing():
        yield from one()
        raise RuntimeError("the database went away")

    crs = "EPSG:4490" if FORMATS[name].is_geographic_only else "EPSG:4526"
    with pytest.raises(RuntimeError, match="went away"):
        write_features(path, failing(), driver=name, crs=crs, fields=NAME)

    assert path.read_bytes() == b"before"
    assert [found.name for found in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_no_features_make_an_empty_file_that_can_be_read(tmp_path, name):
    path = tmp_path / f"a{FORMATS[name].suffix}"

    crs = "EPSG:4490" if FORMATS[name].is_geographic_only else "EPSG:4526"
    report = write_features(path, [], driver=name, crs=crs, fields=NAME)

    assert report.count == 0
    assert path.stat().st_size > 0 or name == "geojsonl"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"driver": "GeoJSON", "crs": "EPSG:4526"}, WriteRefusedError, "RFC 7946"),
        ({"driver": "DWG"}, WriteRefusedError, "no format 'DWG'"),
        ({"driver": "GPKG", "encoding": "GBK"}, WriteRefusedError, "fixes its encoding"),
        ({"driver": "shp", "encoding": "klingon"}, EncodingUnknownError, "klingon"),
        ({"driver": "GPKG", "crs": "EPSG:2362"}, CRSRefusedError, "Xian"),
        ({"driver": "GPKG", "crs": "nonsense"}, CRSRefusedError, "nonsense"),
        ({"driver": "TXT", "crs": "EPSG:4490"}, CRSRefusedError, "3-degree"),
        ({"driver": "GPKG", "fields": [OutputField("name"), OutputField("NAME")]}, WriteRefusedError, "same name"),
    ],
)
def test_what_a_format_cannot_hold_is_refused(tmp_path, arguments, error, message):
    path = tmp_path / ("a.shp" if arguments["driver"] == "shp" else "a.out")

    with pytest.raises(error, match=message):
        write_features(path, one(), **{"crs": "EPSG:4490", "fields": NAME, **arguments})

    assert list(tmp_path.iterdir()) == []


def test_missing_folder_is_told(tmp_path):
    with pytest.raises(WriteRefusedError, match="no folder"):
        write_features(tmp_path / "none" / "a.gpkg", one(), driver="GPKG", crs="EPSG:4490", fields=NAME)


def test_geometry_that_no_cell_holds_is_left_out_and_counted(tmp_path):
    many = shapely.Point(113, 28).buffer(0.01, quad_segs=600)

    report = write_features(tmp_path / "a.xlsx", one(geometry=many), driver="XLSX", crs="EPSG:4490", fields=NAME)

    assert (report.count, report.without_geometry) == (1, 1)


@pytest.mark.parametrize("name", ["gpkg", "shp", "fgb", "parquet", "csv", "geojsonl", "xlsx"])
def test_hundred_thousand_features_are_written_batch_by_batch(tmp_path, name):
    rows, size = 100_000, 5_000
    lon = 113 + np.arange(size) % 100 * 1e-4
    lat = 28 + np.arange(size) // 100 * 1e-4
    squares = shapely.box(lon, lat, lon + 1e-4, lat + 1e-4)
    fields = [OutputField("name"), OutputField("area", FieldType.NUMBER)]
    alive = []

    def stream():
        for start in range(0, rows, size):
            alive.append(start)
            columns = {"name": [f"地块{start + row}" for row in range(size)], "area": np.arange(size, dtype=float)}
            yield OutputBatch(squares, columns)

    path = tmp_path / f"a{FORMATS[name].suffix}"
    tracemalloc.start()
    report = write_features(path, stream(), driver=name, crs="EPSG:4490", fields=fields)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (report.count, len(alive)) == (rows, rows // size)
    # All the rows at once would take more: 100,000 Python texts, WKB and numbers are above 25 MB.
    assert peak < 15e6


@given(st.lists(st.text(min_size=1, max_size=20), unique=True, max_size=30), st.sampled_from(["GBK", "UTF-8"]))
def test_short_names_fit_and_are_all_different(names, encoding):
    short = shorten_names(names, encoding=encoding)

    assert list(short) == names
    assert len({name.lower() for name in short.values()}) == len(names)
    assert all(len(name.encode(encoding)) <= 10 for name in short.values())


@given(st.text(max_size=100), st.sampled_from(["GBK", "UTF-8"]), st.integers(1, 60))
def test_fitted_text_fits_and_says_what_it_lost(text, encoding, limit):
    fitted, is_cut, is_replaced = fit_text(text, encoding, limit)

    assert len(fitted.encode(encoding)) <= limit
    assert (fitted == text) == (not is_cut and not is_replaced)
