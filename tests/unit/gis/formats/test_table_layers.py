"""Tables with WKT or with corner points become features; what cannot is kept as it was written."""

import tracemalloc
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest
import shapely

from gis.formats.errors import SourceLimitError, SourceUnreadableError
from gis.formats.grids import Grid, find_tables
from gis.formats.identification import SourceKind
from gis.formats.layer_streams import geometry_position
from gis.formats.limits import ReadingLimits
from gis.formats.members import SourceMember
from gis.formats.reading import SourceLayerError, iter_features, open_source
from gis.formats.table_headers import CornerLayout, WktLayout, find_layout
from gis.formats.table_layers import describe, list_layers, stream

LIMITS = ReadingLimits()


def member(path: Path) -> SourceMember:
    kind = SourceKind.XLSX if path.suffix == ".xlsx" else SourceKind.CSV
    return SourceMember(kind, str(path), path.name)


def rows_of(path: Path, layer: str | None = None) -> tuple[list, list[dict]]:
    """Read without the reading process: geometries (or the bytes that are none) and attributes."""
    name = layer or path.stem
    batches = list(stream(member(path), name, None, columns=None, with_geometry=True, batch_size=2, limits=LIMITS))
    geometries, attributes = [], []
    for batch in batches:
        position = geometry_position(batch.schema)
        for row in batch.to_pylist():
            wkb = row.pop(batch.schema.names[position])
            geometry = None if wkb is None else shapely.from_wkb(wkb, on_invalid="ignore")
            geometries.append(wkb if geometry is None else geometry)
            attributes.append(row)
    return geometries, attributes


def test_a_column_of_wkt_makes_features_and_what_is_no_geometry_stays_as_text(tmp_path):
    path = tmp_path / "plots.csv"
    path.write_bytes(
        '名称,图形\n甲,"POLYGON ((0 0, 2 0, 2 2, 0 0))"\n乙,"POLYGON ((0 0"\n丙,\n丁,"CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))"\n'.encode(
            "gbk"
        )
    )
    geometries, attributes = rows_of(path)
    assert geometries[0].area == 2
    assert geometries[1:] == [b"POLYGON ((0 0", None, b"CURVEPOLYGON (CIRCULARSTRING (0 0, 1 1, 2 0, 1 -1, 0 0))"]
    assert [row["名称"] for row in attributes] == ["甲", "乙", "丙", "丁"]
    found = describe(member(path), "plots", None, LIMITS)
    assert (found.encoding, found.encoding_source, found.fields, found.feature_count) == (
        "gb18030",
        "content",
        ("名称",),
        4,
    )


def test_the_system_in_front_of_wkt_is_that_of_the_layer_and_two_are_refused(tmp_path):
    path = tmp_path / "plots.csv"
    path.write_text('n,geom\n1,"SRID=4547;POINT (1 2)"\n2,"SRID=4547;POINT (3 4)"\n', encoding="utf-8")
    assert describe(member(path), "plots", None, LIMITS).crs_text == "EPSG:4547"
    other = tmp_path / "others.csv"
    other.write_text('n,geom\n1,"SRID=4547;POINT (1 2)"\n2,"SRID=4490;POINT (3 4)"\n', encoding="utf-8")
    with pytest.raises(SourceUnreadableError, match="SRID 4490, 4547"):
        describe(member(other), "others", None, LIMITS)


def test_semicolons_divide_a_table_although_corners_have_commas(tmp_path):
    path = tmp_path / "plots.csv"
    path.write_text("n;geom\n1;POLYGON ((0 0, 2 0, 2 2, 0 0))\n", encoding="utf-8")
    geometries, attributes = rows_of(path)
    assert (geometries[0].area, attributes) == (2, [{"n": "1"}])


def test_a_wkt_cell_may_be_as_long_as_a_geometry(tmp_path):
    path = tmp_path / "plots.csv"
    circle = shapely.Point(0, 0).buffer(1, quad_segs=5_000)
    path.write_text(f'n,geom\n1,"{circle.wkt}"\n', encoding="utf-8")
    assert path.stat().st_size > 500_000
    assert shapely.get_num_coordinates(rows_of(path)[0][0]) == 20_001


def corner_rows(northing: float, easting: float, size: float) -> list[tuple[float, float]]:
    return [
        (northing, easting),
        (northing, easting + size),
        (northing + size, easting + size),
        (northing + size, easting),
    ]


def test_corner_points_become_plots_with_holes_and_parts_by_containment(tmp_path):
    path = tmp_path / "corners.xlsx"
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "界址点"
    sheet.append(["某开发区地块界址点成果表"])
    sheet.append(["地块编号", "圈号", "点号", "X坐标(米)", "Y坐标(米)", "用途"])
    rings = [(3_125_000, 38_406_700, 500), (3_125_100, 38_406_800, 100), (3_126_000, 38_406_700, 10)]
    for ring, place in enumerate(rings, start=1):
        for number, corner in enumerate(corner_rows(*place), start=1):
            sheet.append(["DK-01" if number == 1 else None, ring, f"J{number}", *corner, "工业用地"])
    sheet.append([None] * 6)
    sheet.append(["DK-02", 1, "J1", "三百", 38_406_700, "住宅"])
    sheet.append(["DK-03", 1, "J1", 3_125_000, 38_406_700, "住宅"])
    book.create_sheet("说明").append(["x"])
    book.save(path)
    assert list_layers(member(path), LIMITS) == [("界址点", "Polygon"), ("说明", None)]
    geometries, attributes = rows_of(path, "界址点")
    # By hand: 500² with a hole of 100², and a part of 10².
    assert geometries[0].area == 500**2 - 100**2 + 10**2
    assert shapely.bounds(geometries[0]).tolist() == [38_406_700, 3_125_000, 38_407_200, 3_126_010]
    assert geometries[1] == "row 16: found '三百', '38406700', expected two coordinates".encode()
    assert geometries[2].geom_type == "Point"
    assert [(row["地块编号"], row["用途"]) for row in attributes] == [
        ("DK-01", "工业用地"),
        ("DK-02", "住宅"),
        ("DK-03", "住宅"),
    ]
    assert attributes[0]["点号"] == "; ".join(["J1", "J2", "J3", "J4"] * 3)
    assert "northing and easting" in describe(member(path), "界址点", None, LIMITS).notes[0]


@pytest.mark.parametrize(
    ("header", "corner", "place"),
    [
        ("plot,x,y", "544000,258000", (544_000, 258_000)),
        ("plot,x,y", "406700,3125000", (406_700, 3_125_000)),
        ("plot,x,y", "3125000,406700", (406_700, 3_125_000)),
        ("plot,x,y", "28.5,113.2", (113.2, 28.5)),
        ("plot,x,y", "113.2,28.5", (113.2, 28.5)),
        ("宗地代码,纵坐标X(m),横坐标Y（m）", "5,7", (7, 5)),
        ("宗地代码,东坐标,北坐标", "5,7", (5, 7)),
        ("parcel_code,lat,lon", "5,7", (7, 5)),
    ],
)
def test_which_column_is_the_northing_is_told_by_its_name_or_else_its_values(tmp_path, header, corner, place):
    path = tmp_path / "corners.csv"
    path.write_text(f"{header}\nA,{corner}\n", encoding="utf-8")
    (point,), _ = rows_of(path)
    assert (point.x, point.y) == place


def test_two_columns_of_one_meaning_are_refused_and_wkt_goes_before_corners():
    twice = Grid([["plot", "x", "y", "ring", "圈号"], ["A", 1, 2, 1, 1]])
    with pytest.raises(SourceUnreadableError, match="'ring' and '圈号' say the same"):
        find_layout("a.csv", twice)
    both = Grid([["plot", "x", "y", "shape"], ["A", 1, 2, "POINT (1 2)"]])
    assert find_layout("a.csv", both) == WktLayout(0, 3)
    corners = Grid([["plot", "x", "y"], ["A", 1, 2]])
    assert find_layout("a.csv", corners) == CornerLayout(0, 0, None, 1, 2, None)
    assert find_layout("a.csv", Grid([["POINT (1 2)"]])) is None


def test_cells_of_a_workbook_keep_their_types(tmp_path):
    path = tmp_path / "plots.xlsx"
    book = openpyxl.Workbook()
    book.active.title = "plots"
    for row in (["n", "share", "mixed", "wkt"], [1, 0.5, 7, "POINT (1 2)"], [2, 1, "x", "POINT (3 4)"]):
        book.active.append(row)
    book.save(path)
    assert rows_of(path)[1] == [{"n": 1, "share": 0.5, "mixed": "7"}, {"n": 2, "share": 1.0, "mixed": "x"}]


def test_a_table_without_geometry_says_what_was_looked_for(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(SourceLayerError, match="neither a column with WKT nor columns with the plot"):
        open_source(path)


def test_a_table_is_read_through_the_reading_process_in_a_named_encoding(tmp_path):
    path = tmp_path / "plots.csv"
    path.write_bytes("名稱,wkt\n甲,POINT (1 2)\n".encode("big5"))
    with open_source(path, encoding="big5") as source:
        assert (source.encoding, source.encoding_source) == ("big5", "given")
        (batch,) = iter_features(source)
    assert batch.attributes == [{"名稱": "甲"}]
    assert (batch.geometries[0].x, batch.geometries[0].y) == (1, 2)


def test_a_column_has_the_type_of_all_its_cells_wherever_the_batches_end(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["WKT", "number", "day", "mixed", "large"])
    for row in range(6):
        last = row == 5
        sheet.append(
            [
                f"POINT ({row} 1)",
                2.5 if last else row,
                date(2024, 3, 1 + row),
                "five" if last else row,
                2**63 if last else row,
            ]
        )
    # A note far to the right, in the last row only.
    sheet.cell(7, 8).value = "远"
    path = tmp_path / "typed.xlsx"
    book.save(path)
    batches = list(stream(member(path), "Sheet", None, columns=None, with_geometry=False, batch_size=4, limits=LIMITS))
    assert [batch.num_rows for batch in batches] == [4, 2]
    assert batches[0].schema == batches[1].schema
    assert dict(zip(batches[0].schema.names, map(str, batches[0].schema.types), strict=True)) == {
        "number": "double",
        "day": "date32[day]",
        "mixed": "string",
        "large": "double",
        "column 6": "string",
        "column 7": "string",
        "column 8": "string",
    }
    assert batches[0]["mixed"].to_pylist() == ["0", "1", "2", "3"]
    assert batches[1]["column 8"].to_pylist() == [None, "远"]
    assert describe(member(path), "Sheet", None, LIMITS).feature_count == 6


def test_a_table_is_never_held_as_a_whole(tmp_path):
    path = tmp_path / "long.csv"
    wkt = '"POLYGON ((' + ", ".join(f"{corner} 1" for corner in range(100)) + ', 0 1))"'
    path.write_text("name,WKT\n" + "".join(f"{row},{wkt}\n" for row in range(20_000)))
    tracemalloc.start()
    try:
        rows = sum(
            batch.num_rows
            for batch in stream(
                member(path), "long", None, columns=["name"], with_geometry=False, batch_size=500, limits=LIMITS
            )
        )
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert rows == 20_000
    assert peak < path.stat().st_size / 4


def _write_corners(path: Path, plots: int) -> None:
    corners = [(0, 0), (5, 0), (5, 5), (0, 5)] * 6
    with path.open("w") as file:
        file.write("plot,owner of the land,x,y\n")
        for plot in range(plots):
            file.writelines(f"{plot},a long name of whoever owns plot {plot},{x},{y}\n" for x, y in corners)


def test_corners_of_many_plots_are_held_without_what_their_rows_repeat(tmp_path):
    few, path = tmp_path / "few.csv", tmp_path / "corners.csv"
    _write_corners(few, 1)
    _write_corners(path, 500)
    # What a first call imports and keeps for good is not of the corners.
    describe(member(few), "few", None, LIMITS)
    tracemalloc.start()
    try:
        found = describe(member(path), "corners", None, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found.feature_count, found.fields) == (500, ("plot", "owner of the land"))
    # A tuple of four places and 16 bytes of coordinates for each of 12,000 corners are some 200 bytes; the text of its
    # owner beside each would be 90 more.
    assert peak < 12_000 * 240


@pytest.mark.parametrize(("rows", "most"), [(3, 3), (4, 3)])
def test_rows_are_read_up_to_the_limit_and_no_further(tmp_path, rows, most):
    path = tmp_path / "rows.csv"
    path.write_text("name,WKT\n" + "".join(f"{row},POINT (1 1)\n" for row in range(rows)) + ",\n\n")
    limits = ReadingLimits(features=most)
    if rows <= most:
        assert describe(member(path), "rows", None, limits).feature_count == rows
        return
    with pytest.raises(SourceLimitError, match="more than 3 features"):
        describe(member(path), "rows", None, limits)


def test_a_workbook_whose_sheet_is_cut_off_is_refused_in_words(tmp_path):
    book = openpyxl.Workbook()
    for row in (["WKT"], *([f"POINT ({number} 1)"] for number in range(200))):
        book.active.append(row)
    whole, cut = tmp_path / "whole.xlsx", tmp_path / "cut.xlsx"
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(cut, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            target.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    with pytest.raises(SourceUnreadableError, match=r"cut\.xlsx: the sheet 'Sheet' cannot be read .* deliver it again"):
        describe(member(cut), "Sheet", None, LIMITS)


def test_an_unclosed_quote_late_in_a_table_is_told(tmp_path):
    path = tmp_path / "quote.csv"
    path.write_text("name,WKT\n" + "a,POINT (1 1)\n" * 100 + 'b,"POINT (1 1)\n')
    with pytest.raises(SourceUnreadableError, match="deliver it again"):
        describe(member(path), "quote", None, LIMITS)


def test_text_that_stops_being_of_an_encoding_far_down_is_read_in_the_other(tmp_path):
    path = tmp_path / "late.csv"
    # Two megabytes of ASCII, which both encodings have, and then a name in GBK.
    path.write_bytes(b"name,WKT\n" + b"abcdefgh,POINT (1 1)\n" * 100_000 + "甲方,POINT (1 1)\n".encode("gbk"))
    table = find_tables(path)[0]
    assert table.encoding == "gb18030"
    assert list(table.iterate())[-1][0] == "甲方"


def test_a_sheet_that_says_it_is_as_large_as_can_be_costs_what_its_cells_do(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["name", "WKT"])
    book.active.append(["a", "POINT (1 1)"])
    book.active["A300000"] = "b"
    path = tmp_path / "far.xlsx"
    book.save(path)
    large = tmp_path / "large.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(large, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'ref="A1:B300000"', b'ref="A1:XFD1048576"'))
    geometries, attributes = rows_of(large, "Sheet")
    assert (len(geometries), attributes) == (2, [{"name": "a"}, {"name": "b"}])


def test_a_row_that_is_too_wide_is_refused_before_the_others_are_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["name", "WKT"])
    book.active.append(["a", "POINT (1 1)"])
    book.active["XFD3"] = "b"
    path = tmp_path / "wide.xlsx"
    book.save(path)
    with pytest.raises(SourceLimitError, match="16384 columns; at most 2000"):
        describe(member(path), "Sheet", None, LIMITS)
