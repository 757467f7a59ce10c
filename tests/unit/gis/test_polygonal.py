"""Simple parts and what of them is areal."""

import numpy as np
import pytest
import shapely

from gis.polygonal import areal_part, polygonal_part, simple_parts

SQUARE, FAR_SQUARE = shapely.box(0, 0, 1, 1), shapely.box(5, 5, 6, 6)
POINT, LINE = shapely.Point(0, 0), shapely.LineString([(0, 0), (1, 1)])
NESTED = shapely.GeometryCollection(
    [shapely.GeometryCollection([shapely.MultiPolygon([SQUARE, FAR_SQUARE]), LINE]), POINT]
)


@pytest.mark.parametrize(
    ("geometry", "expected"),
    [
        (SQUARE, shapely.MultiPolygon([SQUARE])),
        (shapely.MultiPolygon([SQUARE, FAR_SQUARE]), shapely.MultiPolygon([SQUARE, FAR_SQUARE])),
        (shapely.GeometryCollection([POINT, SQUARE, LINE]), shapely.MultiPolygon([SQUARE])),
        (NESTED, shapely.MultiPolygon([SQUARE, FAR_SQUARE])),
        (shapely.GeometryCollection([POINT, LINE]), None),
        (POINT, None),
        (LINE, None),
        (shapely.Polygon(), None),
        (shapely.MultiPolygon(), None),
        (shapely.GeometryCollection(), None),
        (None, None),
    ],
)
def test_only_polygons_are_kept_as_a_multipolygon(geometry, expected):
    result = polygonal_part([SQUARE, geometry])[1]
    assert result == expected
    assert expected is None or result.geom_type == "MultiPolygon"


def test_a_single_polygon_may_stay_one():
    result = areal_part([SQUARE, None, NESTED, LINE, shapely.Polygon(), shapely.MultiPolygon([SQUARE])])
    assert result[0] == SQUARE
    assert result[2] == shapely.MultiPolygon([SQUARE, FAR_SQUARE])
    assert result[5] == shapely.MultiPolygon([SQUARE])
    assert shapely.is_missing(result).tolist() == [False, True, False, True, True, False]


def test_parts_know_where_they_come_from():
    parts, source = simple_parts([None, NESTED, shapely.Polygon(), SQUARE])
    assert source.tolist() == [1, 1, 1, 1, 3]
    assert [part.geom_type for part in parts] == ["Polygon", "Polygon", "LineString", "Point", "Polygon"]


def test_nothing_has_no_parts():
    assert len(polygonal_part([])) == 0
    assert len(simple_parts([])[0]) == 0


def test_the_input_array_is_not_changed():
    geoms = np.array([SQUARE, POINT], dtype=object)
    polygonal_part(geoms)
    assert geoms[0] is SQUARE
    assert geoms[1] is POINT
