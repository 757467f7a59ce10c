"""A file is what its content says; a name that says something else is refused."""

import zipfile
from pathlib import Path

import pytest

from gis.formats.errors import SourceUnreadableError
from gis.formats.identification import SourceKind, identify

FEATURE = '{"type": "Feature", "properties": {}, "geometry": null}'


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.shp", b"\0\0\x27\x0a" + bytes(96), SourceKind.SHAPEFILE),
        ("a.gpkg", b"SQLite format 3\0" + bytes(84), SourceKind.GEOPACKAGE),
        ("a", b"SQLite format 3\0" + bytes(52) + b"GPKG", SourceKind.GEOPACKAGE),
        ("a.fgb", b"fgb\x03fgb\x00", SourceKind.FLATGEOBUF),
        ("a.parquet", b"PAR1....PAR1", SourceKind.GEOPARQUET),
        ("a.geojson", FEATURE.encode(), SourceKind.GEOJSON),
        ("a.json", b'\xef\xbb\xbf{\n"type": "FeatureCollection"}', SourceKind.GEOJSON),
        ("a.geojson", f"{FEATURE}\n{FEATURE}\n".encode(), SourceKind.GEOJSON_SEQUENCE),
        ("a.geojsons", f"\x1e{FEATURE}\n".encode(), SourceKind.GEOJSON_SEQUENCE),
        ("a.kml", b'<?xml version="1.0"?>\n<kml xmlns="x">', SourceKind.KML),
        ("a.dxf", b"999\nmade by hand\n  0\r\nSECTION\r\n", SourceKind.DXF),
        ("a.txt", "[属性描述]\n".encode("gbk"), SourceKind.BOUNDARY_POINTS),
        ("a.txt", "\ufeff[地块坐标]\n".encode(), SourceKind.BOUNDARY_POINTS),
        ("a.csv", b"a,b\n1,2\n", SourceKind.CSV),
        ("a.csv", "\ufeffa,b\n1,2\n".encode("utf-16-le"), SourceKind.CSV),
    ],
)
def test_a_kind_is_told_from_the_content(tmp_path: Path, name: str, content: bytes, kind: SourceKind):
    path = tmp_path / name
    path.write_bytes(content)
    assert identify(path) is kind


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.gpkg", b"", "a.gpkg is empty"),
        ("a.csv", b" \n\0\n ", "a.csv is empty"),
        (
            "a.gpkg",
            FEATURE.encode(),
            "a.gpkg is named .gpkg, but its content is GeoJSON; if that is meant, rename it to .geojson",
        ),
        ("a.shp", b"PAR1....", "named .shp, but its content is Parquet"),
        ("a.rar", b"Rar!\x1a\x07", "pack the delivery as .zip"),
        ("a.zip", b"7z\xbc\xaf\x27\x1c", "pack the delivery as .zip"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("a.mdb", b"\0\1\0\0Standard Jet DB", "export it as a file geodatabase"),
        ("a.dwg", b"AC1032", "save it as an ASCII DXF file"),
        ("a.dxf", b"AutoCAD Binary DXF\r\n", "save it as an ASCII DXF file"),
        ("a.db", b"SQLite format 3\0" + bytes(84), "no GeoPackage"),
        ("a.vrt", b"<OGRVRTDataSource><OGRVRTLayer/>", "XML document of another kind (OGRVRTDataSource)"),
        ("a.kml", b"<OGRVRTDataSource/>", "XML document of another kind (OGRVRTDataSource)"),
        ("a.gml", b"<gml:FeatureCollection/>", "XML document of another kind (gml:FeatureCollection)"),
        ("a.bin", bytes(range(1, 200)), "of no format that is read"),
        ("a.csv", b"a,b\0\n", "of no format that is read"),
    ],
)
def test_what_is_not_read_is_refused_with_what_to_do(tmp_path: Path, name: str, content: bytes, message: str):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceUnreadableError) as caught:
        identify(path)
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("name", "entries", "kind"),
    [
        ("a.zip", ["a.shp"], SourceKind.ZIP),
        ("a.kmz", ["doc.kml"], SourceKind.KMZ),
        ("a.xlsx", ["[Content_Types].xml", "xl/workbook.xml"], SourceKind.XLSX),
    ],
)
def test_archives_are_told_from_workbooks(tmp_path: Path, name: str, entries: list[str], kind: SourceKind):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w") as archive:
        for entry in entries:
            archive.writestr(entry, b"x")
    assert identify(path) is kind


def test_a_document_of_office_is_no_workbook(tmp_path: Path):
    path = tmp_path / "a.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", b"x")
    with pytest.raises(SourceUnreadableError, match="no workbook"):
        identify(path)
