"""What is settled without a search is what the search finds."""

import numpy as np
import pytest
import shapely

from app.site_checks.zone_overlaps import _surely_certain
from gis.area_plane import to_area_plane
from gis.certainty import Certainty, MeasuredRows, certainty_rows
from gis.constraint_set import ConstraintSet, check_polygons

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
    common = [
        shapely.intersection(site.geometries[0], shapely.union_all(areas.geometries[areas.group == group])).area
        for group in range(COUNT // 2)
    ]
    met = np.flatnonzero(np.array(common) > 0)
    rows = MeasuredRows(np.zeros(len(met), dtype=np.int64), met, np.array(common)[met], np.full(len(met), None))
    surely = _surely_certain(areas, rows, np.full(COUNT // 2, ACCURACY_M))
    judged = certainty_rows(rows, site, areas, accuracy_m=ACCURACY_M, area_limit_m2=0.0, threads=1)
    found = dict(zip(judged.group.tolist(), judged.certainty.tolist(), strict=True))
    assert surely.any()
    assert not surely.all()
    assert {found[group] for group in met[surely].tolist()} == {Certainty.CERTAIN_HIT.value}


def test_nothing_is_settled_where_no_accuracy_is_known():
    areas = ConstraintSet(
        check_polygons(np.array([1], dtype=object), to_area_plane([shapely.box(113, 28, 114, 29)]), "constraint"),
        group=np.array([0]),
    )
    rows = MeasuredRows(np.array([0]), np.array([0]), np.array([1e9]), np.array([None], dtype=object))
    assert not _surely_certain(areas, rows, np.array([0.0])).any()
    assert _surely_certain(areas, rows, np.array([1.0])).all()
