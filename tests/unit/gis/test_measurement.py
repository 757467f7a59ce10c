"""Areas, lengths, units, rounding and apportionment."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.crs import gauss_kruger_epsg, to_geographic
from gis.measurement import (
    SQUARE_METRES_PER_MU,
    apportion,
    ellipsoidal_area_m2,
    geodesic_area_m2,
    geodesic_length_m,
    hectares,
    mu,
    nearest_decimal,
    planar_area_m2,
    round_half_up,
)

# Zone, south-west corner with the zone number, width, height; planar, registered and geodesic area.
GOLDEN = [
    (38, 38406700, 3125000, 500, 400, 200000, 199957.2802, 199957.2803),
    (40, 40490000, 3260000, 500, 400, 200000, 199999.5309, 199999.5310),
    (39, 39633000, 3465000, 500, 400, 200000, 199912.4621, 199912.4621),
    (40, 40595000, 4555000, 500, 400, 200000, 199955.3619, 199955.3619),
    (38, 38400000, 3120000, 10_000, 10_000, 1e8, 99977726.8864, 99977735.6735),
]


@pytest.mark.parametrize(("zone", "east", "north", "width", "height", "planar", "registered", "geodesic"), GOLDEN)
def test_the_three_areas_have_their_golden_values(zone, east, north, width, height, planar, registered, geodesic):
    drawn = shapely.box(east, north, east + width, north + height)
    stored = to_geographic([drawn], pyproj.CRS.from_epsg(gauss_kruger_epsg(zone, prefixed=True)))
    assert ellipsoidal_area_m2(stored)[0] == pytest.approx(registered, abs=1e-4)
    assert planar_area_m2(stored)[0] == pytest.approx(planar, abs=1e-4)
    assert geodesic_area_m2(stored)[0] == pytest.approx(geodesic, abs=1e-4)


AREAS = [ellipsoidal_area_m2, planar_area_m2, geodesic_area_m2]


@pytest.mark.parametrize("measure", AREAS)
def test_none_is_not_a_number_and_what_has_no_surface_is_zero(measure):
    areas = measure([None, shapely.Polygon(), shapely.Point(113, 28), shapely.LineString([(113, 28), (114, 29)])])
    assert np.isnan(areas[0])
    assert areas[1:].tolist() == [0, 0, 0]


@pytest.mark.parametrize("measure", AREAS)
def test_holes_are_taken_away_parts_are_added_and_direction_does_not_matter(measure):
    outer, hole, island = (
        shapely.box(113, 28, 113.03, 28.03),
        shapely.box(113.01, 28.01, 113.02, 28.02),
        shapely.box(114, 28, 114.01, 28.01),
    )
    ring = shapely.Polygon(outer.exterior, [hole.exterior])
    whole = shapely.MultiPolygon([ring, island.reverse()])
    total, *parts = measure([whole, outer, hole])
    # The island alone would be in the next zone, so it is measured with the others.
    alone = measure([shapely.MultiPolygon([outer, island])])[0] - parts[0]
    assert total == pytest.approx(parts[0] - parts[1] + alone, rel=1e-9)


def test_planar_area_is_measured_in_the_polygon_s_own_zone():
    both_sides = [shapely.box(118.40, 31, 118.41, 31.01), shapely.box(118.60, 31, 118.61, 31.01)]
    west, east = planar_area_m2(both_sides)
    assert west == pytest.approx(planar_area_m2(both_sides[:1])[0])
    assert east == pytest.approx(planar_area_m2(both_sides[1:])[0])
    assert abs(west - east) < 60


def test_lengths_are_geodesic_and_count_holes():
    line = shapely.LineString([(113, 28), (113.01, 28), (113.01, 28.01)])
    hole = shapely.Polygon(
        shapely.box(113, 28, 113.03, 28.03).exterior, [shapely.box(113.01, 28.01, 113.02, 28.02).exterior]
    )
    geod = pyproj.Geod(a=6378137.0, rf=298.257222101)
    lengths = geodesic_length_m([line, hole, shapely.Point(1, 1), shapely.MultiLineString([line, line]), None])
    assert lengths[0] == pytest.approx(geod.geometry_length(line))
    assert lengths[1] == pytest.approx(geod.geometry_length(hole.exterior) + geod.geometry_length(hole.interiors[0]))
    assert lengths[2] == 0
    assert lengths[3] == pytest.approx(2 * lengths[0])
    assert np.isnan(lengths[4])


def test_units_are_exact():
    assert Fraction(2000, 3) == SQUARE_METRES_PER_MU
    assert mu(1_000_000.0) == 1500
    assert hectares(1_000_000.0) == 100
    assert mu(np.array([10_000.0, 2000 / 3])).tolist() == pytest.approx([15, 1])


@pytest.mark.parametrize(
    ("value", "places", "rounded"),
    [
        (2.675, 2, "2.68"),
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-2.5, 0, "-3"),
        (1.005, 2, "1.01"),
        (Decimal("1.005"), 2, "1.01"),
        (Fraction(2000, 3), 2, "666.67"),
        (7, 2, "7.00"),
        (np.float64(0.125), 2, "0.13"),
        (0.0, 4, "0.0000"),
        (1e22, 2, "10000000000000000000000.00"),
    ],
)
def test_halves_are_rounded_up_as_they_are_read(value, places, rounded):
    assert str(round_half_up(value, places)) == rounded


@pytest.mark.parametrize("value", [float("nan"), float("inf"), Decimal("NaN")])
def test_what_is_not_finite_cannot_be_rounded(value):
    with pytest.raises(ValueError, match="finite"):
        round_half_up(value, 2)


@pytest.mark.parametrize("rounding", [round_half_up, nearest_decimal])
def test_negative_places_are_refused(rounding):
    with pytest.raises(ValueError, match="negative"):
        rounding(1.0, -1)


@given(
    value=st.one_of(
        st.floats(allow_nan=False, allow_infinity=False),
        st.floats(-1e6, 1e6),
        st.integers(-(10**9), 10**9).map(lambda units: units / 2000),
    ),
    places=st.integers(0, 9),
)
def test_a_rounded_float_is_the_one_nearest_to_the_rounded_decimal(value, places):
    exact = round_half_up(value, places)
    assert nearest_decimal(value, places) == float(exact)
    if abs(value) < 1e6:
        assert f"{nearest_decimal(value, places):.{places}f}" == f"{exact:f}"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_finite_has_no_nearest_decimal(value):
    with pytest.raises(ValueError, match="finite"):
        nearest_decimal(value, 2)


amounts = st.lists(st.floats(0, 1e9, allow_subnormal=False), min_size=1, max_size=30)


@settings(deadline=None)
@given(amounts, st.integers(0, 4))
def test_apportioned_parts_sum_to_the_rounded_total_and_stay_within_a_unit(parts, places):
    exact = sum((Fraction(str(part)) for part in parts), Fraction(0))
    result = apportion(parts, exact, places)
    assert sum(result) == round_half_up(exact, places)
    unit = Fraction(1, 10**places)
    scale = Fraction(round_half_up(exact, places)) / exact if exact else 0
    assert all(
        abs(Fraction(share) - Fraction(str(part)) * scale) < unit for share, part in zip(result, parts, strict=True)
    )


@settings(deadline=None)
@given(amounts, st.randoms())
def test_the_multiset_of_shares_does_not_depend_on_the_order(parts, random):
    total = sum(parts)
    if total == 0:
        parts, total = [1.0], 1.0
    shuffled = parts.copy()
    random.shuffle(shuffled)
    assert sorted(apportion(parts, total, 2)) == sorted(apportion(shuffled, total, 2))


def test_shares_of_a_partition_sum_to_exactly_one_hundred():
    assert [str(share) for share in apportion([1 / 3, 1 / 3, 1 / 3], 100, 2)] == ["33.34", "33.33", "33.33"]
    assert apportion([2, 1], Decimal("0.01"), 2) == [Decimal("0.01"), Decimal("0.00")]


def test_nothing_can_be_apportioned_among_nothing():
    assert apportion([0.0, 0.0], 0, 2) == [Decimal("0.00")] * 2
    assert apportion([], 0, 2) == []
    for parts in ([], [0.0]):
        with pytest.raises(ValueError, match="no part"):
            apportion(parts, 1, 2)
    with pytest.raises(ValueError, match="negative"):
        apportion([1, -1], 0, 2)
