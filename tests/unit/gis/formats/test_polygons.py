"""A polygon file is read as a whole: to longitude and latitude, repaired, and what is left out has its reason."""

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from gis.errors import CRSRefusedError
from gis.formats.polygons import read_polygons
from gis.formats.reading import SourceUnreadableError


def test_a_file_comes_repaired_in_longitude_and_latitude_with_its_attributes(tmp_path: Path):
    path = tmp_path / "sites.gpkg"
    x, y = 406700, 3125000
    bowtie = shapely.Polygon([(x, y), (x + 100, y + 100), (x + 100, y), (x, y + 100)])
    geometries = [shapely.box(x, y, x + 100, y + 100), bowtie, None]
    gpd.GeoDataFrame({"n": ["a", "b", "c"]}, geometry=geometries, crs="EPSG:4547").to_file(path)
    file = read_polygons(path)
    assert len(file) == 3
    assert (file.crs.to_epsg(), file.source.layer) == (4547, "sites")
    assert file.report.outcome.tolist() == ["accepted", "repaired", "rejected"]
    assert file.report.reason.tolist() == ["", "self_intersection", "missing"]
    assert [row["n"] for row in file.attributes] == ["a", "b", "c"]
    assert shapely.bounds(file.report.geometries[0]) == pytest.approx([113.05, 28.24, 113.05, 28.24], abs=0.02)


def test_the_crs_named_by_the_caller_goes_before_the_one_of_the_file(tmp_path: Path):
    path = tmp_path / "sites.gpkg"
    gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4547").to_file(path)
    assert read_polygons(path, crs="EPSG:4490").report.area_after_m2.tolist() == [1.0]


def test_a_file_without_crs_and_a_crs_that_is_none_are_refused(tmp_path: Path):
    path = tmp_path / "sites.shp"
    gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(0, 0, 1, 1)], crs="EPSG:4490").to_file(path)
    path.with_suffix(".prj").unlink()
    with pytest.raises(CRSRefusedError, match="does not say its coordinate reference system"):
        read_polygons(path)
    with pytest.raises(CRSRefusedError, match="'EPSG:nonsense' is no coordinate reference system"):
        read_polygons(path, crs="EPSG:nonsense")


def test_a_curved_polygon_is_rejected_as_curved_and_the_others_are_kept(curved: Path):
    report = read_polygons(curved).report
    assert report.outcome.tolist() == ["rejected", "accepted", "rejected"]
    assert report.reason.tolist() == ["curved geometry", "", "curved geometry"]


def test_an_empty_file_has_no_polygons(tmp_path: Path):
    path = tmp_path / "empty.gpkg"
    gpd.GeoDataFrame({"n": []}, geometry=[], crs="EPSG:4490").to_file(path, geometry_type="Polygon")
    assert len(read_polygons(path)) == 0


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(SourceUnreadableError, match="no file"):
        read_polygons(tmp_path / "nothing.gpkg")
