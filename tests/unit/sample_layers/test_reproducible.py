"""The committed files are what the generator writes."""

import json
from pathlib import Path

import numpy as np
import openpyxl
import pyogrio
import pytest
import rasterio
import shapely

VECTORS = (
    "宗地.shp",
    "地类图斑.gpkg",
    "城市规划.shp",
    "土地利用规划.gpkg",
    "生态保护红线.gpkg",
    "永久基本农田.gpkg",
    "城镇开发边界.geojson",
    "重点限制禁止开发区.gpkg",
    "道路河流.gpkg",
    "范围.gpkg",
)


def test_both_folders_hold_the_same_files(data: Path, regenerated: Path) -> None:
    committed = {path.name for path in data.iterdir()}
    assert committed == {path.name for path in regenerated.iterdir()}
    assert len(committed) == 24


@pytest.mark.parametrize("name", VECTORS)
def test_a_layer_is_generated_again(name: str, data: Path, regenerated: Path) -> None:
    encoding = "GBK" if name.endswith(".shp") else None
    first, second = (pyogrio.read_dataframe(folder / name, encoding=encoding) for folder in (data, regenerated))
    assert first.crs == second.crs
    assert first.drop(columns="geometry").equals(second.drop(columns="geometry"))
    tolerance = 1e-10 if first.crs.is_geographic else 1e-6
    for mine, theirs in zip(first.geometry, second.geometry, strict=True):
        assert (mine is None) == (theirs is None)
        if mine is not None and not mine.is_empty:
            assert shapely.equals_exact(shapely.normalize(mine), shapely.normalize(theirs), tolerance)


@pytest.mark.parametrize("name", ["出让合同.csv", "项目用地.txt", "拟选址.geojson", "manifest.json"])
def test_a_text_is_generated_again(name: str, data: Path, regenerated: Path) -> None:
    assert (data / name).read_bytes() == (regenerated / name).read_bytes()


def test_the_workbook_is_generated_again(data: Path, regenerated: Path) -> None:
    first, second = (openpyxl.load_workbook(folder / "企业.xlsx") for folder in (data, regenerated))
    assert first.sheetnames == second.sheetnames == ["企业", "年度"]
    for name in first.sheetnames:
        assert list(first[name].values) == list(second[name].values)


@pytest.mark.parametrize("name", ["NDVI_2024.tif", "NDVI_2025.tif"])
def test_a_raster_is_generated_again(name: str, data: Path, regenerated: Path) -> None:
    with rasterio.open(data / name) as first, rasterio.open(regenerated / name) as second:
        assert first.profile == second.profile
        assert np.array_equal(first.read(1), second.read(1))


def test_the_expectations_are_generated_again(data: Path, regenerated: Path) -> None:
    first, second = (json.loads((folder / "expected.json").read_text("utf-8")) for folder in (data, regenerated))
    assert _rounded(first) == _rounded(second)


def _rounded(value: object) -> object:
    """Forgive the fourth decimal, in which builds of PROJ may differ."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return value
