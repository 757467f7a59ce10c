"""The files are as bureaus deliver them: encodings, reference systems, fields, size."""

import json
import re
from pathlib import Path
from typing import Any

import pyogrio
import pyproj
import pytest

# TD/T 1001-2012 with the letters of GB/T 37346-2019; A and C only follow J.
PARCEL_CODE = re.compile(r"\d{6}\d{3}\d{3}(?:J[AC]|[GJZ][BSXDEFHGWYLN])\d{5}")
SOURCE_SYSTEMS = {
    "宗地.shp": 4547,
    "地类图斑.gpkg": 4490,
    "城市规划.shp": 4547,
    "土地利用规划.gpkg": 4526,
    "生态保护红线.gpkg": 4490,
    "永久基本农田.gpkg": 4526,
    "重点限制禁止开发区.gpkg": 4547,
    "道路河流.gpkg": 4547,
    "范围.gpkg": 4490,
}


def test_the_sample_is_small(data: Path) -> None:
    assert sum(path.stat().st_size for path in data.iterdir()) < 6_000_000


@pytest.mark.parametrize(("name", "driver"), [("宗地", 0), ("城市规划", 0x4D)])
def test_a_shapefile_is_gbk_without_a_code_page_file(name: str, driver: int, data: Path) -> None:
    assert not (data / f"{name}.cpg").exists()
    content = (data / f"{name}.dbf").read_bytes()
    assert content[29] == driver
    records = content[int.from_bytes(content[8:10], "little") :]
    assert "示例" in records.decode("gbk")
    with pytest.raises(UnicodeDecodeError):
        records.decode("utf-8")


@pytest.mark.parametrize(("name", "epsg"), SOURCE_SYSTEMS.items())
def test_a_layer_states_its_reference_system(name: str, epsg: int, data: Path) -> None:
    assert pyproj.CRS(pyogrio.read_info(data / name)["crs"]).to_epsg() == epsg


@pytest.mark.parametrize("name", ["永久基本农田.gpkg", "土地利用规划.gpkg"])
def test_eastings_with_a_zone_number_have_eight_digits(name: str, data: Path) -> None:
    west, _, east, _ = pyogrio.read_info(data / name, force_total_bounds=True)["total_bounds"]
    assert 38_000_000 < west < east < 39_000_000


def test_the_geojson_is_what_its_standard_says(data: Path) -> None:
    content = json.loads((data / "城镇开发边界.geojson").read_text("utf-8"))
    assert "crs" not in content
    for feature in content["features"]:
        for rings in feature["geometry"]["coordinates"]:
            for ring in rings:
                assert ring[0] == ring[-1]
                assert all(113 < lon < 114 and 28 < lat < 29 for lon, lat in ring)
    assert {feature["properties"]["GHFQDM"] for feature in content["features"]} == {"01", "02", "03"}


def test_the_manifest_names_files_and_fields_that_are_there(data: Path, manifest: dict[str, Any]) -> None:
    assert len(manifest["layers"]) == 9
    for entry in manifest["layers"]:
        info = pyogrio.read_info(data / entry["file"], layer=entry["source_layer"])
        fields = {source for source in entry["map"].values() if not source.startswith("=")}
        assert fields <= set(info["fields"])
        assert entry["coverage"] is None or (data / entry["coverage"]).exists()
    for table in (*manifest["tables"], *manifest["sites"], *manifest["rasters"]):
        assert (data / table["file"]).exists()


def test_every_file_is_named_in_the_manifest_or_belongs_to_one_that_is(data: Path, manifest: dict[str, Any]) -> None:
    named = {entry["file"] for group in ("layers", "tables", "sites", "rasters") for entry in manifest[group]}
    named |= {entry["coverage"] for entry in manifest["layers"] if entry["coverage"]}
    stems = {Path(name).stem for name in named}
    others = {path.name for path in data.iterdir() if path.stem not in stems}
    assert others == {"manifest.json", "expected.json"}


def test_parcel_codes_obey_the_standard_but_for_those_planted(data: Path, expected: dict[str, Any]) -> None:
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK", read_geometry=False)
    odd = {entry["parcel_bsm"] for entry in expected["parcels"]["odd_codes"]}
    bad = {row.BSM for row in parcels.itertuples() if not PARCEL_CODE.fullmatch(row.ZDDM)}
    elsewhere = {row.BSM for row in parcels.itertuples() if not row.ZDDM.startswith("430121")}
    assert len(parcels) == expected["parcels"]["rows"] > 1900
    assert bad | elsewhere == odd
    assert len(odd) == 3


def test_attributes_are_not_cut_off(data: Path) -> None:
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK", read_geometry=False)
    assert set(parcels["BSM"].str.len()) == {18}
    assert parcels["BSM"].is_unique
    firms = parcels.loc[parcels["QLRMC"].str.startswith("湖南示例"), "QLRMC"]
    assert firms.str.endswith(("公司", "单位")).all()


def test_plans_have_about_600_zones(data: Path) -> None:
    for name in ("城市规划.shp", "土地利用规划.gpkg"):
        assert 550 < pyogrio.read_info(data / name)["features"] < 700
