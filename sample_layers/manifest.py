"""What each file is and to which layer it goes: the contents of ``manifest.json``, which the demo reads."""

from typing import Any

from sample_layers.contracts import AS_OF

PARCELS, SURVEY, CITY_PLAN, LAND_PLAN = "宗地.shp", "地类图斑.gpkg", "城市规划.shp", "土地利用规划.gpkg"
REDLINE, FARMLAND = "生态保护红线.gpkg", "永久基本农田.gpkg"
BOUNDARY, FUNCTIONAL = "城镇开发边界.geojson", "重点限制禁止开发区.gpkg"
ROADS, COVERAGE, SITE, CHOSEN_SITES = "道路河流.gpkg", "范围.gpkg", "项目用地.txt", "拟选址.geojson"
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
        "layers": [_parcels(), *_references(), _city_plan(), _land_plan(), *_hard_lines()],
        "tables": [{"file": CONTRACTS, "kind": "contracts"}, {"file": ENTERPRISES, "kind": "enterprises"}],
        "sites": [
            {"file": SITE, "title_zh": "示例项目用地", "title_en": "Example project site"},
            {"file": CHOSEN_SITES, "title_zh": "示例拟选址", "title_en": "Example sites to choose from"},
        ],
        "rasters": [{"file": f"NDVI_{year}.tif", "kind": "ndvi", "taken_on": f"{year}-07-15"} for year in (2024, 2025)],
    }


def _parcels() -> dict[str, Any]:
    fields = {
        "parcel_code": "ZDDM",
        "land_use_code": "YT",
        "code_version": "=GB/T 21010-2017",
        "area_registered_m2": "ZDMJ",
        "holder": "QLRMC",
        "name": "ZL",
    }
    return _layer(
        PARCELS,
        "parcels",
        "parcel",
        ("宗地", "Parcels"),
        fields,
        encoding="GBK",
        valid_from="2026-06-01",
        approval="长县不动产(示例)〔2026〕6号",
        accuracy_m=0.05,
    )


def _city_plan() -> dict[str, Any]:
    fields = {
        "feature_id": "BSM",
        "zone_code": "YDDM",
        "zone_name": "YDXZ",
        "code_version": "=GB 50137-2011",
        "floor_area_ratio_max": "RJL",
        "building_height_max_m": "JZGD",
        "building_density_max": "JZMD",
        "green_ratio_min": "LDL",
    }
    return _layer(
        CITY_PLAN,
        "city_plan",
        "plan",
        ("城市规划", "City plan"),
        fields,
        valid_from="2021-03-01",
        approval="长县政函(示例)〔2021〕15号",
        accuracy_m=0.3,
    )


def _land_plan() -> dict[str, Any]:
    fields = {
        "feature_id": "BSM",
        "zone_code": "GHDLDM",
        "zone_name": "GHDLMC",
        "code_version": "=TD/T 1027-2010",
    }
    return _layer(
        LAND_PLAN,
        "land_use_plan",
        "plan",
        ("土地利用规划", "Land-use plan"),
        fields,
        source_layer="TDGHDL",
        valid_from="2016-12-01",
        approval="湘政函(示例)〔2016〕88号",
        accuracy_m=1.0,
    )


def _references() -> list[dict[str, Any]]:
    layers = (
        (SURVEY, "DLTB", "land_survey", ("地类图斑", "Land survey patches"), "DLMC", "长县国土变更(示例)〔2025〕1号"),
        (ROADS, "DLHL", "roads_rivers", ("道路河流", "Roads and rivers"), "MC", "长县基础测绘(示例)〔2025〕3号"),
    )
    return [
        _layer(
            file,
            slug,
            "reference",
            titles,
            {
                "feature_id": "BSM",
                "feature_code": "DLBM",
                "feature_name": name_field,
                "code_version": "=TD/T 1055-2019",
            },
            source_layer=source_layer,
            valid_from="2025-12-31",
            approval=approval,
            accuracy_m=0.5,
        )
        for file, source_layer, slug, titles, name_field, approval in layers
    ]


_THREE_LINES = ("2022-10-14", "自然资办函(示例)〔2022〕2207号")
_FUNCTIONAL_PLAN = ("2016-06-01", "长县发改(示例)〔2016〕9号")

_LINES = (
    (REDLINE, "STBHHX", "ecological_redline", "ecological_redline", "生态保护红线", "Ecological red line"),
    (
        FARMLAND,
        "YJJBNTBHTB",
        "permanent_basic_farmland",
        "permanent_basic_farmland",
        "永久基本农田",
        "Permanent basic farmland",
    ),
    (
        BOUNDARY,
        None,
        "urban_development_boundary",
        "urban_development_boundary",
        "城镇开发边界",
        "Urban development boundary",
    ),
    (
        FUNCTIONAL,
        "GNFQ",
        "functional_zones",
        "functional_zone",
        "重点限制禁止开发区",
        "Key, restricted and forbidden development zones",
    ),
)
_LINE_FIELDS = {
    REDLINE: {"control_code": "HXBM", "control_name": "HXMC", "control_zone": "ZRBHDFQ"},
    FARMLAND: {"control_code": "YJJBNTTBBH", "control_name": "DLMC"},
    BOUNDARY: {"control_code": "BSM", "control_name": "GHFQMC", "control_zone": "GHFQDM"},
    FUNCTIONAL: {"control_code": "KFQDM", "control_name": "KFQMC", "control_zone": "GNQLX"},
}


def _hard_lines() -> list[dict[str, Any]]:
    layers = []
    for file, source_layer, slug, kind, title_zh, title_en in _LINES:
        valid_from, approval = _FUNCTIONAL_PLAN if file == FUNCTIONAL else _THREE_LINES
        layers.append(
            _layer(
                file,
                slug,
                kind,
                (title_zh, title_en),
                _LINE_FIELDS[file],
                source_layer=source_layer,
                valid_from=valid_from,
                approval=approval,
                accuracy_m=0.5,
                coverage=COVERAGE,
                mandatory=True,
            )
        )
    return layers


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
