"""Files that GDAL's own tools write are read whole: ogr2ogr and ogrmerge of another GDAL than the one that reads."""

import json
import subprocess
from pathlib import Path

import pytest
import shapely

from gis.formats.reading import SourceLayerError, open_source

from .foreign_files import GROUND, PARCELS, require_the_parcels, validate

SHAPEFILE = ("-f", "ESRI Shapefile")
DEGREES = ("-t_srs", "EPSG:4326")
# Name of the file: options of ogr2ogr.
FILES = {
    "gbk.shp": (*SHAPEFILE, "-lco", "ENCODING=GBK"),
    "utf8.shp": (*SHAPEFILE, "-lco", "ENCODING=UTF-8"),
    "packed.shz": (*SHAPEFILE, "-lco", "ENCODING=UTF-8"),
    "parcels.gpkg": ("-f", "GPKG"),
    "parcels.gdb": ("-f", "OpenFileGDB"),
    "parcels.fgb": ("-f", "FlatGeobuf"),
    "parcels.kml": ("-f", "LIBKML", *DEGREES),
    "simple.kml": ("-f", "KML", *DEGREES),
    "parcels.kmz": ("-f", "LIBKML", *DEGREES),
    "new.geojson": ("-f", "GeoJSON", "-lco", "RFC7946=YES", "-lco", "COORDINATE_PRECISION=12", *DEGREES),
    "old.geojson": ("-f", "GeoJSON"),
    "parcels.geojsonl": ("-f", "GeoJSONSeq", "-lco", "COORDINATE_PRECISION=12", *DEGREES),
    "separated.geojsons": ("-f", "GeoJSONSeq", "-lco", "RS=YES", "-lco", "COORDINATE_PRECISION=12", *DEGREES),
}
WITHOUT_CRS = {
    "wkt.csv": ("-f", "CSV", "-lco", "GEOMETRY=AS_WKT"),
    "wkt.xlsx": ("-f", "XLSX", "-dialect", "SQLite", "-sql", "select ZDDM, ZL, AsText(geom) as WKT from parcels"),
}
DRAWING = ("-f", "DXF", "-dialect", "SQLite", "-sql", "select ST_ExteriorRing(geom) as geom from parcels")


def run(*command: str | Path) -> str:
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Let ogr2ogr make a GeoPackage of the parcels, from text alone."""
    folder = tmp_path_factory.mktemp("gdal")
    features = [
        {
            "type": "Feature",
            "geometry": json.loads(shapely.to_geojson(ground)),
            "properties": {name: parcel[name] for name in ("ZDDM", "ZL")},
        }
        for parcel, ground in zip(PARCELS, GROUND, strict=True)
    ]
    source = folder / "source.json"
    source.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False), "utf-8")
    run("ogr2ogr", "-f", "GPKG", "-a_srs", "EPSG:4547", "-nln", "parcels", folder / "made.gpkg", source)
    return folder


def convert(made: Path, name: str, options: tuple[str, ...]) -> Path:
    path = made / name
    layer = () if "-sql" in options else ("parcels",)
    run("ogr2ogr", *options, path, made / "made.gpkg", *layer)
    return path


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_ogr2ogr_is_read_whole(made: Path, name: str):
    path = convert(made, name, FILES[name])
    if path.suffix == ".shz":
        path = path.rename(path.with_suffix(".zip"))
    require_the_parcels(path)


@pytest.mark.parametrize("name", WITHOUT_CRS)
def test_a_table_of_ogr2ogr_needs_its_reference_system_named(made: Path, name: str):
    path = convert(made, name, WITHOUT_CRS[name])
    assert "crs_missing" in {fault.kind for fault in validate(path).faults}
    require_the_parcels(path, crs="EPSG:4547")


def test_closed_lines_of_a_drawing_of_ogr2ogr_are_polygons(made: Path):
    report = validate(convert(made, "lines.dxf", DRAWING), crs="EPSG:4547")
    assert (report.read, report.accepted) == (3, 3)


def test_of_merged_files_one_layer_is_chosen_by_its_name(made: Path):
    shapes = convert(made, "gbk_again.shp", FILES["gbk.shp"])
    merged = made / "merged.gpkg"
    run("ogrmerge.py", "-f", "GPKG", "-o", merged, shapes, made / "made.gpkg", "-nln", "{DS_BASENAME}_{LAYER_NAME}")
    with pytest.raises(SourceLayerError, match="gbk_again_gbk_again"):
        open_source(merged)
    require_the_parcels(merged, source_layer="gbk_again_gbk_again")
    require_the_parcels(merged, source_layer="made_parcels")


def test_files_merged_into_one_layer_keep_every_feature(made: Path):
    shapes = convert(made, "one.shp", FILES["utf8.shp"])
    single = made / "single.shp"
    options = ("-single", "-f", "ESRI Shapefile", "-lco", "ENCODING=UTF-8", "-o", single)
    run("ogrmerge.py", *options, shapes, convert(made, "two.shp", FILES["gbk.shp"]))
    report = validate(single)
    # The second three are the first three again.
    assert (report.read, report.accepted, report.count("duplicate")) == (6, 3, 3)
