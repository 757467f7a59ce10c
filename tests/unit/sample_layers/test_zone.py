"""The zone is a coverage: neighbours share every vertex; and its areas are the registered ones."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from sample_layers.layout import CellKind, core, district, extent, lay_out
from sample_layers.truth import clip, covered_area_m2, shoelace_m2, to_plane, trapezium_area_m2
from sample_layers.zone import Zone

# Rectangles of the domain: south-west corner (easting with zone number, northing), width, height, ellipsoidal area.
GOLDEN = (
    (38406700, 3125000, 500, 400, 199957.2802),
    (40490000, 3260000, 500, 400, 199999.5309),
    (39633000, 3465000, 500, 400, 199912.4621),
    (40595000, 4555000, 500, 400, 199955.3619),
    (38400000, 3120000, 10_000, 10_000, 99977726.8864),
)


def _corners(east: float, north: float, width: float, height: float) -> list[tuple[float, float]]:
    unproject = pyproj.Transformer.from_crs(4488 + int(east // 1_000_000), 4490, always_xy=True)
    grid = ((east, north), (east + width, north), (east + width, north + height), (east, north + height))
    return [unproject.transform(*corner) for corner in grid]


@pytest.mark.parametrize(("east", "north", "width", "height", "area"), GOLDEN)
def test_the_area_formula_gives_the_golden_values(
    east: float, north: float, width: float, height: float, area: float
) -> None:
    ring = _corners(east, north, width, height)
    assert trapezium_area_m2(ring) == pytest.approx(area, abs=1e-4)
    assert shoelace_m2(to_plane(ring)) == pytest.approx(area, abs=1e-4)


def test_the_plane_is_the_cylindrical_equal_area_plane_of_proj() -> None:
    plane = pyproj.Transformer.from_crs(4490, "+proj=cea +lat_ts=0 +lon_0=114 +ellps=GRS80", always_xy=True)
    points = [(113.08, 28.24), (113.1, 28.3), (119.9, 41.1)]
    assert np.allclose(to_plane(points), [plane.transform(*point) for point in points], rtol=0, atol=1e-6)


def test_clipping_agrees_with_shapely() -> None:
    subject = [(0.0, 0.0), (9.0, 1.0), (8.0, 7.0), (1.0, 6.0)]
    for window in ([(3, -2), (12, 3), (4, 9)], [(4, 9), (12, 3), (3, -2)], [(20, 20), (21, 20), (21, 21)]):
        common = shapely.Polygon(subject).intersection(shapely.Polygon(window))
        assert shoelace_m2(clip(subject, window)) == pytest.approx(common.area, abs=1e-12)


def test_windows_that_overlap_cover_a_place_once() -> None:
    box = _corners(38406700, 3125000, 120, 80)
    west, east = _corners(38406690, 3124990, 60, 100), _corners(38406720, 3124990, 110, 100)
    assert covered_area_m2(box, [west, east]) == pytest.approx(trapezium_area_m2(box), abs=1e-3)


def test_the_layout_fills_its_rectangle() -> None:
    cells = lay_out()
    assert sum(cell.box.area for cell in cells) == extent().area
    assert core().area > 2 * district().area
    assert {cell.kind for cell in cells} == set(CellKind)


def test_neighbours_share_every_vertex(zone: Zone) -> None:
    polygons = np.array([zone.polygon(number) for number in range(len(zone.cells))])
    assert shapely.is_valid(polygons).all()
    assert shapely.coverage_is_valid(polygons)
    whole = shapely.coverage_union_all(polygons)
    assert isinstance(whole, shapely.Polygon)
    assert len(whole.interiors) == 0


def test_edges_are_ragged_but_the_planted_district_is_straight(zone: Zone) -> None:
    ragged = [len(zone.rings[number]) for number in zone.select(CellKind.HILL)]
    straight = [len(zone.rings[number]) for number in zone.select(CellKind.SITE)]
    assert np.mean(ragged) > 20
    assert set(straight) == {4}


def test_the_zone_lies_where_it_should(zone: Zone) -> None:
    bounds = shapely.total_bounds([zone.polygon(number) for number in range(len(zone.cells))])
    unproject = pyproj.Transformer.from_crs(4547, 4490, always_xy=True)
    lon, lat = unproject.transform((bounds[0] + bounds[2]) / 2, (bounds[1] + bounds[3]) / 2)
    assert (lon, lat) == pytest.approx((113.08, 28.24), abs=0.01)


def test_every_parcel_has_the_expected_area(
    read_plane: Callable[[str], gpd.GeoDataFrame], expected: dict[str, Any]
) -> None:
    parcels = read_plane("parcels")
    areas = expected["parcels"]["area_ellipsoid_m2"]
    assert set(parcels["BSM"]) == set(areas)
    for identifier, geometry in zip(parcels["BSM"], parcels.geometry, strict=True):
        assert geometry.area == pytest.approx(areas[identifier], abs=1e-3)


def test_the_land_survey_fills_the_zone(zone: Zone, read_plane: Callable[[str], gpd.GeoDataFrame]) -> None:
    survey = read_plane("land_survey")
    everything = zone.total_area_m2(range(len(zone.cells)))
    # One patch is drawn with a gap of 10 m x 80 m between its two rings.
    assert survey.geometry.area.sum() == pytest.approx(everything - 799.8, abs=0.5)
    assert survey["TBMJ"].sum() == pytest.approx(everything - 799.8, abs=15)
