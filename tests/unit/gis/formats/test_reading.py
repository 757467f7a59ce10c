"""Files are described and read in a stream; what cannot be read is said."""

import sqlite3
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from gis.formats.reading import (
    SourceLayerError,
    SourceUnreadableError,
    file_sha256,
    iter_features,
    list_source_layers,
    open_source,
    read_bounds,
    read_overview,
    unreadable_reason,
)


@pytest.fixture
def two_layers(tmp_path: Path) -> Path:
    path = tmp_path / "plans.gpkg"
    squares = [shapely.box(i, 0, i + 1, 1) for i in range(25)]
    frame = gpd.GeoDataFrame({"code": range(25)}, geometry=squares, crs="EPSG:4547")
    frame.to_file(path, layer="a")
    frame.iloc[:2].to_file(path, layer="b")
    return path


def test_features_come_in_their_order_and_rows_count_from_one(two_layers: Path):
    batches = list(iter_features(open_source(two_layers, layer="a"), batch_size=10))
    assert [(batch.first_row, len(batch)) for batch in batches] == [(1, 10), (11, 10), (21, 5)]
    assert [row["code"] for batch in batches for row in batch.attributes] == list(range(25))
    assert batches[2].geometries[0].equals(shapely.box(20, 0, 21, 1))


def test_a_file_with_several_layers_wants_one_named(two_layers: Path):
    with pytest.raises(SourceLayerError, match="2 layers; name one of a, b"):
        open_source(two_layers)
    with pytest.raises(SourceLayerError, match="no layer 'c'"):
        open_source(two_layers, layer="c")
    source = open_source(two_layers, layer="b")
    assert (source.feature_count, source.fields, source.crs.to_epsg()) == (2, ("code",), 4547)


def test_one_column_can_be_read_alone(two_layers: Path):
    assert list(read_overview(open_source(two_layers, layer="b"), ["code"]).columns["code"]) == [0, 1]


def test_what_is_no_layer_is_refused(tmp_path: Path):
    broken = tmp_path / "broken.gpkg"
    broken.write_bytes(b"not a database")
    with pytest.raises(SourceUnreadableError, match=r"broken\.gpkg"):
        open_source(broken)
    with pytest.raises(SourceUnreadableError, match="no file"):
        open_source(tmp_path / "missing.shp")


def test_missing_geometry_stays_a_row(tmp_path: Path):
    path = tmp_path / "holes.gpkg"
    gpd.GeoDataFrame({"n": [1, 2]}, geometry=[None, shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(path)
    (batch,) = iter_features(open_source(path))
    assert batch.wkb[0] is None
    assert batch.geometries[0] is None
    assert [row["n"] for row in batch.attributes] == [1, 2]


def test_a_curved_polygon_spoils_no_other_row(curved: Path):
    (batch,) = iter_features(open_source(curved))
    assert shapely.is_missing(batch.geometries).tolist() == [True, False, True]
    assert batch.geometries[1].area == 0.5
    assert [unreadable_reason(batch.wkb[row]) for row in (0, 2)] == ["curved geometry"] * 2
    assert [row["n"] for row in batch.attributes] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wkb", "reason"),
    [
        (bytes.fromhex("000000000A"), "curved geometry"),
        (bytes.fromhex("01F4030000"), "curved geometry"),
        (bytes.fromhex("010A000080"), "curved geometry"),
        (bytes.fromhex("0103000000"), "unreadable geometry"),
        (b"", "unreadable geometry"),
    ],
)
def test_why_a_geometry_is_unreadable_is_told_from_its_type(wkb: bytes, reason: str):
    assert unreadable_reason(wkb) == reason


def test_a_table_without_geometry_is_refused_by_its_name(two_layers: Path):
    pyogrio.write_dataframe(pd.DataFrame({"code": [1]}), two_layers, layer="owners", driver="GPKG")
    with pytest.raises(SourceLayerError, match=r"'owners' of plans\.gpkg is a table without geometry"):
        open_source(two_layers, layer="owners")


@pytest.mark.parametrize("name", ["a.geojson", "a.fgb", "a.gpkg"])
def test_an_attribute_may_be_called_like_the_geometry(tmp_path: Path, name: str):
    path = tmp_path / name
    gpd.GeoDataFrame({"wkb_geometry": ["text"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(path)
    (batch,) = iter_features(open_source(path))
    assert batch.attributes == [{"wkb_geometry": "text"}]
    assert batch.geometries[0].area == 1.0


def test_the_digest_of_a_shapefile_covers_all_its_parts(tmp_path: Path):
    path = tmp_path / "a.shp"
    gpd.GeoDataFrame({"n": ["x"]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(path)
    before = file_sha256(path)
    assert len(before) == 64
    table = path.with_suffix(".dbf")
    table.write_bytes(table.read_bytes().replace(b"x", b"y"))
    assert file_sha256(path) != before


def test_the_layers_of_a_file_are_listed_tables_too(two_layers: Path):
    pyogrio.write_dataframe(pd.DataFrame({"code": [1]}), two_layers, layer="owners", driver="GPKG")
    assert [(layer.name, layer.geometry_type) for layer in list_source_layers(two_layers)] == [
        ("a", "Polygon"),
        ("b", "Polygon"),
        ("owners", None),
    ]


def test_bounds_come_for_every_row_and_are_unknown_where_there_is_no_geometry(tmp_path: Path):
    path = tmp_path / "a.gpkg"
    geometries = [shapely.box(1, 2, 3, 4), None, shapely.box(5, 6, 7, 9)]
    gpd.GeoDataFrame({"n": [1, 2, 3]}, geometry=geometries, crs="EPSG:4490").to_file(path)
    bounds = read_bounds(open_source(path))
    assert bounds.shape == (3, 4)
    assert bounds[[0, 2]].tolist() == [[1, 2, 3, 4], [5, 6, 7, 9]]
    assert np.isnan(bounds[1]).all()


def test_an_empty_layer_has_no_features_and_no_bounds(tmp_path: Path):
    path = tmp_path / "empty.gpkg"
    gpd.GeoDataFrame({"n": []}, geometry=[], crs="EPSG:4490").to_file(path, geometry_type="Polygon")
    source = open_source(path)
    assert list(iter_features(source)) == []
    assert read_bounds(source).shape == (0, 4)


def test_reading_may_stop_before_the_end(two_layers: Path):
    source = open_source(two_layers, layer="a")
    features = iter_features(source, batch_size=5)
    assert next(features).first_row == 1
    features.close()
    assert len(read_overview(source, ["code"]).columns["code"]) == 25


def test_a_path_with_characters_of_addresses_is_only_a_path(tmp_path: Path):
    path = tmp_path / "a!b?c;d=#1 100%.gpkg"
    gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(tmp_path / "a.gpkg")
    (tmp_path / "a.gpkg").rename(path)
    assert list(read_overview(open_source(path), ["n"]).columns["n"]) == [1]


def test_a_coded_value_is_read_as_its_code(tmp_path: Path):
    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"kind": [2, 1]}, geometry=[shapely.box(0, 0, 1, 1)] * 2, crs="EPSG:4490").to_file(path)
    with closing(sqlite3.connect(path)) as database, database:
        database.executescript(
            """
            CREATE TABLE gpkg_data_columns (table_name TEXT, column_name TEXT, name TEXT, title TEXT, description TEXT,
                mime_type TEXT, constraint_name TEXT);
            CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT, constraint_type TEXT, value TEXT, min NUMERIC,
                min_is_inclusive BOOLEAN, max NUMERIC, max_is_inclusive BOOLEAN, description TEXT);
            INSERT INTO gpkg_extensions VALUES ('gpkg_data_columns', NULL, 'gpkg_schema', 'x', 'read-write');
            INSERT INTO gpkg_data_columns VALUES ('a', 'kind', NULL, NULL, NULL, NULL, 'kinds');
            INSERT INTO gpkg_data_column_constraints VALUES ('kinds', 'enum', '1', NULL, NULL, NULL, NULL, 'house'),
                ('kinds', 'enum', '2', NULL, NULL, NULL, NULL, 'field');
            """
        )
    assert list(read_overview(open_source(path), ["kind"]).columns["kind"]) == [2, 1]
