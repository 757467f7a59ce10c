"""Pieces cover their polygon without overlap and are small."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ClosureError, GeometryRefusedError
from gis.subdivide import _cut_to_size, join_pieces, subdivide


def star(points, x=0.0, y=0.0, inner=0.4):
    angles = np.linspace(0, 2 * np.pi, 2 * points, endpoint=False)
    radius = np.where(np.arange(2 * points) % 2, inner, 1.0)
    return shapely.Polygon(np.column_stack([x + radius * np.cos(angles), y + radius * np.sin(angles)]))


def comb(teeth):
    """Draw many fingers, so that a cut across them falls into many parts."""
    corners = [(0, 0)]
    for tooth in range(teeth):
        corners += [(2 * tooth, 10), (2 * tooth + 1, 10), (2 * tooth + 1, 1), (2 * tooth + 2, 1)]
    return shapely.Polygon([*corners[:-1], (2 * teeth - 1, 0)])


def assert_pieces_tile(polygon, pieces, max_vertices):
    assert (shapely.get_num_coordinates(pieces) <= max_vertices).all()
    assert shapely.is_valid(pieces).all()
    assert (shapely.area(pieces) > 0).all()
    assert shapely.area(pieces).sum() == pytest.approx(polygon.area, rel=1e-9)
    assert shapely.union_all(pieces).symmetric_difference(polygon).area <= 1e-9 * polygon.area
    left, right = shapely.STRtree(pieces).query(pieces, predicate="intersects")
    common = shapely.area(shapely.intersection(pieces[left[left < right]], pieces[right[left < right]]))
    assert common.sum() <= 1e-9 * polygon.area


@pytest.mark.parametrize("max_vertices", [8, 20, 100])
@pytest.mark.parametrize(
    "polygon",
    [
        star(150),
        comb(40),
        star(100, inner=0.9).difference(star(80).buffer(-0.2)),
        shapely.MultiPolygon([star(60), star(60, x=5), shapely.box(10, 0, 11, 1)]),
        shapely.transform(star(150), lambda c: c * 1e6 + 1.3e7),
        shapely.Polygon([(0, 0), *[(x, 0) for x in range(1, 300)], (300, 1)]),
    ],
    ids=["star", "comb", "holes", "multipart", "far from the origin", "collinear vertices"],
)
def test_pieces_tile_their_polygon(polygon, max_vertices):
    pieces, source = subdivide([polygon], max_vertices)
    assert len(pieces) > 1
    assert set(source) == {0}
    assert_pieces_tile(polygon, pieces, max_vertices)


@settings(deadline=None)
@given(st.integers(3, 60), st.integers(8, 40), st.floats(0.05, 0.95))
def test_any_star_is_tiled(points, max_vertices, inner):
    polygon = star(points, inner=inner)
    pieces, _ = subdivide([polygon], max_vertices)
    assert_pieces_tile(polygon, pieces, max_vertices)


def test_small_polygons_stay_whole_and_nothing_has_no_piece():
    square = shapely.box(0, 0, 1, 1)
    pieces, source = subdivide([None, square, shapely.Polygon(), shapely.Point(0, 0), star(40)], 30)
    assert pieces[0].equals(square)
    assert set(source.tolist()) == {1, 4}
    assert (np.diff(source) >= 0).all()
    empty, none = subdivide([])
    assert len(empty) == len(none) == 0


def test_z_is_dropped():
    pieces, _ = subdivide([shapely.force_3d(star(40), 3)], 30)
    assert not shapely.has_z(pieces).any()


def test_a_piece_needs_a_few_vertices():
    with pytest.raises(ValueError, match="at least 8"):
        subdivide([shapely.box(0, 0, 1, 1)], 7)


def test_an_invalid_polygon_is_refused_with_the_reason():
    bowtie = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    with pytest.raises(GeometryRefusedError, match=r"Polygon 1 .*Self-intersection"):
        subdivide([None, bowtie])


def test_what_clipping_breaks_is_cut_by_intersection(monkeypatch):
    monkeypatch.setattr("gis.subdivide._clip", lambda polygons, boxes: shapely.box(*boxes.T))
    polygon = star(100)
    pieces, source = subdivide([polygon, shapely.box(0, 0, 1, 1)], 30)
    assert_pieces_tile(polygon, pieces[source == 0], 30)
    assert (source == 1).sum() == 1


def test_vertices_within_the_last_digits_of_one_place_cannot_be_cut():
    # A fan of needles around one point, each as narrow as a coordinate can tell.
    place = 2.0**52
    corners = [(place + k % 2, place + k) for k in range(3)]
    fan = shapely.Polygon(corners)
    with pytest.raises(GeometryRefusedError, match="in one place"):
        _cut_to_size(np.array([fan], dtype=object), 3, lambda polygons, boxes: polygons.copy())


def test_pieces_that_do_not_add_up_are_noticed(monkeypatch):
    for name in ("_clip", "_intersect"):
        monkeypatch.setattr(f"gis.subdivide.{name}", lambda polygons, boxes: shapely.box(*boxes.T))
    with pytest.raises(ClosureError, match="pieces of polygon 0"):
        subdivide([star(40)], 30)


def test_a_ring_that_touches_itself_on_the_cut_is_cut_soundly():
    # Many fingers meet the middle line in single points.
    x = np.arange(0, 400)
    comb_at_line = shapely.Polygon([(-1, -200), *np.column_stack([x, np.where(x % 2, 0.0, 90.0)]), (400, -200)])
    polygon = shapely.union(
        comb_at_line, shapely.Polygon([(-1, -10), (-30, 200), (430, 200), (400, -10), (420, 190), (-20, 190)]).buffer(0)
    )
    pieces, _ = subdivide([polygon], 20)
    assert_pieces_tile(polygon, pieces, 20)


@settings(deadline=None)
@given(st.integers(20, 120), st.integers(8, 40), st.floats(0.05, 0.95), st.data())
def test_pieces_are_joined_to_what_their_union_is(points, max_vertices, inner, data):
    polygon = shapely.transform(star(points, inner=inner), lambda c: c * 1e3 + [1.2e7, 3.1e6])
    polygon = polygon.difference(shapely.transform(star(15), lambda c: c * 10 + [1.2e7, 3.1e6]))
    pieces, _ = subdivide([polygon], max_vertices)
    some = pieces[sorted(data.draw(st.sets(st.integers(0, len(pieces) - 1), min_size=1)))]
    joined, united = join_pieces(some), shapely.union_all(some)
    assert joined.is_valid
    assert joined.area == pytest.approx(shapely.area(some).sum(), rel=1e-12)
    assert joined.symmetric_difference(united).area <= 1e-9 * united.area
    assert shapely.hausdorff_distance(joined.boundary, united.boundary) < 1e-6


def test_pieces_that_a_buffer_would_lose_are_united(monkeypatch):
    pieces, _ = subdivide([star(100)], 20)
    monkeypatch.setattr(shapely.MultiPolygon, "buffer", lambda pieces, _: pieces.geoms[0])
    assert join_pieces(pieces).symmetric_difference(star(100)).area < 1e-12
