"""GeoParquet comes back with its system, its types and its rows, and what it does not say is refused by name."""

import json

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from gis.formats.errors import SourceUnreadableError
from gis.formats.geoparquet import describe, list_layers, stream
from gis.formats.identification import SourceKind
from gis.formats.layer_streams import geometry_position
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.reading import iter_features, open_source, read_overview

LIMITS = ReadingLimits()


def member(path) -> SourceMember:
    return SourceMember(SourceKind.GEOPARQUET, str(path), path.name)


def write(path, wkb, column=None, metadata=None, **columns):
    """Write a file with the metadata of one geometry column."""
    geo = {"version": "1.1.0", "primary_column": "shape", "columns": {"shape": {"encoding": "WKB"} | (column or {})}}
    table = pa.table({**columns, "shape": wkb})
    pq.write_table(table.replace_schema_metadata({"geo": metadata or json.dumps(geo)}), path)
    return path


def test_features_come_back_row_group_after_row_group(tmp_path, make_parcels):
    path = tmp_path / "a.parquet"
    wanted = make_parcels(25)
    wanted.to_parquet(path, row_group_size=10, write_covering_bbox=True)
    with open_source(path) as source:
        assert (source.driver, source.layer, source.crs.to_epsg()) == ("Parquet", "a", 4547)
        assert (source.fields, source.geometry_type, source.feature_count) == (("code", "名称"), "Polygon", 25)
        batches = list(iter_features(source, batch_size=10))
        assert [batch.first_row for batch in batches] == [1, 11, 21]
        assert list(read_overview(source, ["名称"]).columns["名称"]) == wanted["名称"].tolist()
    found = np.concatenate([batch.geometries for batch in batches])
    assert shapely.equals(found, wanted.geometry.to_numpy()).all()
    assert [row["code"] for batch in batches for row in batch.attributes] == list(range(25))


@pytest.mark.parametrize(
    ("column", "crs"),
    [({}, "OGC:CRS84"), ({"crs": None}, None), ({"crs": {"type": "GeographicCRS"}}, '{"type": "GeographicCRS"}')],
)
def test_a_system_that_is_left_out_is_crs84_and_only_null_is_unknown(tmp_path, column, crs):
    path = write(tmp_path / "a.parquet", pa.array([b""], pa.binary()), column)
    assert describe(member(path), "a", None, LIMITS).crs_text == crs


def test_the_geometry_may_be_large_binary_and_is_marked(tmp_path):
    point = shapely.to_wkb(shapely.Point(1, 2))
    path = write(tmp_path / "a.parquet", pa.array([point, None], pa.large_binary()), n=[1, 2])
    (batch,) = stream(member(path), "a", None, columns=["n"], with_geometry=True, batch_size=10, limits=LIMITS)
    assert geometry_position(batch.schema) == 1
    assert batch.to_pydict() == {"n": [1, 2], "shape": [point, None]}


@pytest.mark.parametrize(
    ("column", "metadata", "message"),
    [
        ({"encoding": "multipolygon"}, None, "GeoArrow encoding 'multipolygon'"),
        (None, "{", "not GeoParquet's"),
        (None, '{"primary_column": "shape", "columns": {}}', "not GeoParquet's"),
        (None, '{"primary_column": "x", "columns": {"x": {"encoding": "WKB"}}}', "no column 'x' with WKB"),
        (None, '{"primary_column": "n", "columns": {"n": {"encoding": "WKB"}}}', "no column 'n' with WKB"),
    ],
)
def test_metadata_that_cannot_be_followed_is_refused(tmp_path, column, metadata, message):
    path = write(tmp_path / "a.parquet", pa.array([b""], pa.binary()), column, metadata, n=[1])
    with pytest.raises(SourceUnreadableError, match=message):
        list_layers(member(path), LIMITS)


def test_a_file_without_metadata_is_a_table_without_geometry(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"n": [1]}), path)
    assert list_layers(member(path), LIMITS) == [("a", None)]
    with pytest.raises(SourceUnreadableError, match="without the metadata `geo`"):
        describe(member(path), "a", None, LIMITS)
    with pytest.raises(SourceUnreadableError, match="fixes its encoding itself"):
        describe(member(path), "a", "GBK", LIMITS)


def test_a_file_that_is_cut_off_is_refused(tmp_path, make_parcels):
    path = tmp_path / "a.parquet"
    gpd.GeoDataFrame(make_parcels(500)).to_parquet(path)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceUnreadableError, match=r"a\.parquet is a broken or truncated Parquet file"):
        open_source(path)
