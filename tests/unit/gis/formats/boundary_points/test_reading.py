"""Reading of boundary-point files: what is accepted, and the areas of the worked example."""

from pathlib import Path

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import to_geographic
from gis.formats.boundary_points import PlotKind, read_boundary_points
from gis.measurement import ellipsoidal_area_m2

SAMPLE = Path(__file__).parents[5] / "sample_layers" / "data" / "项目用地.txt"


def area_of(plots):
    return [plot.geometry.area for plot in plots]


def test_example_has_the_areas_of_the_worked_computation(example):
    read = read_boundary_points(example.encode())

    areas = ellipsoidal_area_m2(to_geographic([plot.geometry for plot in read.plots], read.crs))

    assert areas.tolist() == pytest.approx([189959.4162, 19995.7647], abs=1e-3)
    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def test_head_and_headers_are_read(example):
    read = read_boundary_points(example.encode())

    first = read.plots[0]
    assert (read.crs.to_epsg(), read.encoding, read.attribute("数据产生单位")) == (4526, "UTF-8", "示例测绘院")
    assert (first.line, first.number, first.name, first.kind) == (13, "DK-01", "测试地块一", PlotKind.AREA)
    assert (first.declared_area_ha, first.use, first.code, first.map_sheet) == (18.9959, "工业用地", "1001", "")
    assert (len(first.points), len(first.lines), first.rejection) == (10, 11, None)


def test_sample_file_is_read_without_a_fault():
    read = read_boundary_points(SAMPLE)

    assert read.encoding == "GB18030"
    assert [(plot.number, plot.name, plot.declared_area_ha) for plot in read.plots] == [
        ("DK-01", "示例项目一期", 0.5399),
        ("DK-02", "示例项目二期", 0.9598),
    ]
    assert area_of(read.plots) == [100 * 60 - 30 * 20, 120 * 80]
    assert read.faults == ()


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", "\n\n"])
def test_encodings_line_ends_and_blank_lines_make_no_difference(example, encoding, line_end):
    read = read_boundary_points(example.replace("\n", line_end).encode(encoding))

    assert [plot.name for plot in read.plots] == ["测试地块一", "测试地块二"]
    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def test_ring_without_closing_point_is_the_same_ring(example):
    open_text = "\n".join(drop_closings(example.splitlines())).replace("10,18.", "8,18.").replace("5,1.9", "4,1.9")

    read = read_boundary_points(open_text.encode())

    assert len(read.plots[0].points) == 8
    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def drop_closings(lines):
    kept, seen = [], set()
    for line in lines:
        if line.endswith("@"):
            seen = set()
        if line in seen and line.startswith("J"):
            continue
        seen.add(line)
        kept.append(line)
    return kept


@pytest.mark.parametrize("count", [8, 10])
def test_header_may_count_points_with_or_without_closing_ones(example, count):
    read = read_boundary_points(example.replace("10,18.9959", f"{count},18.9959").encode())

    assert read.faults == ()


def test_numbers_may_begin_again_in_every_ring(example):
    restarted = example
    for old, new in (("J5,2", "J1,2"), ("J6,2", "J2,2"), ("J7,2", "J3,2"), ("J8,2", "J4,2")):
        restarted = restarted.replace(old, new)

    read = read_boundary_points(restarted.encode())

    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def test_ring_outside_of_the_first_is_a_part_of_its_own(example):
    moved = example.replace("18.9959", "20.9955")
    for column in ("38406900", "38407000"):
        moved = moved.replace(column, str(int(column) + 1000))

    read = read_boundary_points(moved.encode())

    assert read.plots[0].geometry.geom_type == "MultiPolygon"
    assert area_of(read.plots)[0] == 210_000
    assert read.faults == ()


def test_hole_that_comes_before_its_shell_is_a_hole(example):
    swapped = example.replace(",1,", ",9,", 5).replace(",2,", ",1,").replace(",9,", ",2,")

    assert area_of(read_boundary_points(swapped.encode()).plots)[0] == 190_000


def test_island_in_a_hole_is_a_part_of_its_own():
    squares = [(0, 900), (100, 700), (200, 500), (5000, 100)]
    geometry = read_boundary_points(squares_text(squares)).plots[0].geometry

    assert geometry.area == 900**2 - 700**2 + 500**2 + 100**2
    assert [len(part.interiors) for part in geometry.geoms] == [1, 0, 0]


def squares_text(squares):
    points = []
    for ring, (start, side) in enumerate(squares, start=1):
        corners = [(start, start), (start + side, start), (start + side, start + side), (start, start + side)]
        points += [f"J{n},{ring},{3125000 + y},{38406700 + x}" for n, (x, y) in enumerate(corners, start=1)]
    head = "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n"
    return (head + f"{len(points)},,DK-01,,面,,,,@\n" + "\n".join(points)).encode()


def test_hole_that_touches_its_shell_stays_a_hole():
    head = "[属性描述]\n坐标系=2000国家大地坐标系\n带号=38\n[地块坐标]\n7,0.0090,DK,,面,,,,@\n"
    shell = [(0, 0), (10, 0), (10, 10), (0, 10)]
    hole = [(0, 0), (5, 2), (2, 5)]
    rows = [
        f"J{n},{ring},{3125000 + y},{38406700 + x}"
        for ring, places in ((1, shell), (2, hole))
        for n, (x, y) in enumerate(places)
    ]

    plot = read_boundary_points((head + "\n".join(rows)).encode()).plots[0]

    assert plot.geometry.area == 100 - 10.5
    assert shapely.is_valid(plot.geometry)


def test_rings_under_one_number_are_parted_where_one_closes(example):
    read = read_boundary_points(example.replace(",2,3125", ",1,3125").encode())

    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def test_eastings_without_zone_number_take_the_stated_zone(example):
    read = read_boundary_points(example.replace(",38406", ",406").replace(",38407", ",407").encode())

    assert read.crs.to_epsg() == 4526
    assert read.plots[0].geometry.bounds == (38406700, 3125000, 38407200, 3125400)
    assert read.faults == ()


def test_zone_of_the_coordinates_serves_where_the_head_states_none(example):
    read = read_boundary_points(example.replace("带号=38", "带号=").encode())

    assert (read.crs.to_epsg(), read.faults) == (4526, ())


@pytest.mark.parametrize(
    "section", ["[项目信息]\n项目名称=示例\n项目名称=再次\n[地块坐标]", "[扩展信息]\n任意内容\n[地块坐标]"]
)
def test_further_sections_and_repeated_keys_are_kept(example, section):
    read = read_boundary_points(example.replace("[地块坐标]", section).encode())

    assert [item.section for item in read.attributes][-1] in {"项目信息", "扩展信息"}
    assert area_of(read.plots) == [190_000, 20_000]
    assert read.faults == ()


def test_name_with_a_comma_stays_whole(example):
    read = read_boundary_points(example.replace("测试地块一", "一期,东侧").encode())

    assert (read.plots[0].name, read.plots[0].use, read.plots[0].code) == ("一期,东侧", "工业用地", "1001")


def test_further_header_fields_and_levels_are_kept(example):
    read = read_boundary_points(example.replace("工业用地,1001,@", "地下,1001,甲,,乙,@", 1).encode())

    plot = read.plots[0]
    assert (plot.level, plot.use, plot.extra) == ("地下", "", ("甲", "", "乙"))


def test_version_without_land_use_code_is_read(example):
    read = read_boundary_points(example.replace("1.01版本", "1.00").replace("工业用地,1001,@", "工业用地,@").encode())

    assert [(plot.use, plot.code) for plot in read.plots] == [("工业用地", ""), ("工业用地", "")]
    assert read.faults == ()


@pytest.mark.parametrize(("kind", "expected"), [("线", "MultiLineString"), ("点", "MultiPoint")])
def test_lines_and_points_are_read_as_such(example, kind, expected):
    read = read_boundary_points(example.replace(",面,", f",{kind},").encode())

    assert read.plots[0].geometry.geom_type == expected
    assert read.faults == ()


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_mutated_text_is_always_answered(data):
    content = bytearray(EXAMPLE_BYTES)
    for _ in range(data.draw(st.integers(1, 8))):
        place = data.draw(st.integers(0, len(content) - 1))
        length = data.draw(st.integers(0, 12))
        content[place : place + length] = data.draw(
            st.one_of(
                st.binary(max_size=6), st.sampled_from([b",", b"\n", b"@", b"=", b"[", b"-", b"9999999", b"\n,@\n"])
            )
        )

    read = read_boundary_points(bytes(content))

    assert all(fault.text_zh and fault.text_en and fault.line >= 1 for fault in read.faults)
    assert sum(len(plot.points) for plot in read.plots) + len(read.faults) > 0


EXAMPLE_BYTES = SAMPLE.read_bytes()


@given(st.text(alphabet="0123456789,@J.-[]=面带号38\n", max_size=300))
def test_any_text_is_answered(text):
    read = read_boundary_points(text.encode())

    assert read.faults
