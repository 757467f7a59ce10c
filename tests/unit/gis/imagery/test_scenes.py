"""When a raster was taken, and what is refused as one."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from gis.imagery import Mask, RasterRefusedError, SceneKind, UndatedRasterError, read_scenes

LEVEL = np.full((2, 2), 0.5)
TWO = np.stack([LEVEL, LEVEL])


@pytest.mark.parametrize(
    "text",
    ["2024-07-15", "2024-07-15T10:00:08", "S2A_20240715T030541", "2024/07/15", "2024.07.15", "NDVI 2024_07_15 b1"],
)
def test_days_are_read_from_the_descriptions_of_bands(write_raster, text):
    scenes = read_scenes(write_raster(TWO, "stack.tif", descriptions=[text, "2023-01-02"]))
    assert [scene.taken_on for scene in scenes] == [date(2024, 7, 15), date(2023, 1, 2)]
    assert [scene.band for scene in scenes] == [1, 2]


def test_the_day_of_one_band_is_read_from_its_tags_before_the_name_of_the_file(write_raster):
    path = write_raster(LEVEL, "made_20250101.tif", tags={"TIFFTAG_DATETIME": "2024:07:15 10:11:12"})
    assert read_scenes(path)[0].taken_on == date(2024, 7, 15)
    assert read_scenes(write_raster(LEVEL, "made_20250101.tif"))[0].taken_on == date(2025, 1, 1)


def test_what_the_caller_says_goes_first(write_raster):
    path = write_raster(TWO, descriptions=["2024-07-15", "2023-01-02"])
    told = [date(2020, 1, 1), date(2020, 2, 2)]
    assert [scene.taken_on for scene in read_scenes(path, taken_on=told)] == told


@pytest.mark.parametrize(
    "name", ["ndvi.tif", "ndvi_2024.tif", "ndvi_20241399.tif", "ndvi_20240231.tif", "n1202407159.tif"]
)
def test_a_raster_without_a_day_is_refused_rather_than_dated_by_guess(write_raster, name):
    with pytest.raises(UndatedRasterError, match=r"band\(s\) 1 of 1"):
        read_scenes(write_raster(LEVEL, name))


def test_the_name_of_a_file_dates_no_stack(write_raster):
    with pytest.raises(UndatedRasterError, match=r"band\(s\) 2 of 2"):
        read_scenes(write_raster(TWO, "ndvi_20240715.tif", descriptions=["2024-07-15", "second"]))


def test_as_many_days_as_bands_are_asked_for(write_raster):
    with pytest.raises(UndatedRasterError, match=r"2 band\(s\), but 1 day"):
        read_scenes(write_raster(TWO), taken_on=[date(2024, 1, 1)])


def test_a_mask_hides_band_by_band_or_all_of_them(write_raster):
    raster = write_raster(TWO, "n.tif", descriptions=["2024-07-15", "2023-01-02"])
    stack, single = write_raster(TWO.astype("uint8"), "m2.tif"), write_raster(LEVEL.astype("uint8"), "m1.tif")
    scenes = read_scenes(raster, masks=[Mask(stack), Mask(single, clear_values=(1,))])
    assert [[(mask.path, mask.band) for mask in scene.masks] for scene in scenes] == [
        [(stack, 1), (single, 1)],
        [(stack, 2), (single, 1)],
    ]


def test_a_mask_with_other_bands_is_refused(write_raster):
    three = write_raster(np.zeros((3, 2, 2), np.uint8), "m3.tif")
    raster = write_raster(TWO, "n.tif", descriptions=["2024-07-15", "2023-01-02"])
    with pytest.raises(RasterRefusedError, match=r"m3\.tif has 3 bands, the raster that it is to mask 2"):
        read_scenes(raster, masks=[Mask(three)])


def test_only_geotiffs_of_the_local_disk_are_opened(tmp_path: Path):
    vrt = tmp_path / "a_20240715.vrt"
    vrt.write_text('<VRTDataset rasterXSize="1" rasterYSize="1"></VRTDataset>')
    text = tmp_path / "b_20240715.tif"
    text.write_text("no raster")
    for path in (vrt, text):
        with pytest.raises(RasterRefusedError, match="cannot be read as a GeoTIFF"):
            read_scenes(path)
    for absent in (tmp_path / "none.tif", Path("/vsicurl/http://example.org/a_20240715.tif")):
        with pytest.raises(RasterRefusedError, match="There is no raster"):
            read_scenes(absent)


def test_each_kind_knows_its_range():
    assert SceneKind.VEGETATION_INDEX.value_range == (-1, 1)
    assert SceneKind.BUILT_SHARE.value_range == (0, 1)
    assert SceneKind.NIGHT_LIGHTS.value_range is None
