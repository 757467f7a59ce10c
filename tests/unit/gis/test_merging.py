"""Merged cells: hand-made cases, and equality with a plain union of everything of one label."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ClosureError
from gis.merging import merge_cells

X0, Y0 = 12_579_000.0, 2_980_000.0


def moved(*polygons: shapely.Geometry) -> np.ndarray:
    return shapely.transform(np.array(polygons, dtype=object), lambda xy: np.add(xy, (X0, Y0)))


def squares(*corners: tuple[int, int]) -> np.ndarray:
    return moved(*(shapely.box(x, y, x + 1, y + 1) for x, y in corners))


def plain_merge(cells: np.ndarray, labels: np.ndarray) -> dict[tuple[int, bytes], float]:
    """Unite everything of one label and take it apart: the same patches, where nothing touches at a point only."""
    found = {}
    for label in np.unique(labels):
        united = shapely.union_all(cells[labels == label])
        for part in shapely.get_parts(united):
            found[int(label), shapely.to_wkb(shapely.normalize(shapely.simplify(part, 1e-9)))] = part.area
    return found


def test_cells_of_one_label_side_by_side_are_one_patch():
    merged = merge_cells(squares((0, 0), (1, 0), (2, 0), (0, 1)), np.array([1, 1, 2, 1]))
    assert merged.areas_m2.tolist() == [3.0, 1.0]
    assert merged.part_patches.tolist() == [0, 0, 1, 0]
    assert shapely.equals(merged.geometries[0], moved(shapely.box(0, 0, 2, 1) | shapely.box(0, 1, 1, 2))[0])


def test_cells_are_merged_where_all_numbers_of_their_vectors_are_the_same():
    row = squares((0, 0), (1, 0), (2, 0), (3, 0))
    merged = merge_cells(row, np.array([[1, 2], [1, 2], [1, 3], [2, 3]]), threads=1)
    assert merged.part_patches.tolist() == [0, 0, 1, 2]
    assert merged.areas_m2.tolist() == [2.0, 1.0, 1.0]


def test_the_cells_of_a_partition_merge_into_what_a_coarser_partition_has():
    cells = squares(*[(x, y) for x in range(6) for y in range(4)])
    finer = np.array([[x, y, x // 3] for x in range(6) for y in range(4)])
    merged = merge_cells(cells, finer[:, 2:])
    assert merged.areas_m2.tolist() == [12.0, 12.0]
    assert shapely.coverage_is_valid(merged.geometries)


def test_a_vertex_that_a_neighbour_lacks_does_not_keep_a_patch_from_being_united():
    # The third shares the whole upper edge of the first, and has no vertex at the upper right corner of the second.
    third = shapely.Polygon([(0, 1), (1, 1), (3, 1), (3, 2), (0, 2)])
    merged = merge_cells(moved(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), third), np.array([1, 1, 1]))
    assert merged.areas_m2.tolist() == [5.0]
    assert merged.geometries[0].area == pytest.approx(5, abs=1e-6)


def test_cells_that_touch_at_a_point_stay_apart():
    merged = merge_cells(squares((0, 0), (1, 1)), np.array([1, 1]))
    assert merged.areas_m2.tolist() == [1.0, 1.0]


def test_cells_around_another_make_a_patch_with_a_hole():
    around = [(x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    merged = merge_cells(squares(*around, (1, 1)), np.array([1] * 8 + [2]))
    assert [len(patch.interiors) for patch in merged.geometries] == [1, 0]
    assert merged.areas_m2.tolist() == [8.0, 1.0]


def test_the_parts_of_a_cell_lie_in_the_patches_where_they_are():
    two_parts = shapely.MultiPolygon([shapely.box(0, 0, 1, 1), shapely.box(5, 0, 6, 1)])
    cells = np.concatenate([moved(two_parts), squares((6, 0), (1, 0))])
    merged = merge_cells(cells, np.array([3, 3, 4]))
    assert merged.part_cells.tolist() == [0, 0, 1, 2]
    assert merged.part_patches.tolist() == [0, 1, 1, 2]
    assert merged.areas_m2.tolist() == [1.0, 2.0, 1.0]
    assert merged.part_areas_m2.tolist() == [1.0, 1.0, 1.0, 1.0]


def test_no_cells_make_no_patches():
    merged = merge_cells(np.array([], dtype=object), np.array([], dtype=np.int64))
    assert len(merged.geometries) == len(merged.areas_m2) == len(merged.part_cells) == 0


def test_cells_that_overlap_are_refused():
    # All share the edge from (1, 0) to (1, 1), and the third lies on the first.
    third = shapely.Polygon([(1, 0), (1, 1), (0.5, 1), (0.5, 0)])
    overlapping = moved(shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), third)
    with pytest.raises(ClosureError, match="do not close"):
        merge_cells(overlapping, np.array([1, 1, 1]))


def test_the_order_of_the_cells_does_not_matter():
    cells = squares(*[(x, y) for x in range(6) for y in range(6)])
    labels = np.arange(36) * 7 % 3
    turned = np.arange(36)[::-1]
    one, other = merge_cells(cells, labels), merge_cells(cells[turned], labels[turned])
    assert {shapely.to_wkb(shapely.normalize(patch)) for patch in one.geometries} == {
        shapely.to_wkb(shapely.normalize(patch)) for patch in other.geometries
    }


@settings(max_examples=50, deadline=None)
@given(
    points=st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=3, max_size=40, unique=True),
    data=st.data(),
)
def test_random_coverages_merge_as_a_plain_union_does(points, data):
    frame = shapely.box(-10, -10, 1010, 1010)
    faces = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=frame))
    faces = moved(*faces)
    if not shapely.coverage_is_valid(faces):
        return
    labels = np.array(data.draw(st.lists(st.integers(0, 2), min_size=len(faces), max_size=len(faces))))
    merged = merge_cells(faces, labels)
    plain = plain_merge(faces, labels)
    assert merged.areas_m2.sum() == pytest.approx(shapely.area(faces).sum(), rel=1e-12)
    assert sorted(merged.areas_m2) == pytest.approx(sorted(plain.values()), rel=1e-9)
    assert shapely.is_valid(merged.geometries).all()
    of_patch = np.array([labels[merged.part_cells[merged.part_patches == patch]][0] for patch in range(len(plain))])
    assert sorted(of_patch) == sorted(label for label, _ in plain)
