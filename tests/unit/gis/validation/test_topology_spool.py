"""Features on disk come back as they were given, whichever are asked for."""

from pathlib import Path

import numpy as np
import pytest
import shapely

from gis.plain_polygons import PlainPolygons
from gis.validation import topology_spool
from gis.validation.plane_shapes import PlaneShapes
from gis.validation.spooled_repeats import WithoutRepeats, find_repeats
from gis.validation.topology_spool import SpooledFeatures, TopologySpool


@pytest.fixture
def features(tmp_path: Path) -> SpooledFeatures:
    """Ten squares in two batches; the last repeats the third, and the eighth has a height."""
    squares = [shapely.box(at, 0, at + 1, 1) for at in range(9)] + [shapely.box(2, 0, 3, 1, ccw=False)]
    squares[7] = shapely.force_3d(squares[7], 5.0)
    spool = TopologySpool(tmp_path)
    spool.add(
        PlaneShapes.of(np.array(squares[:6])),
        range(1, 7),
        ["甲", None, "", "b\udc80", "c", "d"],
        np.zeros(6, dtype=np.int64),
    )
    spool.add(PlaneShapes.of(np.array(squares[6:])), range(11, 15), [None] * 4, np.array([0, 83, 0, 0]))
    return SpooledFeatures(tmp_path)


@pytest.mark.parametrize("positions", [[], [0], [0, 1, 2], [3, 5, 6, 7, 9], [9, 0, 4], [1, 0], [5, 6]])
def test_any_of_them_are_read_in_the_order_asked_for(features, positions):
    found = features.read(np.array(positions, dtype=np.int64))
    assert [polygon.centroid.x - 0.5 for polygon in found] == [2 if at == 9 else at for at in positions]
    assert not shapely.has_z(found).any()


@pytest.mark.parametrize("near_bytes", [0, 1 << 14])
@pytest.mark.parametrize("portion_bytes", [100, 1 << 12, 1 << 23])
def test_scattered_features_come_back_whatever_is_read_at_once(tmp_path, monkeypatch, near_bytes, portion_bytes):
    monkeypatch.setattr(topology_spool, "_NEAR_BYTES", near_bytes)
    monkeypatch.setattr(topology_spool, "_PORTION_BYTES", portion_bytes)
    rng = np.random.default_rng(4)
    circles = shapely.buffer(shapely.points(rng.random((300, 2)) * 5_000), 20, quad_segs=3)
    spool = TopologySpool(tmp_path)
    for first in (0, 100, 200):
        batch = circles[first : first + 100]
        spool.add(
            PlaneShapes.of(batch),
            np.arange(100) + first,
            [str(at) for at in range(first, first + 100)],
            np.zeros(100, np.int64),
        )
    features = SpooledFeatures(tmp_path)
    for count in (1, 40, 300):
        positions = rng.permutation(300)[:count]
        assert shapely.equals_identical(features.read(positions), circles[positions]).all()
        assert (features.bounds[positions] == shapely.bounds(circles[positions])).all()
    assert [features.name(at) for at in (0, 150, 299)] == ["0", "150", "299"]


def test_names_rows_levels_and_boxes_are_kept(features):
    assert [features.name(at) for at in range(7)] == ["甲", None, "", "b\udc80", "c", "d", None]
    assert features.rows.tolist() == [1, 2, 3, 4, 5, 6, 11, 12, 13, 14]
    assert features.levels.tolist() == [0] * 7 + [83, 0, 0]
    assert features.bounds[4].tolist() == [4, 0, 5, 1]
    assert (features.vertices == 5).all()


def test_what_repeats_an_earlier_one_is_found_and_left_out(features):
    repeats = find_repeats(features)
    assert repeats.tolist() == [-1] * 9 + [2]
    once = WithoutRepeats(features, np.flatnonzero(repeats < 0)[5:])
    assert once.bounds[:, 0].tolist() == [5, 6, 7, 8]
    assert [polygon.bounds[0] for polygon in once.read(np.array([1, 3]))] == [6, 8]


def test_what_is_known_to_be_valid_stays_known_and_of_the_others_nothing_is(tmp_path):
    hook = shapely.Polygon([(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (0, 1)])
    _, plain = PlainPolygons.among([shapely.box(20, 0, 21, 1).wkb, hook.wkb])
    spool = TopologySpool(tmp_path)
    spool.add(PlaneShapes.of_plain(plain), [1, 2], ["a", "b"], np.zeros(2, dtype=np.int64))
    spool.add(PlaneShapes.of(np.array([hook])), [3], ["c"], np.zeros(1, dtype=np.int64))
    features = SpooledFeatures(tmp_path)
    assert features.surely_valid.tolist() == [True, False, False]
    assert WithoutRepeats(features, np.array([1, 0])).surely_valid.tolist() == [False, True]


def test_boxes_that_occur_twice_are_found_whatever_is_between_them(tmp_path):
    rng = np.random.default_rng(9)
    boxes = [shapely.box(x, y, x + 1, y + 1) for x, y in rng.integers(0, 40, (300, 2)).tolist()]
    # Of the same box and as many vertices, but another polygon.
    boxes += [
        shapely.Polygon([(50, 50), (60, 50), (60, 60), (51, 60)]),
        shapely.Polygon([(50, 50), (60, 51), (60, 60), (50, 60)]),
    ]
    spool = TopologySpool(tmp_path)
    spool.add(PlaneShapes.of(np.array(boxes)), range(302), [None] * 302, np.zeros(302, dtype=np.int64))
    first = {}
    expected = [first.setdefault(box.wkb, at) for at, box in enumerate(boxes)]
    expected = [-1 if earlier == at else earlier for at, earlier in enumerate(expected)]
    assert find_repeats(SpooledFeatures(tmp_path)).tolist() == expected
    assert max(expected) > 0
