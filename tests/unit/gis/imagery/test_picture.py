"""Pictures of scenes: the stored pixels in their colours, the land's boundary, and what was not seen told from what was."""

from datetime import date

import numpy as np
import pyproj
import pytest
import shapely
from affine import Affine
from rasterio.enums import ColorInterp
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from gis.crs import to_geographic
from gis.imagery import Mask, Scene, SceneKind, encode_png, picture_surroundings

ZONE = pyproj.CRS("EPSG:4547")
WEST, NORTH, PIXEL_M = 400_000.0, 3_100_000.0, 10.0
DAY = date(2024, 7, 15)
GREEN, BARE = (20, 88, 44), (122, 92, 72)
HATCH = {(198, 202, 204), (160, 166, 170)}


def land(first_column: float, first_row: float, columns: float, rows: float) -> shapely.Geometry:
    """Draw a rectangle counted in pixels from the upper left corner of the raster."""
    west, north = WEST + first_column * PIXEL_M, NORTH - first_row * PIXEL_M
    return to_geographic([shapely.box(west, north - rows * PIXEL_M, west + columns * PIXEL_M, north)], ZONE)[0]


def halves(rows: int, columns: int) -> np.ndarray:
    """Give a raster of which the western half is overgrown and the eastern half is bare."""
    values = np.full((rows, columns), 0.9, dtype="float32")
    values[:, columns // 2 :] = -0.1
    return values


def colours(picture: np.ndarray, rows: slice, columns: slice) -> set[tuple[int, ...]]:
    return {tuple(int(value) for value in pixel) for pixel in picture[rows, columns, :3].reshape(-1, 3)}


def test_every_pixel_has_the_colour_of_its_value_and_the_land_its_boundary(write_raster):
    scene = Scene(write_raster(halves(40, 40)), DAY)
    # The land is 10 pixels square in the middle; with half of that on each side the picture shows 20 of them, 4 wide each.
    picture = picture_surroundings(land(15, 15, 10, 10), scene, size=80)
    assert picture.shape == (80, 80, 4)
    assert (picture[..., 3] == 255).all()
    assert colours(picture, slice(0, 15), slice(0, 40)) == {GREEN}
    assert colours(picture, slice(0, 15), slice(41, 80)) == {BARE}
    assert tuple(picture[40, 20, :3]) == (17, 17, 17)
    assert tuple(picture[20, 30, :3]) == (17, 17, 17)
    assert colours(picture, slice(30, 50), slice(25, 38)) == {GREEN}


def test_what_the_scene_does_not_show_is_hatched_and_beyond_it_is_nothing(write_raster):
    values = np.full((12, 12), 0.9, dtype="float32")
    values[:, 6:] = np.nan
    cloud = np.zeros((12, 12), dtype="uint8")
    cloud[6:] = 1
    path = write_raster(values, nodata=np.nan)
    scene = Scene(path, DAY, masks=(Mask(write_raster(cloud, "cloud.tif")),))
    picture = picture_surroundings(land(3, 3, 6, 6), scene, size=120)
    assert colours(picture, slice(0, 20), slice(0, 20)) == {GREEN}
    assert colours(picture, slice(0, 20), slice(100, 120)) == HATCH
    assert colours(picture, slice(100, 120), slice(0, 20)) == HATCH
    # The same land at the raster's corner: three quarters of the picture lie beyond.
    corner = picture_surroundings(land(-3, -3, 6, 6), Scene(path, DAY), size=120)
    assert (corner[:20, :20, 3] == 0).all()
    assert (corner[100:, 62:80, 3] == 255).all()
    far = picture_surroundings(land(500, 500, 6, 6), Scene(path, DAY), size=40)
    assert (far[:8, :, 3] == 0).all()


def test_a_small_plot_is_shown_with_a_dozen_pixels_and_a_large_one_with_no_more_than_the_picture_has(write_raster):
    steps = np.tile(np.linspace(-0.1, 0.9, 40, dtype="float32"), (40, 1))
    small = picture_surroundings(land(20, 20, 1, 1), Scene(write_raster(steps, "small.tif"), DAY), size=120)
    assert len(colours(small, slice(0, 10), slice(0, 120))) in {12, 13}
    large = picture_surroundings(land(150, 150, 300, 300), Scene(write_raster(halves(600, 600)), DAY), size=32)
    assert colours(large, slice(0, 6), slice(0, 16)) == {GREEN}
    assert colours(large, slice(0, 6), slice(17, 32)) == {BARE}


def test_a_square_on_the_ground_is_a_square_in_the_picture_of_a_geographic_raster(write_raster):
    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    path = write_raster(
        np.full((400, 400), 0.9, dtype="float32"),
        crs="EPSG:4490",
        transform=Affine(0.0002, 0, 110, 0, -0.0001, 60.02),
    )
    picture = picture_surroundings(shapely.box(110.03, 59.995, 110.05, 60.005), Scene(path, DAY), size=100)
    drawn = np.argwhere((picture[..., :3] == 17).all(axis=-1))
    height, width = drawn.max(axis=0) - drawn.min(axis=0)
    assert height == pytest.approx(50, abs=2)
    assert width == pytest.approx(height, abs=2)


def test_night_lights_are_told_from_each_other_by_the_brightest_in_view(write_raster):
    values = np.zeros((12, 12), dtype="float32")
    values[:, 6:] = 40
    picture = picture_surroundings(
        land(3, 3, 6, 6), Scene(write_raster(values), DAY, kind=SceneKind.NIGHT_LIGHTS), size=120
    )
    assert colours(picture, slice(0, 20), slice(0, 58)) == {(14, 16, 38)}
    assert colours(picture, slice(0, 20), slice(62, 120)) == {(255, 232, 130)}


def test_gdal_reads_the_png_as_it_was_drawn():
    picture = np.arange(5 * 7 * 4, dtype=np.uint8).reshape(5, 7, 4)
    with MemoryFile(encode_png(picture)) as memory:
        with pytest.warns(NotGeoreferencedWarning):
            read = memory.open(driver="PNG")
        with read:
            assert np.array_equal(read.read(), picture.transpose(2, 0, 1))
            assert read.colorinterp[3] is ColorInterp.alpha
