"""Means and shares of rasters over polygons: by hand, against a plain loop over pixels, and against what they must add up to."""

import json
from datetime import date
from importlib import resources
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gis.arrays import GeometryArray
from gis.crs import project_geometries, to_geographic
from gis.errors import OverlayCancelledError
from gis.imagery import Mask, RasterRefusedError, Scene, SceneKind, measure_scenes, read_scenes

ZONE = pyproj.CRS("EPSG:4547")
WEST, NORTH, PIXEL_M = 400_000.0, 3_100_000.0, 10.0
DAY = date(2024, 7, 15)
NAN = np.nan
TO_TWO_BANDS = ["2024-07-15", "2023-07-15"]


def pixels(first_column: float, first_row: float, columns: float, rows: float) -> shapely.Polygon:
    """Draw a rectangle counted in pixels from the upper left corner of the raster, in EPSG:4547."""
    west, north = WEST + first_column * PIXEL_M, NORTH - first_row * PIXEL_M
    return shapely.box(west, north - rows * PIXEL_M, west + columns * PIXEL_M, north)


def on_the_globe(*geoms: shapely.Geometry | None) -> GeometryArray:
    return to_geographic(list(geoms), ZONE)


def plain_loop(polygon: shapely.Geometry, values: np.ndarray, threshold: float) -> tuple[float, float, float]:
    """Go through every pixel: seen share of the polygon, mean, share at or above the threshold."""
    seen = total = above = 0.0
    for row in range(values.shape[0]):
        for column in range(values.shape[1]):
            part = shapely.intersection(polygon, pixels(column, row, 1, 1)).area
            value = values[row, column]
            if part == 0 or np.isnan(value):
                continue
            seen += part
            total += part * value
            above += part * (value >= threshold)
    return seen / polygon.area, total / seen if seen else NAN, above / polygon.area


def test_a_hand_computed_mean_weighs_pixels_by_the_part_that_is_covered(write_raster):
    path = write_raster(np.array([[0.2, 0.4], [0.6, 0.8]]))
    # One whole pixel, half of its right neighbour, and nothing of the row below.
    found = measure_scenes(on_the_globe(pixels(0, 0, 1.5, 1)), read_scenes(path), threshold=0.35)
    assert found.mean[0, 0] == pytest.approx((1 * 0.2 + 0.5 * 0.4) / 1.5, abs=1e-9)
    assert found.above_share[0, 0] == pytest.approx(0.5 / 1.5, abs=1e-6)
    assert found.valid_share[0, 0] == pytest.approx(1, abs=1e-6)
    assert found.pixels[0, 0] == pytest.approx(1.5, abs=1e-6)
    assert found.resolution_m[0] == pytest.approx(10, abs=0.01)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_polygon_agrees_with_a_plain_loop_over_the_pixels(data, write_raster):
    level = st.sampled_from([-0.2, 0.0, 0.2, 0.35, 0.5, 0.9, NAN])
    values = np.array(data.draw(st.lists(st.lists(level, min_size=6, max_size=6), min_size=5, max_size=5)))
    place = st.floats(-2, 8)
    corners = data.draw(st.lists(st.tuples(place, place), min_size=3, max_size=8, unique=True))
    hull = shapely.MultiPoint([(WEST + x * PIXEL_M, NORTH - y * PIXEL_M) for x, y in corners]).convex_hull
    holed = shapely.difference(hull, pixels(2.3, 1.6, 1.5, 1.2))
    if holed.area < 1:
        return
    path = write_raster(values, nodata=NAN, blockysize=2)
    found = measure_scenes(on_the_globe(holed), read_scenes(path), threshold=0.35, window_values=24)
    seen, mean, above = plain_loop(holed, values, 0.35)
    assert found.valid_share[0, 0] == pytest.approx(seen, abs=1e-5)
    assert found.above_share[0, 0] == pytest.approx(above, abs=1e-5)
    if seen > 1e-4:
        assert found.mean[0, 0] == pytest.approx(mean, abs=1e-4)


def test_real_scenes_have_the_means_that_exactextract_computes_for_each_band(test_data: Path):
    folder = test_data / "slovenia_s2"
    fields = gpd.read_file(folder / "LULC.gpkg")
    scenes = read_scenes(folder / "ndvi_timeseries.tif")
    assert len(scenes) == 68
    assert (scenes[0].taken_on, scenes[-1].taken_on.year) == (date(2015, 7, 11), 2017)
    found = measure_scenes(to_geographic(fields.geometry, fields.crs), scenes, threshold=0.35)
    expected = exact_extract(str(folder / "ndvi_timeseries.tif"), fields, ["mean"], output="pandas").to_numpy()
    np.testing.assert_allclose(found.mean, expected, atol=1e-6)


def test_what_the_masks_of_real_scenes_hide_is_not_seen(test_data: Path):
    folder = test_data / "slovenia_s2"
    fields = gpd.read_file(folder / "LULC.gpkg")
    masks = [Mask(folder / "cloud_mask_timeseries.tif"), Mask(folder / "is_valid_timeseries.tif", clear_values=(1,))]
    scenes = read_scenes(folder / "ndvi_timeseries.tif", masks=masks)
    found = measure_scenes(to_geographic(fields.geometry, fields.crs), scenes, threshold=0.35)
    with rasterio.open(folder / "cloud_mask_timeseries.tif") as clouds:
        covered = [bool((clouds.read(scene.band) == 1).all()) for scene in found.scenes]
    assert any(covered)
    assert not found.valid_share[:, covered].any()
    assert np.isnan(found.mean[:, covered]).all()


def test_windows_do_not_change_the_result(write_raster):
    values = np.linspace(-0.5, 0.9, 40 * 50).reshape(40, 50)
    path = write_raster(values, blockxsize=16, blockysize=16, tiled=True)
    lots = on_the_globe(pixels(1.5, 2.5, 44, 31), pixels(15, 15, 2, 2), pixels(0, 0, 50, 40))
    whole = measure_scenes(lots, read_scenes(path), threshold=0.2)
    cut = measure_scenes(lots, read_scenes(path), threshold=0.2, window_values=300)
    np.testing.assert_allclose(cut.mean, whole.mean, rtol=1e-12)
    np.testing.assert_allclose(cut.above_share, whole.above_share, rtol=1e-12)
    assert whole.mean[2, 0] == pytest.approx(values.mean(), abs=1e-6)


def test_parts_of_a_lot_add_up_to_the_lot(write_raster):
    values = np.random.default_rng(7).uniform(-1, 1, (12, 12))
    lots = on_the_globe(pixels(0.3, 0.3, 10, 8), pixels(0.3, 0.3, 4.4, 8), pixels(4.7, 0.3, 5.6, 8))
    found = measure_scenes(lots, read_scenes(write_raster(values)), threshold=0.1)
    whole, *parts = found.mean[:, 0] * found.pixels[:, 0]
    assert sum(parts) == pytest.approx(whole, abs=1e-4)


def test_what_lies_beyond_the_raster_was_not_seen(write_raster):
    lots = on_the_globe(pixels(-2, 0, 4, 2), pixels(50, 50, 2, 2))
    found = measure_scenes(lots, read_scenes(write_raster(np.full((4, 4), 0.5))), threshold=0.35)
    assert found.valid_share[:, 0] == pytest.approx([0.5, 0], abs=1e-6)
    assert found.mean[0, 0] == pytest.approx(0.5)
    assert np.isnan(found.mean[1, 0])


def test_missing_and_empty_geometries_are_seen_by_no_scene(write_raster):
    lots = on_the_globe(None, shapely.Polygon(), pixels(0, 0, 2, 2))
    found = measure_scenes(lots, read_scenes(write_raster(np.full((4, 4), 0.5))), threshold=0.35)
    assert found.valid_share[:, 0] == pytest.approx([0, 0, 1], abs=1e-6)
    assert found.pixels[:, 0] == pytest.approx([0, 0, 4], abs=1e-6)


def test_a_value_that_means_no_data_is_not_seen_even_if_it_is_in_range(write_raster):
    path = write_raster(np.array([[0.0, 0.5], [0.0, 0.5]]), nodata=0.0)
    found = measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), read_scenes(path), threshold=0.35)
    assert found.valid_share[0, 0] == pytest.approx(0.5, abs=1e-6)
    assert found.mean[0, 0] == pytest.approx(0.5)


def test_whole_numbers_are_scaled_by_what_the_file_says_or_the_caller(write_raster):
    stored = np.full((2, 2), 5000, dtype=np.int16)
    lots = on_the_globe(pixels(0, 0, 2, 2))
    by_file = write_raster(stored, "a_20240715.tif", scales=(0.0001,))
    by_caller = write_raster(stored, "b_20240715.tif")
    assert measure_scenes(lots, read_scenes(by_file), threshold=0.35).mean[0, 0] == pytest.approx(0.5)
    assert measure_scenes(lots, read_scenes(by_caller, scale=0.0001), threshold=0.35).mean[0, 0] == pytest.approx(0.5)


def test_an_index_beyond_its_range_is_refused_with_the_remedy(write_raster):
    path = write_raster(np.full((2, 2), 5000, dtype=np.int16))
    with pytest.raises(RasterRefusedError, match=r"band 1: a value of size 5000.*Give the scale"):
        measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), read_scenes(path), threshold=0.35)


def test_night_lights_have_no_greatest_value(write_raster):
    path = write_raster(np.full((2, 2), 5000.0))
    scenes = read_scenes(path, kind=SceneKind.NIGHT_LIGHTS)
    assert measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), scenes, threshold=1).mean[0, 0] == pytest.approx(5000)


def test_a_mask_hides_what_is_not_clear_in_it(write_raster):
    mask = write_raster(np.array([[3, 4], [4, 8]], dtype=np.uint8), "scl.tif")
    path = write_raster(np.array([[0.1, 0.3], [0.5, 0.9]]))
    scenes = read_scenes(path, masks=[Mask(mask, clear_values=(4, 5))])
    found = measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), scenes, threshold=0.35)
    assert found.mean[0, 0] == pytest.approx(0.4)
    assert found.valid_share[0, 0] == pytest.approx(0.5, abs=1e-6)


def test_a_coarser_mask_is_looked_up_by_the_nearest_pixel_and_hides_beyond_its_edge(write_raster):
    coarse = Affine(2 * PIXEL_M, 0, WEST, 0, -2 * PIXEL_M, NORTH)
    mask = write_raster(np.array([[0], [1]], dtype=np.uint8), "cloud.tif", transform=coarse)
    values = np.arange(16).reshape(4, 4) / 100
    scenes = read_scenes(write_raster(values), masks=[Mask(mask)])
    found = measure_scenes(on_the_globe(pixels(0, 0, 4, 4)), scenes, threshold=0)
    # Only the upper left quarter is known to be clear: below there are clouds, and to the right the mask ends.
    assert found.valid_share[0, 0] == pytest.approx(0.25, abs=1e-6)
    assert found.mean[0, 0] == pytest.approx(values[:2, :2].mean())


def test_scenes_of_another_grid_and_another_system_are_measured_on_their_own_pixels(write_raster):
    lot = on_the_globe(pixels(1, 1, 2, 2))
    here = read_scenes(write_raster(np.full((4, 4), 0.5)))
    west, south, east, north = shapely.bounds(lot[0])
    degrees = Affine((east - west) / 2, 0, west - (east - west), 0, -(north - south) / 2, north + (north - south))
    there = read_scenes(write_raster(np.full((8, 8), 0.25), "ndvi_20230715.tif", crs="EPSG:4490", transform=degrees))
    found = measure_scenes(lot, [*here, *there], threshold=0.35)
    assert [scene.taken_on.year for scene in found.scenes] == [2023, 2024]
    assert found.mean[0] == pytest.approx([0.25, 0.5])
    assert found.valid_share[0] == pytest.approx([1, 1], abs=1e-6)


def test_the_bands_of_a_raster_are_scenes_of_their_own_in_the_order_of_their_days(write_raster):
    path = write_raster(np.stack([np.full((2, 2), 0.7), np.full((2, 2), 0.1)]), descriptions=TO_TWO_BANDS)
    found = measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), read_scenes(path), threshold=0.35)
    assert [scene.band for scene in found.scenes] == [2, 1]
    assert found.mean[0] == pytest.approx([0.1, 0.7])


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({"transform": Affine(10, 1, WEST, 1, -10, NORTH)}, "rotated"),
        ({"transform": Affine(10, 0, WEST, 0, 10, NORTH)}, "counted from the south"),
        ({"crs": None}, "names no reference system"),
        ({"crs": "EPSG:2383"}, "not on CGCS2000 or WGS 84"),
    ],
)
def test_a_grid_that_cannot_be_laid_over_parcels_is_refused(write_raster, profile, said):
    path = write_raster(np.full((2, 2), 0.5), **profile)
    with pytest.raises(RasterRefusedError, match=said):
        measure_scenes(on_the_globe(pixels(0, 0, 2, 2)), read_scenes(path), threshold=0.35)


def test_a_raster_that_is_cut_off_is_refused_by_name(write_raster, tmp_path: Path):
    whole = write_raster(np.random.default_rng(1).uniform(0, 1, (200, 200)), compress="deflate").read_bytes()
    cut = tmp_path / "cut_20240715.tif"
    cut.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RasterRefusedError, match="cut_20240715"):
        measure_scenes(on_the_globe(pixels(0, 0, 200, 200)), [Scene(cut, DAY)], threshold=0.35)


def test_measuring_stops_when_it_is_told_to(write_raster):
    with pytest.raises(OverlayCancelledError):
        measure_scenes(
            on_the_globe(pixels(0, 0, 2, 2)),
            read_scenes(write_raster(np.full((2, 2), 0.5))),
            threshold=0.35,
            cancelled=lambda: True,
        )


def test_progress_counts_the_rasters(write_raster):
    scenes = [
        *read_scenes(write_raster(np.full((2, 2), 0.5))),
        *read_scenes(write_raster(np.full((2, 2), 0.5), "n_20230101.tif")),
    ]
    steps: list[tuple[int, int]] = []
    measure_scenes(
        on_the_globe(pixels(0, 0, 2, 2)), scenes, threshold=0, progress=lambda done, of: steps.append((done, of))
    )
    assert steps == [(1, 2), (2, 2)]


def test_a_lot_is_the_same_lot_in_the_projection_of_the_web_map(write_raster):
    lot = on_the_globe(pixels(1, 1, 2, 2))
    web = pyproj.CRS("EPSG:3857")
    west, _south, east, north = shapely.bounds(project_geometries(lot, web)[0])
    step = (east - west) / 2
    transform = Affine(step, 0, west - step, 0, -step, north + step)
    values = np.arange(16).reshape(4, 4) / 100
    path = write_raster(values, crs=web.to_wkt(), transform=transform)
    found = measure_scenes(lot, read_scenes(path), threshold=0)
    assert found.mean[0, 0] == pytest.approx(values[1:3, 1:3].mean(), abs=0.002)


def test_the_planted_lots_of_the_sample_zone_have_their_planted_means():
    folder = Path(str(resources.files("sample_layers"))) / "data"
    planted = json.loads((folder / "expected.json").read_text(encoding="utf-8"))["ndvi"]
    parcels = gpd.read_file(folder / "宗地.shp", encoding="GBK")
    parcels = parcels.set_index("ZDDM")
    lots = parcels.geometry[[each["parcel_code"] for each in planted]]
    scenes = [scene for year in (2024, 2025) for scene in read_scenes(folder / f"NDVI_{year}.tif")]
    found = measure_scenes(to_geographic(lots, parcels.crs), scenes, threshold=0.35)
    assert [scene.taken_on for scene in found.scenes] == [date(2024, 7, 15), date(2025, 7, 15)]
    assert len(planted) == 5
    np.testing.assert_allclose(
        found.mean, [[each["mean"]["2024"], each["mean"]["2025"]] for each in planted], atol=1e-6
    )
    assert found.valid_share == pytest.approx(1, abs=1e-9)
