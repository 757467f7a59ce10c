"""What each file is and to which layer it goes: the contents of ``manifest.json``, which the demo reads."""

from typing import Any

from sample_layers.contracts import AS_OF

PARCELS, SURVEY, CITY_PLAN, LAND_PLAN = "宗地.shp", "地类图斑.gpkg", "城市规划.shp", "土地利用规划.gpkg"
REDLINE, FARMLAND = "生态保护红线.gpkg", "永久基本农田.gpkg"
BOUNDARY, FUNCTIONAL = "城镇开发边界.geojson", "重点限制禁止开发区.gpkg"
ROADS, COVERAGE, SITE = "道路河流.gpkg", "范围.gpkg", "项目用地.txt"
CONTRACTS, ENTERPRISES = "出让合同.csv", "企业.xlsx"


def manifest() -> dict[str, Any]:
    """Return the manifest.

    Examples
    --------
    >>> from sample_layers.manifest import manifest
    >>> [layer["to"] for layer in manifest()["layers"]][:2]
    ['parcels', 'land_survey']
    """
    return {
        "as_of": AS_OF.isoformat(),
        "layers": [*_plain_layers(), *_control_layers()],
        "tables": [{"file": CONTRACTS, "kind": "contracts"}, {"file": ENTERPRISES, "kind": "enterprises"}],
        "sites": [{"file": SITE, "title_zh": "示例项目用地", "title_en": "Example project site"}],
        "rasters": [{"file": f"NDVI_{year}.tif", "kind": "ndvi", "taken_on": f"{year}-07-15"} for year in (2024, 2025)],
    }


def _plain_layers() -> list[dict[str, Any]]:
    return [
        _layer(
            PARCELS,
            "parcels",
            "parcel",
            ("宗地", "Parcels"),
            {
                "parcel_code": "ZDDM",
                "land_use_code": "YT",
                "code_version": "=GB/T 21010-2017",
                "area_registered_m2": "ZDMJ",
                "holder": "QLRMC",
                "name": "ZL",
            },
            encoding="GBK",
            valid_from="2026-06-01",
            approval="长县不动产(示例)〔2026〕6号",
            accuracy_m=0.05,
        ),
        _layer(
            SURVEY,
            "land_survey",
            "reference",
            ("地类图斑", "Land survey patches"),
            {
                "feature_id": "BSM",
                "feature_code": "DLBM",
                "feature_name": "DLMC",
                "code_version": "=TD/T 1055-2019",
            },
            source_layer="DLTB",
            valid_from="2025-12-31",
            approval="长县国土变更(示例)〔2025〕1号",
            accuracy_m=0.5,
        ),
        _layer(
            CITY_PLAN,
            "city_plan",
            "plan",
            ("城市规划", "City plan"),
            {
                "feature_id": "BSM",
                "zone_code": "YDDM",
                "zone_name": "YDXZ",
                "code_version": "=GB 50137-2011",
                "floor_area_ratio_max": "RJL",
                "building_height_max_m": "JZGD",
                "building_density_max": "JZMD",
                "green_ratio_min": "LDL",
            },
            valid_from="2021-03-01",
            approval="长县政函(示例)〔2021〕15号",
            accuracy_m=0.3,
        ),
        _layer(
            LAND_PLAN,
            "land_use_plan",
            "plan",
            ("土地利用规划", "Land-use plan"),
            {
                "feature_id": "BSM",
                "zone_code": "GHDLDM",
                "zone_name": "GHDLMC",
                "code_version": "=TD/T 1027-2010",
            },
            source_layer="TDGHDL",
            valid_from="2016-12-01",
            approval="湘政函(示例)〔2016〕88号",
            accuracy_m=1.0,
        ),
        _layer(
            ROADS,
            "roads_rivers",
            "reference",
            ("道路河流", "Roads and rivers"),
            {"feature_id": "BSM", "feature_code": "DLBM", "feature_name": "MC", "code_version": "=TD/T 1055-2019"},
            source_layer="DLHL",
            valid_from="2025-12-31",
            approval="长县基础测绘(示例)〔2025〕3号",
            accuracy_m=0.5,
        ),
    ]


def _control_layers() -> list[dict[str, Any]]:
    return [
        _layer(
            REDLINE,
            "ecological_redline",
            "ecological_redline",
            ("生态保护红线", "Ecological red line"),
            {"control_code": "HXBM", "control_name": "HXMC", "control_zone": "ZRBHDFQ"},
            source_layer="STBHHX",
            valid_from="2022-10-14",
            approval="自然资办函(示例)〔2022〕2207号",
            accuracy_m=0.5,
            coverage=COVERAGE,
            mandatory=True,
        ),
        _layer(
            FARMLAND,
            "permanent_basic_farmland",
            "permanent_basic_farmland",
            ("永久基本农田", "Permanent basic farmland"),
            {"control_code": "YJJBNTTBBH", "control_name": "DLMC"},
            source_layer="YJJBNTBHTB",
            valid_from="2022-10-14",
            approval="自然资办函(示例)〔2022〕2207号",
            accuracy_m=0.5,
            coverage=COVERAGE,
            mandatory=True,
        ),
        _layer(
            BOUNDARY,
            "urban_development_boundary",
            "urban_development_boundary",
            ("城镇开发边界", "Urban development boundary"),
            {"control_code": "BSM", "control_name": "GHFQMC", "control_zone": "GHFQDM"},
            valid_from="2022-10-14",
            approval="自然资办函(示例)〔2022〕2207号",
            accuracy_m=0.5,
            coverage=COVERAGE,
            mandatory=True,
        ),
        _layer(
            FUNCTIONAL,
            "functional_zones",
            "functional_zone",
            ("重点限制禁止开发区", "Key, restricted and forbidden development zones"),
            {"control_code": "KFQDM", "control_name": "KFQMC", "control_zone": "GNQLX"},
            source_layer="GNFQ",
            valid_from="2016-06-01",
            approval="长县发改(示例)〔2016〕9号",
            accuracy_m=0.5,
            coverage=COVERAGE,
            mandatory=True,
        ),
    ]


def _layer(
    file: str,
    slug: str,
    kind: str,
    titles: tuple[str, str],
    fields: dict[str, str],
    *,
    valid_from: str,
    approval: str,
    accuracy_m: float,
    source_layer: str | None = None,
    encoding: str | None = None,
    coverage: str | None = None,
    mandatory: bool = False,
) -> dict[str, Any]:
    title_zh, title_en = titles
    return {
        "file": file,
        "source_layer": source_layer,
        "to": slug,
        "kind": kind,
        "title_zh": title_zh,
        "title_en": title_en,
        "crs": None,
        "encoding": encoding,
        "map": fields,
        "valid_from": valid_from,
        "approval": approval,
        "accuracy_m": accuracy_m,
        "mandatory": mandatory,
        "coverage": coverage,
    }
