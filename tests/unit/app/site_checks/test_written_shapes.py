"""Polygons of answers as text."""

import json

import numpy as np
import pytest
import shapely

from app.site_checks.written_shapes import write_shapes

PLACES = 9


def shapes():
    ring = shapely.buffer(shapely.Point(113.123456789123, 28.2), 0.01)
    holed = shapely.difference(ring, shapely.buffer(shapely.Point(113.12, 28.2), 0.001))
    return [
        shapely.multipolygons([holed]),
        shapely.multipolygons([holed, shapely.box(-0.5, 0, 1 / 3, 1e-7)]),
        shapely.multipolygons([shapely.box(0, 0, 1, 1)]),
    ]


def test_every_polygon_and_hole_is_written_as_geos_writes_it():
    array = np.array(shapes(), dtype=object)
    rounded = shapely.set_precision(array, 10.0**-PLACES, mode="pointwise")
    assert [json.loads(text) for text in write_shapes(array, PLACES)] == [
        json.loads(text) for text in shapely.to_geojson(rounded)
    ]


def test_what_is_not_there_is_null_and_keeps_its_place():
    array = np.array([None, *shapes(), None], dtype=object)
    written = write_shapes(array, PLACES)
    assert written[0] == written[-1] == b"null"
    assert written[1:-1] == write_shapes(array[1:-1], PLACES)


@pytest.mark.parametrize("places", [0, 3, 9])
def test_coordinates_have_no_more_places_than_asked_for(places: int):
    (text,) = write_shapes(np.array(shapes()[:1], dtype=object), places)
    corners = shapely.get_coordinates(shapely.from_geojson(text.decode()))
    assert (corners == np.round(corners, places)).all()


def test_nothing_is_written_as_nothing():
    assert write_shapes(np.array([], dtype=object), PLACES) == []
