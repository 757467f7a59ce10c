"""Every format comes back as it was written, and a broken file of it says so."""

import shutil
import subprocess
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from gis.formats.reading import (
    SourceLayerError,
    SourceUnreadableError,
    iter_features,
    list_source_layers,
    open_source,
)

# Name of the file, driver that writes it, whether it is written in degrees, and the name it is reported under.
WRITTEN = [
    ("a.shp", "ESRI Shapefile", False, "ESRI Shapefile"),
    ("a.gpkg", "GPKG", False, "GPKG"),
    ("a.gdb", "OpenFileGDB", False, "OpenFileGDB"),
    ("a.geojson", "GeoJSON", True, "GeoJSON"),
    ("a.json", "GeoJSON", True, "GeoJSON"),
    ("a.geojsonl", "GeoJSONSeq", True, "GeoJSONSeq"),
    ("a.fgb", "FlatGeobuf", False, "FlatGeobuf"),
    ("a.kml", "LIBKML", True, "KML"),
    ("a.kmz", "LIBKML", True, "KML"),
]


def write(frame: gpd.GeoDataFrame, path: Path, driver: str, degrees: bool) -> gpd.GeoDataFrame:
    written = frame.to_crs("EPSG:4326") if degrees else frame
    options = {"encoding": "UTF-8"} if driver == "ESRI Shapefile" else {}
    if driver == "OpenFileGDB":
        options = {"TARGET_ARCGIS_VERSION": "ARCGIS_PRO_3_2_OR_LATER"}
    written.to_file(path, driver=driver, **options)
    return written


def read(path: Path, **options) -> tuple[np.ndarray, list[dict]]:
    with open_source(path, **options) as source:
        batches = list(iter_features(source))
    return np.concatenate([batch.geometries for batch in batches]), [
        row for batch in batches for row in batch.attributes
    ]


def in_order(geometries: np.ndarray, attributes: list[dict]) -> tuple[np.ndarray, list[dict]]:
    """Sort by name: FlatGeobuf is written in the order of its index."""
    order = sorted(range(len(attributes)), key=lambda row: str(attributes[row]["名称"]))
    return geometries[order], [attributes[row] for row in order]


def require_same(found: np.ndarray, wanted: gpd.GeoDataFrame, tolerance: float) -> None:
    assert len(found) == len(wanted)
    difference = shapely.area(shapely.symmetric_difference(found, wanted.geometry.to_numpy()))
    assert (difference <= tolerance * shapely.area(wanted.geometry.to_numpy())).all()


@pytest.mark.parametrize(("name", "driver", "degrees", "reported"), WRITTEN)
def test_features_come_back_as_they_were_written(tmp_path, make_parcels, name, driver, degrees, reported):
    path = tmp_path / name
    wanted = write(make_parcels(), path, driver, degrees)
    source = open_source(path)
    assert source.driver == reported
    assert source.crs.to_epsg() == (4326 if degrees else 4547)
    assert source.feature_count in {3, -1}
    geometries, attributes = in_order(*read(path))
    # GeoJSON is written with seven decimals of a degree, a centimetre; the squares are 100 m wide.
    require_same(geometries, wanted, 1e-3)
    assert [row["名称"] for row in attributes] == wanted["名称"].tolist()
    assert [int(row["code"]) for row in attributes] == wanted["code"].tolist()
    assert {"名称", "code"} <= set(source.fields)


@pytest.mark.parametrize(
    ("name", "driver", "options", "degrees"),
    [
        ("b.shp", "ESRI Shapefile", ["-lco", "ENCODING=GBK"], False),
        ("b.gpkg", "GPKG", [], False),
        ("b.gdb", "OpenFileGDB", [], False),
        ("b.geojson", "GeoJSON", ["-t_srs", "EPSG:4326"], True),
        ("b.geojsons", "GeoJSONSeq", ["-t_srs", "EPSG:4326", "-lco", "RS=YES"], True),
        ("b.fgb", "FlatGeobuf", [], False),
        ("b.kml", "KML", ["-t_srs", "EPSG:4326"], True),
        ("b.csv", "CSV", ["-lco", "GEOMETRY=AS_WKT"], False),
    ],
)
def test_what_the_tool_of_gdal_writes_is_read(tmp_path, make_parcels, name, driver, options, degrees):
    start = tmp_path / "a.gpkg"
    wanted = write(make_parcels(), start, "GPKG", False)
    subprocess.run(["ogr2ogr", "-f", driver, *options, tmp_path / name, start], check=True, timeout=60)
    geometries, attributes = in_order(*read(tmp_path / name))
    require_same(geometries, wanted.to_crs("EPSG:4326") if degrees else wanted, 1e-3)
    assert [str(row["名称"]) for row in attributes] == wanted["名称"].tolist()


@pytest.mark.parametrize(("name", "driver", "degrees", "reported"), [row for row in WRITTEN if row[0] != "a.gdb"])
def test_a_file_that_is_cut_off_is_refused_with_its_name(tmp_path, make_parcels, name, driver, degrees, reported):
    path = tmp_path / name
    write(make_parcels(2_000), path, driver, degrees)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * 0.7)])
    with pytest.raises(SourceUnreadableError, match=name):
        read(path)


@pytest.mark.parametrize("part", [".shx", ".dbf"])
def test_a_part_of_a_shapefile_that_is_cut_off_is_refused(tmp_path, make_parcels, part):
    path = tmp_path / "a.shp"
    write(make_parcels(100), path, "ESRI Shapefile", False)
    content = path.with_suffix(part).read_bytes()
    path.with_suffix(part).write_bytes(content[: len(content) // 2])
    with pytest.raises(SourceUnreadableError, match=rf"a\{part} .* cut off"):
        open_source(path)


def test_a_geodatabase_without_its_catalogue_is_refused(tmp_path, make_parcels):
    path = tmp_path / "a.gdb"
    write(make_parcels(), path, "OpenFileGDB", False)
    for part in path.glob("a00000001*"):
        part.unlink()
    with pytest.raises(SourceUnreadableError, match=r"a\.gdb"):
        read(path)


def test_a_geopackage_that_is_broken_in_its_middle_is_not_taken_for_a_shorter_one(tmp_path, make_parcels):
    path = tmp_path / "a.gpkg"
    write(make_parcels(5_000), path, "GPKG", False)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 20_000] = b"\xff" * 20_000
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError, match=r"a\.gpkg cannot be read to its end"):
        read(path)


def test_a_line_that_is_no_document_does_not_vanish_from_a_sequence(tmp_path, make_parcels):
    path = tmp_path / "a.geojsonl"
    write(make_parcels(4), path, "GeoJSONSeq", True)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([lines[0], lines[1][:-10], *lines[2:]]), encoding="utf-8")
    with pytest.raises(SourceUnreadableError, match="it has 4 features, and 3 could be read"):
        read(path)


def test_text_that_is_not_utf_8_is_refused_where_the_format_wants_it(tmp_path, make_parcels):
    path = tmp_path / "a.geojson"
    write(make_parcels(), path, "GeoJSON", True)
    path.write_bytes(path.read_text(encoding="utf-8").encode("gbk"))
    with pytest.raises(SourceUnreadableError, match=r"a\.geojson is not UTF-8"):
        read(path)


def test_a_geojson_that_names_its_own_system_keeps_it(tmp_path, make_parcels):
    path = tmp_path / "a.geojson"
    make_parcels().to_file(path, driver="GeoJSON")
    assert open_source(path).crs.to_epsg() == 4547


def test_deleted_rows_of_a_shapefile_are_no_features(tmp_path, make_parcels):
    path = tmp_path / "a.shp"
    write(make_parcels(), path, "ESRI Shapefile", False)
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    header, row = int.from_bytes(table[8:10], "little"), int.from_bytes(table[10:12], "little")
    table[header + row] = ord("*")
    path.with_suffix(".dbf").write_bytes(table)
    assert [row["名称"] for row in read(path)[1]] == ["地块0", "地块2"]


@pytest.mark.parametrize("suffixes", [(".SHP", ".DBF", ".SHX", ".PRJ"), (".shp", ".Dbf", ".SHX", ".Prj")])
def test_a_shapefile_may_be_written_in_any_case(tmp_path, make_parcels, suffixes):
    wanted = write(make_parcels(), tmp_path / "a.shp", "ESRI Shapefile", False)
    folder = tmp_path / "delivery"
    folder.mkdir()
    for number, suffix in enumerate(suffixes):
        stem = "A" if number == 1 else "a"
        shutil.copy((tmp_path / "a.shp").with_suffix(suffix.lower()), folder / f"{stem}{suffix}")
    path = folder / f"a{suffixes[0]}"
    geometries, attributes = read(path)
    require_same(geometries, wanted, 1e-9)
    assert [row["名称"] for row in attributes] == wanted["名称"].tolist()
    assert open_source(path).crs.to_epsg() == 4547
    with zipfile.ZipFile(tmp_path / "delivery.zip", "w") as archive:
        for part in folder.iterdir():
            archive.write(part, part.name)
    assert len(read(tmp_path / "delivery.zip")[0]) == 3


def test_parts_that_do_not_belong_together_are_refused(tmp_path, make_parcels):
    write(make_parcels(3), tmp_path / "a.shp", "ESRI Shapefile", False)
    write(make_parcels(5), tmp_path / "b.shp", "ESRI Shapefile", False)
    shutil.copy(tmp_path / "b.dbf", tmp_path / "a.dbf")
    with pytest.raises(SourceUnreadableError, match=r"a\.shp has 3 features and a\.dbf has 5 rows"):
        open_source(tmp_path / "a.shp")


def test_a_shapefile_without_its_index_names_what_is_missing(tmp_path, make_parcels):
    write(make_parcels(), tmp_path / "a.shp", "ESRI Shapefile", False)
    (tmp_path / "a.shx").unlink()
    with pytest.raises(SourceUnreadableError, match=r"no \.shx file beside it; deliver all parts"):
        open_source(tmp_path / "a.shp")
    with pytest.raises(SourceUnreadableError, match=r"a\.dbf is a part of a shapefile; name its \.shp"):
        open_source(tmp_path / "a.dbf")


KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>地块</name>
<Placemark><name>一号</name><ExtendedData><Data name="DKBH"><value>DK-01</value></Data></ExtendedData>
<Polygon><outerBoundaryIs><LinearRing><coordinates>113,28,0 113.001,28,0 113.001,28.001,0 113,28,0</coordinates></LinearRing>
</outerBoundaryIs></Polygon></Placemark></Folder></Document></kml>"""


def test_extended_data_of_placemarks_are_fields(tmp_path):
    path = tmp_path / "a.kml"
    path.write_text(KML, encoding="utf-8")
    geometries, attributes = read(path)
    assert open_source(path).layer == "地块"
    assert (attributes[0]["Name"], attributes[0]["DKBH"]) == ("一号", "DK-01")
    assert shapely.bounds(geometries[0]).tolist() == [113, 28, 113.001, 28.001]
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(path, "doc.kml")
    assert read(tmp_path / "a.kmz")[1] == attributes


def polyline(layer: str, places: list[tuple[int, int]], closed: bool) -> str:
    pairs = [("0", "LWPOLYLINE"), ("8", layer), ("90", str(len(places))), ("70", "1" if closed else "0")]
    pairs += [pair for x, y in places for pair in (("10", str(x)), ("20", str(y)))]
    return "".join(f"{code}\n{value}\n" for code, value in pairs)


def test_closed_polylines_of_a_drawing_are_polygons_and_open_ones_are_not_lost(tmp_path):
    path = tmp_path / "a.dxf"
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    text = "0\nTEXT\n8\nNAMES\n10\n5\n20\n5\n40\n1\n1\nDK-01\n"
    entities = polyline("PARCEL", square, True) + polyline("AXIS", square[:3], False) + text
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n", encoding="ascii")
    source = open_source(path)
    assert (source.driver, source.crs) == ("DXF", None)
    geometries, attributes = read(path)
    assert [geometry.geom_type for geometry in geometries] == ["Polygon", "LineString", "Point"]
    assert geometries[0].area == 100
    assert [row["Layer"] for row in attributes] == ["PARCEL", "AXIS", "NAMES"]
    assert attributes[2]["Text"] == "DK-01"


def test_a_line_of_a_drawing_that_ends_where_it_begins_is_a_polygon(tmp_path):
    path = tmp_path / "a.dxf"
    square = [(0, 0), (10, 0), (10, 10), (0, 10)]
    entities = polyline("PARCEL", [*square, square[0]], False) + polyline("AXIS", [*square, (0, 1)], False)
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n", encoding="ascii")
    geometries, _ = read(path)
    assert [geometry.geom_type for geometry in geometries] == ["Polygon", "LineString"]
    assert geometries[0].area == 100


@pytest.mark.parametrize(("encoding", "page"), [("gbk", "ANSI_936"), ("big5", "ANSI_950")])
def test_the_texts_of_a_drawing_are_in_its_code_page_or_the_one_that_is_named(tmp_path, encoding, page):
    path = tmp_path / "a.dxf"
    header = f"0\nSECTION\n2\nHEADER\n9\n$ACADVER\n1\nAC1015\n9\n$DWGCODEPAGE\n3\n{page}\n0\nENDSEC\n"
    entities = polyline("一區", [(0, 0), (10, 0), (10, 10)], True)
    body = f"0\nSECTION\n2\nENTITIES\n{entities}0\nENDSEC\n0\nEOF\n"
    path.write_bytes((header + body).encode(encoding))
    assert read(path)[1][0]["Layer"] == "一區"
    path.write_bytes((header.replace(page, "ANSI_1252") + body).encode(encoding))
    assert read(path, encoding=encoding)[1][0]["Layer"] == "一區"


def test_a_drawing_that_is_cut_off_is_refused(tmp_path):
    path = tmp_path / "a.dxf"
    path.write_text(f"0\nSECTION\n2\nENTITIES\n{polyline('A', [(0, 0), (1, 0), (1, 1)], True)}", encoding="ascii")
    with pytest.raises(SourceUnreadableError, match=r"a\.dxf"):
        read(path)


def test_several_layers_of_an_archive_are_listed_and_read_by_name(tmp_path, make_parcels):
    for folder in ("north", "south"):
        (tmp_path / folder).mkdir()
        write(make_parcels(), tmp_path / folder / "parcels.shp", "ESRI Shapefile", False)
    write(make_parcels(5), tmp_path / "plan.gpkg", "GPKG", False)
    (tmp_path / "read me.txt").write_text("nothing of use", encoding="ascii")
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for part in sorted(tmp_path.rglob("*")):
            if part.is_file() and part != archive:
                file.write(part, part.relative_to(tmp_path))
    assert {layer.name for layer in list_source_layers(archive)} == {"north/parcels", "south/parcels", "plan"}
    assert len(read(archive, layer="plan")[0]) == 5
    assert len(read(archive, layer="south/parcels")[0]) == 3
    with pytest.raises(SourceLayerError, match="3 layers; name one of"):
        open_source(archive)


def test_a_zipped_geodatabase_is_read(tmp_path, make_parcels):
    wanted = write(make_parcels(), tmp_path / "a.gdb", "OpenFileGDB", False)
    archive = Path(shutil.make_archive(str(tmp_path / "a.gdb"), "zip", tmp_path, "a.gdb"))
    require_same(read(archive)[0], wanted, 1e-6)
    assert open_source(archive).driver == "OpenFileGDB"
