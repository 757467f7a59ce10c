"""Every fault of a boundary-point file is named with its line, and hides no other plot."""

import pytest

from gis.crs import require_exact_path
from gis.errors import CRSRefusedError
from gis.formats.boundary_points import BoundaryPointFaultKind as Kind
from gis.formats.boundary_points import read_boundary_points

CASES = [
    # what is replaced, by what, kind, line, found, expected
    ("10,18.9959", "9,18.9959", Kind.POINT_COUNT, 13, "9", "10 points"),
    ("10,18.9959", "ten,18.9959", Kind.POINT_COUNT_UNREADABLE, 13, "ten", "a whole number"),
    ("5,1.9996", "5,2.0200", Kind.AREA_OFF, 24, "2.02", "1.9996 ha"),
    ("5,1.9996", "5,two", Kind.AREA_UNREADABLE, 24, "two", "a number of hectares"),
    ("DK-02", "DK-01", Kind.DUPLICATE_NUMBER, 24, "DK-01", "a number that line 13 does not have"),
    ("测试地块二,面", "测试地块二,体", Kind.PLOT_KIND_UNKNOWN, 24, "体", "面, 线 or 点"),
    ("带号=38", "带号=39", Kind.ZONE_MISMATCH, 14, "38406700.000", "zone 39"),
    ("带号=38", "带号=八", Kind.ZONE_UNREADABLE, 9, "八", "25 to 45"),
    ("计量单位=米", "计量单位=度", Kind.UNIT_NOT_METRE, 8, "度", "米 (metre)"),
    ("几度分带=3", "几度分带=6", Kind.ZONE_WIDTH_NOT_THREE, 6, "6", "3"),
    ("2000国家", "1980西安", Kind.DATUM_NOT_CGCS2000, 5, "1980西安大地坐标系", "2000国家大地坐标系 (CGCS2000)"),
    ("2000国家大地", "地方", Kind.DATUM_UNKNOWN, 5, "地方坐标系", "2000国家大地坐标系 (CGCS2000)"),
    ("精度=0.001", "精度0.001", Kind.HEAD_LINE_UNREADABLE, 10, "精度0.001", "KEY=VALUE"),
    ("[地块坐标]\n", "", Kind.SECTION_MISSING, 12, None, "[地块坐标] before the plots"),
    ("J5,2,3125150.000,38406900.000\n5,", "J5,2,3125151.000,38406900.000\n5,", Kind.CLOSING_DIFFERS, 23,
     "3125151.000,38406900.000", "3125150.000,38406900.000"),
    ("J3,1,3125200.000,38407400.000\n", "", Kind.POINT_COUNT, 24, "5", "4 points"),
    ("J3,1,3125200.000,38407400.000", "J3,1,3125200.000", Kind.POINT_UNREADABLE, 27, "J3,1,3125200.000",
     "point number, ring number, X, Y"),
    ("J3,1,3125200.000,38407400.000", "J3,1,9925200.000,38407400.000", Kind.OUTSIDE_CHINA, 27,
     "9925200.000,38407400.000", "a coordinate in China"),
    ("J3,1,3125200.000,38407400.000", "J3,1,3125200.000,39407400.000", Kind.SEVERAL_CRS, 27, "39407400.000",
     "zone 38 like the other plots"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "kind", "line", "found", "expected"), CASES)
def test_fault_is_named_with_its_line(example, old, new, kind, line, found, expected):
    assert old in example

    read = read_boundary_points(example.replace(old, new, 1).encode())

    named = {(fault.kind, fault.line): fault for fault in read.faults}
    fault = named[kind, line]
    assert fault.expected == expected
    assert found is None or fault.found == found
    assert f"第{line}行" in fault.text_zh
    assert len(read.plots) == 2


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("J3,1,3125200.000,38407400.000", "J3,1,a,b", Kind.POINT_UNREADABLE),
        ("J3,1,3125200.000,38407400.000", "J3,1,9925200.000,38407400.000", Kind.OUTSIDE_CHINA),
        ("J3,1,3125200.000,38407400.000", "J3,1,3125200.000,39407400.000", Kind.SEVERAL_CRS),
    ],
)
def test_plot_with_a_fatal_fault_is_returned_and_the_others_are_read(example, old, new, kind):
    first, second = read_boundary_points(example.replace(old, new).encode()).plots

    assert first.rejection is None
    assert first.geometry.area == 190_000
    assert second.rejection.kind is kind
    assert new in second.lines


def test_header_without_at_is_read_all_the_same(example):
    read = read_boundary_points(example.replace("1001,@", "1001", 1).encode())

    assert [(fault.kind, fault.line) for fault in read.faults] == [(Kind.HEADER_WITHOUT_AT, 13)]
    assert (read.plots[0].code, read.plots[0].geometry.area) == ("1001", 190_000)


def test_ring_of_two_different_points_rejects_its_plot_only(example):
    short = example.replace("J3,1,3125200.000,38407400.000\nJ4,1,3125200.000,38407300.000\n", "")

    read = read_boundary_points(short.replace("5,1.9996", "3,1.9996").encode())

    assert [(fault.kind, fault.line, fault.found) for fault in read.faults] == [(Kind.RING_TOO_SHORT, 25, "2")]
    assert [plot.rejection is None for plot in read.plots] == [True, False]
    assert read.plots[1].geometry is None
    assert len(read.plots[1].points) == 3


def test_boundary_that_crosses_itself_is_named_and_kept_as_it_is(example):
    crossed = example.replace("J3,1,3125200.000,38407400.000\nJ4,1,3125200.000,38407300.000",
                              "J3,1,3125200.000,38407300.000\nJ4,1,3125200.000,38407400.000")  # fmt: skip

    read = read_boundary_points(crossed.encode())

    assert [(fault.kind, fault.line) for fault in read.faults] == [(Kind.SELF_INTERSECTION, 24)]
    assert read.plots[1].rejection is None
    assert not read.plots[1].geometry.is_valid


@pytest.mark.parametrize("prefix", ["38", ""])
def test_swapped_axes_are_put_right_and_told(example, prefix):
    swapped = []
    for line in example.replace(",38", f",{prefix}").splitlines():
        cells = line.split(",")
        swapped.append(",".join([*cells[:2], cells[3], cells[2]]) if line.startswith("J") else line)

    read = read_boundary_points("\n".join(swapped).encode())

    assert [(fault.kind, fault.line) for fault in read.faults] == [(Kind.SWAPPED_AXES, 14), (Kind.SWAPPED_AXES, 25)]
    assert read.plots[0].geometry.bounds == (38406700, 3125000, 38407200, 3125400)


def test_plot_in_another_zone_than_the_others_is_rejected(example):
    third = (
        example
        + "4,1.9996,DK-03,三,面,,,,@\n"
        + "".join(
            f"J{n},1,{3125000 + y},{39407300 + x}\n"
            for n, (x, y) in enumerate([(0, 0), (100, 0), (100, 200), (0, 200)])
        )
    )

    read = read_boundary_points(third.encode())

    assert read.crs.to_epsg() == 4526
    assert [plot.rejection is None for plot in read.plots] == [True, True, False]
    assert (read.plots[2].rejection.kind, read.plots[2].rejection.line) == (Kind.SEVERAL_CRS, 31)


def test_second_head_with_another_zone_is_told(example):
    read = read_boundary_points((example + example.replace("带号=38", "带号=39").replace(",38", ",39")).encode())

    assert (Kind.SEVERAL_CRS, 38) in {(fault.kind, fault.line) for fault in read.faults}
    assert [plot.rejection is None for plot in read.plots] == [True, True, False, False]


def test_unit_that_is_no_metre_rejects_every_plot_with_one_fault(example):
    read = read_boundary_points(example.replace("计量单位=米", "计量单位=公里").encode())

    assert [fault.kind for fault in read.faults] == [Kind.UNIT_NOT_METRE]
    assert {plot.rejection.kind for plot in read.plots} == {Kind.UNIT_NOT_METRE}


def test_eastings_without_any_zone_reject_the_plots(example):
    nameless = example.replace("带号=38\n", "").replace(",38406", ",406").replace(",38407", ",407")

    read = read_boundary_points(nameless.encode())

    assert read.crs is None
    assert [(plot.rejection.kind, plot.geometry) for plot in read.plots] == [(Kind.ZONE_UNKNOWN, None)] * 2


@pytest.mark.parametrize(("datum", "epsg"), [("1980西安坐标系", 2362), ("1954年北京坐标系", 2414)])
def test_older_datum_is_named_as_what_it_is_so_that_it_is_refused(example, datum, epsg):
    read = read_boundary_points(example.replace("2000国家大地坐标系", datum).encode())

    assert read.crs.to_epsg() == epsg
    with pytest.raises(CRSRefusedError):
        require_exact_path(read.crs)


def test_six_degree_zone_is_told_by_its_number(example):
    wide = example.replace("几度分带=3", "几度分带=6").replace("带号=38", "带号=19").replace(",384", ",194")

    read = read_boundary_points(wide.encode())

    assert read.crs.to_epsg() == 4497
    assert [fault.kind for fault in read.faults] == [Kind.ZONE_WIDTH_NOT_THREE]


def test_points_before_any_header_are_kept_in_a_plot_without_one(example):
    headless = "".join(line + "\n" for line in example.splitlines() if not line.startswith("10,"))

    read = read_boundary_points(headless.encode())

    assert (Kind.POINT_WITHOUT_PLOT, 13) in {(fault.kind, fault.line) for fault in read.faults}
    assert [len(plot.points) for plot in read.plots] == [10, 5]


def test_undecodable_bytes_are_told_and_everything_else_is_read(example):
    read = read_boundary_points(example.encode("gbk").replace("地块二".encode("gbk"), b"\xff\xff\xff"))

    assert [(fault.kind, fault.line) for fault in read.faults] == [(Kind.TEXT_ENCODING, 24)]
    assert [plot.geometry.area for plot in read.plots] == [190_000, 20_000]


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"\x00\x01\x02", "[属性描述]\n坐标系=2000国家大地坐标系\n".encode()]
)
def test_file_without_plots_says_so(content):
    read = read_boundary_points(content)

    assert Kind.NO_PLOTS in {fault.kind for fault in read.faults}
    assert read.plots == ()


def test_line_of_an_at_sign_alone_is_a_header_without_fields(example):
    read = read_boundary_points(example.replace("J1,1,", "@\nJ1,1,", 1).encode())

    empty = next(plot for plot in read.plots if plot.line == 14)
    assert {Kind.HEADER_SHORT, Kind.POINT_COUNT_UNREADABLE} <= {fault.kind for fault in empty.faults}
