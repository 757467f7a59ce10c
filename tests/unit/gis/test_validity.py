"""Faults by kind and place, repair with a report, duplicates."""

import math
import struct

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.validity import FaultKind, RepairOutcome, find_duplicate_geometries, inspect_geometries, repair_geometries

SQUARE = shapely.box(0, 0, 4, 4)

# Name, WKT, the kinds of fault, area after repair (None: rejected).
CASES = [
    ("square", "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0))", [], 16),
    ("square with a hole", "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (1 1, 2 1, 2 2, 1 2, 1 1))", [], 15),
    ("hole touching the shell", "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (0 0, 2 1, 1 2, 0 0))", [], 14.5),
    ("bowtie", "POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))", ["self_intersection"], 2),
    ("ring that touches itself", "POLYGON ((0 0, 4 0, 4 4, 2 0, 0 4, 0 0))", ["ring_self_intersection"], 8),
    ("spike", "POLYGON ((0 0, 2 0, 2 2, 1 2, 1 4, 1 2, 0 2, 0 0))", ["self_intersection", "spike"], 4),
    ("spike along an edge", "POLYGON ((0 0, 4 0, 2 0, 2 2, 0 2, 0 0))", ["self_intersection", "spike"], 4),
    ("repeated points", "POLYGON ((0 0, 0 0, 1 0, 1 1, 1 1, 1 1, 0 1, 0 0))", ["repeated_point"], 1),
    ("hole outside", "POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0), (5 5, 6 5, 6 6, 5 5))", ["hole_outside_shell"], 1.5),
    (
        "hole across the shell",
        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (3 3, 5 3, 5 3.5, 3 3.5, 3 3))",
        ["self_intersection"],
        15.5,
    ),
    (
        "nested holes",
        "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 8 1, 8 8, 1 8, 1 1), (2 2, 3 2, 3 3, 2 2))",
        ["nested_holes"],
        32,
    ),
    (
        "the same hole twice",
        "POLYGON ((0 0, 9 0, 9 9, 0 9, 0 0), (1 1, 8 1, 8 8, 1 8, 1 1), (1 1, 8 1, 8 8, 1 8, 1 1))",
        ["self_intersection"],
        32,
    ),
    ("nested shells", "MULTIPOLYGON (((0 0, 9 0, 9 9, 0 9, 0 0)), ((1 1, 2 1, 2 2, 1 2, 1 1)))", ["nested_shells"], 81),
    (
        "overlapping parts",
        "MULTIPOLYGON (((0 0, 2 0, 2 2, 0 2, 0 0)), ((1 1, 3 1, 3 3, 1 3, 1 1)))",
        ["self_intersection"],
        7,
    ),
    (
        "the same part twice",
        "MULTIPOLYGON (((0 0, 2 0, 2 2, 0 2, 0 0)), ((0 0, 2 0, 2 2, 0 2, 0 0)))",
        ["self_intersection"],
        4,
    ),
    (
        "parts with a common edge",
        "MULTIPOLYGON (((0 0, 2 0, 2 2, 0 2, 0 0)), ((2 0, 4 0, 4 2, 2 2, 2 0)))",
        ["self_intersection"],
        8,
    ),
    (
        "overlapping polygons of a collection",
        "GEOMETRYCOLLECTION (POLYGON ((0 0, 2 0, 2 2, 0 2, 0 0)), POLYGON ((1 1, 3 1, 3 3, 1 3, 1 1)))",
        ["self_intersection"],
        7,
    ),
    (
        "hole that cuts in two",
        "POLYGON ((0 0, 4 0, 4 4, 0 4, 0 0), (2 0, 3 2, 2 4, 1 2, 2 0))",
        ["interior_disconnected"],
        12,
    ),
    (
        "polygon beside a line",
        "GEOMETRYCOLLECTION (POLYGON ((0 0, 1 0, 1 1, 0 1, 0 0)), LINESTRING (0 0, 5 5))",
        ["mixed_dimensions"],
        1,
    ),
    (
        "part that is one point",
        "MULTIPOLYGON (((1 1, 1 1, 1 1, 1 1)), ((0 0, 1 0, 1 1, 0 0)))",
        ["repeated_point", "too_few_points"],
        0.5,
    ),
    ("flat triangle", "POLYGON ((0 0, 1 0, 2 0, 0 0))", ["self_intersection", "spike"], None),
    ("point", "POINT (1 1)", ["not_polygonal"], None),
    ("line", "LINESTRING (0 0, 1 1)", ["not_polygonal"], None),
    ("empty", "POLYGON EMPTY", ["empty"], None),
]


@pytest.mark.parametrize(("wkt", "kinds"), [case[1:3] for case in CASES], ids=[case[0] for case in CASES])
def test_every_kind_of_fault_is_named(wkt, kinds):
    faults = inspect_geometries([SQUARE, shapely.from_wkt(wkt)], ids=["fine", "faulty"])
    assert sorted(set(faults["kind"])) == kinds
    assert set(faults["id"]) <= {"faulty"}


@pytest.mark.parametrize(("wkt", "kinds", "area"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_every_kind_of_fault_is_repaired_or_refused_by_name(wkt, kinds, area):
    report = repair_geometries([shapely.from_wkt(wkt)])
    repaired = report.geometries[0]
    if area is None:
        assert repaired is None
        assert report.outcome[0] == RepairOutcome.REJECTED
        assert report.reason[0] != ""
        assert report.area_after_m2[0] == 0
    else:
        assert report.outcome[0] == (RepairOutcome.REPAIRED if kinds else RepairOutcome.ACCEPTED)
        assert repaired.geom_type == "MultiPolygon"
        assert repaired.is_valid
        assert report.area_after_m2[0] == pytest.approx(area)
        assert set(report.reason[0].split(", ")) == (set(kinds) or {""})


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_coordinate_that_is_not_finite_is_refused(value):
    broken = bytearray(shapely.to_wkb(SQUARE))
    broken[29:37] = struct.pack("<d", value)
    with np.errstate(invalid="ignore"):
        geometry = shapely.from_wkb(bytes(broken))
    assert inspect_geometries([geometry])["kind"].tolist() == ["non_finite"]
    report = repair_geometries([geometry, SQUARE])
    assert report.outcome.tolist() == ["rejected", "accepted"]
    assert report.reason[0] == "non_finite"


def test_faults_have_their_place():
    two_bowties = shapely.from_wkt("MULTIPOLYGON (((0 0, 2 2, 2 0, 0 2, 0 0)), ((10 0, 12 2, 12 0, 10 2, 10 0)))")
    faults = inspect_geometries([two_bowties])
    assert sorted(faults[["x", "y"]].values.tolist()) == [[1, 1], [11, 1]]
    spike = inspect_geometries([shapely.from_wkt("POLYGON ((0 0, 2 0, 2 2, 1 2, 1 4, 1 2, 0 2, 0 0))")])
    assert spike.loc[spike["kind"] == FaultKind.SPIKE, ["x", "y"]].values.tolist() == [[1, 4]]


def test_a_spike_at_the_first_vertex_of_a_ring_is_seen_once():
    sharp = shapely.Polygon([(100, 0), (0, 1), (0, 0)])
    assert inspect_geometries([sharp]).empty
    found = inspect_geometries([sharp, shapely.Polygon(list(sharp.exterior.coords)[1:])], spike_angle_deg=10)
    assert found[["row", "x", "y"]].values.tolist() == [[0, 100, 0], [1, 100, 0]]


def test_a_sharp_angle_of_a_valid_polygon_is_not_repaired_away():
    needle = shapely.Polygon([(0, 0), (1e6, 0), (0, 1)])
    assert inspect_geometries([needle])["kind"].tolist() == ["spike"]
    report = repair_geometries([needle])
    assert report.outcome.tolist() == ["accepted"]
    assert report.geometries[0].equals(needle)


def test_repeated_points_are_counted():
    faults = inspect_geometries([shapely.from_wkt("POLYGON ((0 0, 0 0, 1 0, 1 1, 1 1, 1 1, 0 1, 0 0))")])
    assert faults[["x", "y", "detail"]].values.tolist() == [[0, 0, "3 points repeated"]]


def test_z_is_dropped_with_a_note_and_nothing_else():
    flying = shapely.Polygon([(0, 0, 5), (4, 0, 5), (4, 4, 5)])
    report = repair_geometries([flying, SQUARE])
    assert report.outcome.tolist() == ["accepted", "accepted"]
    assert report.notes.tolist() == ["z_dropped", ""]
    assert not report.geometries[0].has_z
    assert inspect_geometries([flying])["kind"].tolist() == ["z_dropped"]


def test_missing_geometry_is_rejected():
    report = repair_geometries([None])
    assert report.reason.tolist() == ["missing"]
    assert np.isnan(report.area_before_m2[0])
    assert report.positions(RepairOutcome.REJECTED).tolist() == [0]


def test_nothing_has_no_faults():
    assert inspect_geometries([]).empty
    assert len(repair_geometries([]).outcome) == 0


def test_the_report_keeps_the_area_before():
    report = repair_geometries([shapely.from_wkt(CASES[13][1])])
    assert (report.area_before_m2[0], report.area_after_m2[0]) == (8, 7)


corner = st.tuples(st.integers(0, 6), st.integers(0, 6))


@settings(deadline=None)
@given(st.lists(st.lists(corner, min_size=4, max_size=9), min_size=1, max_size=3))
def test_any_rings_come_out_valid_or_rejected_and_a_second_repair_changes_nothing(rings):
    drawn = shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
    report = repair_geometries([drawn])
    repaired = report.geometries[0]
    assert (repaired is None) == (report.outcome[0] == RepairOutcome.REJECTED)
    if repaired is not None:
        assert repaired.is_valid
        assert repaired.area > 0
        again = repair_geometries([repaired])
        assert again.geometries[0].equals(repaired)
        assert again.area_after_m2[0] == pytest.approx(report.area_after_m2[0])


def duplicates_one_by_one(geoms):
    normal = [
        None if geometry is None or geometry.is_empty else shapely.normalize(shapely.force_2d(geometry))
        for geometry in geoms
    ]
    return [
        next(
            (
                i
                for i in range(at)
                if geometry is not None and normal[i] is not None and normal[i].equals_exact(geometry, 0)
            ),
            -1,
        )
        for at, geometry in enumerate(normal)
    ]


@settings(deadline=None)
@given(st.lists(st.lists(corner, min_size=3, max_size=3), min_size=1, max_size=8))
def test_duplicates_are_those_of_a_plain_loop(triangles):
    geoms = [shapely.Polygon(triangle) for triangle in triangles] + [None, shapely.Polygon()]
    assert find_duplicate_geometries(geoms).tolist() == duplicates_one_by_one(geoms)


def test_start_direction_order_and_wrapping_do_not_make_a_difference():
    square, far = shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)
    turned = shapely.Polygon([(1, 1), (1, 0), (0, 0), (0, 1)])
    lifted = shapely.force_3d(square, 7)
    split = shapely.Polygon([(0, 0), (0.5, 0), (1, 0), (1, 1), (0, 1)])
    geoms = [
        square,
        turned,
        shapely.MultiPolygon([square]),
        lifted,
        split,
        shapely.MultiPolygon([square, far]),
        shapely.MultiPolygon([far, square]),
    ]
    assert find_duplicate_geometries(geoms).tolist() == [-1, 0, 0, 0, -1, -1, 5]
