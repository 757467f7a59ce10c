"""What is settled without a search is what the search finds."""

import numpy as np
import pytest
import shapely

from app.site_checks.zone_overlaps import _surely_certain
from gis.area_plane import to_area_plane
from gis.certainty import Certainty, MeasuredRows, certainty_rows
from gis.constraint_set import ConstraintSet, check_polygons
from gis.overlap_table import OverlapRows
from gis.overlay import overlap_rows
from gis.slivers import OverlapClassifier

ACCURACY_M = 3.0
COUNT = 60


@pytest.mark.parametrize("seed", range(6))
def test_overlaps_that_no_boundary_can_take_away_are_certain_hits(seed: int):
    rng = np.random.default_rng(seed)
    places = shapely.points(113 + 0.0042 * rng.random(COUNT), 28 + 0.0042 * rng.random(COUNT))
    discs = shapely.buffer(places, rng.uniform(2e-5, 3e-4, COUNT))
    # Rings, and areas of two parts, beside plain discs.
    discs[::3] = shapely.difference(discs[::3], shapely.buffer(places[::3], 1e-5))
    discs[1::5] = shapely.union(discs[1::5], shapely.transform(discs[1::5], lambda at: at + 0.003))
    areas = ConstraintSet(
        check_polygons(np.arange(COUNT).astype(object), to_area_plane(discs), "constraint"), group=np.arange(COUNT) // 2
    )
    site = check_polygons(np.array([1], dtype=object), to_area_plane([shapely.box(113, 28, 113.004, 28.004)]), "target")
    measured = overlap_rows(site, areas, OverlapClassifier(areas.geometries), with_geometry=True, threads=1)
    rows = MeasuredRows(measured.target, measured.group, measured.area_m2, measured.error)
    surely = _surely_certain(measured, np.full(COUNT // 2, ACCURACY_M))
    judged = certainty_rows(rows, site, areas, accuracy_m=ACCURACY_M, area_limit_m2=0.0, threads=1)
    found = dict(zip(judged.group.tolist(), judged.certainty.tolist(), strict=True))
    assert surely.any()
    assert not surely.all()
    assert {found[group] for group in measured.group[surely].tolist()} == {Certainty.CERTAIN_HIT.value}


def measured_in(site: shapely.Polygon, area: shapely.Polygon) -> OverlapRows:
    """Overlay one site with one area."""
    areas = ConstraintSet(check_polygons(np.array([1], dtype=object), to_area_plane([area]), "constraint"))
    sites = check_polygons(np.array([1], dtype=object), to_area_plane([site]), "target")
    return overlap_rows(sites, areas, OverlapClassifier(areas.geometries), with_geometry=True, threads=1)


def test_nothing_is_settled_where_no_accuracy_is_known():
    measured = measured_in(shapely.box(113, 28, 113.004, 28.004), shapely.box(112, 27, 114, 29))
    assert not _surely_certain(measured, np.array([0.0])).any()
    assert _surely_certain(measured, np.array([1.0])).all()


def test_a_strip_is_settled_where_it_is_wider_than_what_the_accuracy_leaves_in_doubt_on_both_of_its_sides():
    # 0.0001 degrees of latitude are 11.1 m.
    strip = measured_in(shapely.box(113, 28, 113.004, 28.004), shapely.box(112, 28.0039, 114, 29))
    assert _surely_certain(strip, np.array([2.0])).tolist() == [True]
    assert _surely_certain(strip, np.array([3.0])).tolist() == [False]
