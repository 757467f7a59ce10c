"""Writing of boundary-point files, and what comes back when they are read."""

from datetime import date

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import CRSRefusedError, GeometryRefusedError
from gis.formats.boundary_points import (
    BoundaryPointHead,
    PlotRecord,
    read_boundary_points,
    write_boundary_points,
)

CRS = pyproj.CRS("EPSG:4526")
HEAD = BoundaryPointHead(producer="示例测绘院", produced_on=date(2024, 5, 1))
HOLED = shapely.box(38406700, 3125000, 38407200, 3125400).difference(shapely.box(38406900, 3125150, 38407000, 3125250))


def test_example_is_written_with_its_areas(example):
    read = read_boundary_points(example.encode())

    written = write_boundary_points(read.plots, crs=read.crs, head=HEAD, newline="\n")

    assert written == example


def test_area_is_measured_on_the_ellipsoid_where_none_is_declared():
    written = write_boundary_points([PlotRecord(number="1", geometry=HOLED)], crs=CRS)

    assert "\r\n10,18.9959,1,,面,,,,@\r\n" in written


def test_unprefixed_system_is_written_with_the_zone_number_or_without():
    plot = PlotRecord(number="1", geometry=shapely.box(406700, 3125000, 406800, 3125200))

    with_number = write_boundary_points([plot], crs=pyproj.CRS("EPSG:4547"))
    without = write_boundary_points([plot], crs=pyproj.CRS("EPSG:4547"), has_zone_prefix=False)

    assert "J1,1,3125000.000,38406800.000" in with_number
    assert "J1,1,3125000.000,406800.000" in without
    assert (
        read_boundary_points(with_number.encode())
        .plots[0]
        .geometry.equals(read_boundary_points(without.encode()).plots[0].geometry)
    )


def test_texts_cannot_break_the_lines():
    plot = PlotRecord(number="1,2", name="一\n二", use="@", geometry=HOLED, extra=("a,b",))

    read = read_boundary_points(write_boundary_points([plot], crs=CRS).encode()).plots[0]

    assert (read.number, read.name, read.use, read.extra) == ("1，2", "一 二", "@", ("a，b",))


@pytest.mark.parametrize("geometry", [None, shapely.Polygon(), shapely.GeometryCollection([shapely.Point(0, 0)])])
def test_plot_without_usable_geometry_is_refused(geometry):
    with pytest.raises(GeometryRefusedError, match="'7'"):
        write_boundary_points([PlotRecord(number="7", geometry=geometry)], crs=CRS)


@pytest.mark.parametrize("code", [4490, 3857, 4497, 32649])
def test_system_that_is_no_three_degree_zone_is_refused(code):
    with pytest.raises(CRSRefusedError, match="3-degree"):
        write_boundary_points([], crs=pyproj.CRS.from_epsg(code))


@st.composite
def plots(draw):
    parts = []
    for number in range(draw(st.integers(1, 3))):
        east = 38_400_000 + number * 2000 + draw(st.floats(0, 500))
        north = 3_100_000 + draw(st.floats(0, 1000))
        outer = shapely.Point(east, north).buffer(draw(st.floats(50, 400)), quad_segs=draw(st.integers(1, 6)))
        hole = shapely.Point(east, north).buffer(draw(st.floats(5, 20)), quad_segs=2)
        parts.append(outer.difference(hole) if draw(st.booleans()) else outer)
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


@settings(max_examples=60, deadline=None)
@given(geometry=plots(), restarts=st.booleans(), prefix=st.booleans(), encoding=st.sampled_from(["gbk", "utf-8-sig"]))
def test_round_trip_keeps_coordinates_to_a_millimetre(geometry, restarts, prefix, encoding):
    plot = PlotRecord(number="DK-01", name="地块", code="1001", use="工业用地", map_sheet="H49", geometry=geometry)

    text = write_boundary_points([plot], crs=CRS, restarts_numbers=restarts, has_zone_prefix=prefix)
    read = read_boundary_points(text.encode(encoding))

    back = read.plots[0]
    assert read.faults == ()
    assert (back.number, back.name, back.code, back.use, back.map_sheet) == ("DK-01", "地块", "1001", "工业用地", "H49")
    assert back.geometry.geom_type == geometry.geom_type
    moved = np.abs(shapely.get_coordinates(back.geometry) - shapely.get_coordinates(geometry))
    assert moved.max() < 0.001


@pytest.mark.parametrize(
    "geometry",
    [
        shapely.LineString([(38406700, 3125000), (38406800, 3125000)]),
        shapely.MultiPoint([(38406700, 3125000), (38406800, 3125000)]),
        shapely.Point(38406700, 3125000),
    ],
)
def test_lines_and_points_come_back(geometry):
    text = write_boundary_points([PlotRecord(number="1", geometry=geometry)], crs=CRS)

    assert read_boundary_points(text.encode()).plots[0].geometry.equals(geometry)
