"""One question about a site becomes one lawful, explained answer; what is not known never passes."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.rule_packs import import_pack
from app.db.sessions import read_session, write_session
from app.site_checks.computing import answer_digest, canonical, compute
from app.site_checks.questions import Question
from app.site_checks.sites import stored_sites
from app.site_checks.storing import get_check
from gis.moved_boundary import MovedOverlaps
from gis.rules import example_pack

from .conftest import DAY, box, layer_of, request

# The area plane by PROJ itself, so that the expected areas do not come from the code under test.
EQUAL_AREA = pyproj.Transformer.from_crs(
    "EPSG:4490", "+proj=cea +lat_ts=0 +a=6378137 +rf=298.257222101 +units=m", always_xy=True
)


def area(polygon: shapely.Geometry) -> float:
    return shapely.transform(polygon, lambda xy: list(zip(*EQUAL_AREA.transform(*xy.T), strict=True))).area


def red_line(*boxes: shapely.Geometry, zone: str = "核心保护区") -> list[dict[str, Any]]:
    return [{"code": f"R{number}", "zone": zone, "geometry": one} for number, one in enumerate(boxes)]


def test_an_overlap_is_measured_judged_and_explained_with_law_and_geometry(put, ask):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    answer = ask(box(0, 2))
    layer = layer_of(answer, "redline")
    (finding,) = layer["findings"]
    assert (layer["status"], layer["covered_share"], finding["verdict"]) == ("hit", 1.0, "DENY")
    assert finding["overlap_area_m2"] == pytest.approx(area(box(0, 1)), abs=0.006)
    assert finding["overlap_area_mu"] == pytest.approx(area(box(0, 1)) * 3 / 2000, abs=0.006)
    assert finding["target_percent"] == 50.0
    assert finding["constraint_ids"] == ["R0"]
    assert "142" in finding["article"]
    assert shapely.from_geojson(json.dumps(finding["geometry"])).equals_exact(box(0, 1).normalize(), 1e-8) or (
        shapely.area(shapely.from_geojson(json.dumps(finding["geometry"])).symmetric_difference(box(0, 1))) < 1e-12
    )
    assert answer["verdict"] == "DENY"
    assert answer["sites"][0]["text_zh"].startswith("不得按此用途使用")


def test_a_site_partly_beyond_what_a_mandatory_layer_knows_says_no_data_there(put, ask):
    put("redline", "ecological_redline", red_line(box(50, 51)), known=box(-100, 1, -100, 100), mandatory=True)
    layer = layer_of(ask(box(0, 2)), "redline")
    (finding,) = layer["findings"]
    assert (layer["status"], layer["verdict"]) == ("clear", "NO_DATA")
    assert layer["covered_share"] == pytest.approx(0.5, abs=1e-6)
    assert (finding["relation"], finding["verdict"]) == ("not_covered", "NO_DATA")
    assert shapely.from_geojson(json.dumps(finding["geometry"])).bounds[0] == pytest.approx(113.001, abs=1e-8)


def test_a_hard_line_within_the_accuracy_of_its_survey_is_reviewed_and_never_passes(put, ask, monkeypatch):
    farmland = [{"code": "F", "geometry": box(2.01, 5)}]
    put("farmland", "permanent_basic_farmland", farmland, accuracy_m=5.0, mandatory=True)
    near, far = layer_of(ask(box(0, 2)), "farmland"), layer_of(ask(box(0, 1)), "farmland")
    (finding,) = near["findings"]
    assert (finding["relation"], finding["verdict"], finding["certainty"]) == ("near", "REVIEW", "possible_hit")
    assert (far["verdict"], far["findings"]) == ("PASS", [])
    unknown = np.array([np.nan])
    monkeypatch.setattr(
        "gis.certainty.measure_moved_overlaps", lambda *_, **__: MovedOverlaps(unknown, unknown, {0: "no noding"})
    )
    untold = layer_of(ask(box(0, 2)), "farmland")
    assert (untold["status"], untold["verdict"]) == ("failed", "NO_DATA")
    assert "no noding" in untold["reason"]


def test_a_road_is_judged_by_its_class_and_one_without_a_class_names_the_missing_field(put, ask):
    # A millionth of a degree of longitude is 0.0984 m here: the roads begin 0.1 thousandths, 9.84 m, from the site.
    put("roads", "transport", [{"code": "G107", "GLDJ": "国道", "geometry": box(2.1, 2.3, -5, 5)}])
    put("ways", "transport", [{"code": "W", "GLDJ": None, "geometry": box(-0.4, -0.1, -5, 5)}])
    answer = ask(box(0, 2), is_building_outline=True)
    by_rule = {finding["rule_id"]: finding for finding in layer_of(answer, "roads")["findings"]}
    road = by_rule["national.highway_control_zone"]
    assert set(by_rule) == {"national.highway_control_zone"}
    assert (road["verdict"], road["object_class"], road["missing"]) == ("DENY", "国道", [])
    assert road["distance_m"] == pytest.approx(9.84, abs=0.02)
    unknown = {finding["rule_id"]: finding for finding in layer_of(answer, "ways")["findings"]}
    assert unknown["national.highway_control_zone"]["missing"] == ["object_class"]
    assert unknown["national.highway_control_zone"]["verdict"] in {"REVIEW", "DENY"}


def test_authorities_have_their_shares_and_a_gap_is_reported(put, ask):
    put(
        "offices",
        "jurisdiction",
        [
            {"code": "A", "机构": "甲局", "geometry": box(-5, 0.5)},
            {"code": "B", "机构": "乙局", "geometry": box(0.5, 1.5)},
        ],
    )
    found = {finding["rule_id"]: finding for finding in layer_of(ask(box(0, 2)), "offices")["findings"]}
    split = found["national.jurisdiction_approval"]
    assert {part["agency"]: part["target_share"] for part in split["parts"]} == pytest.approx(
        {"甲局": 0.25, "乙局": 0.5}
    )
    assert split["gap_m2"] == pytest.approx(area(box(1.5, 2)), abs=0.01)
    assert split["verdict"] != "PASS"


def test_the_planned_use_decides_and_an_unknown_use_is_asked_for(put, ask):
    put("redline", "ecological_redline", red_line(box(50, 51)))
    put("plan", "plan", [{"code": "100101", "geometry": box(-5, 5, -5, 5)}])
    same, other, unknown = (
        layer_of(ask(box(0, 1), **question), "plan")["findings"]
        for question in ({"use_code": "100101"}, {"use_code": "070101"}, {})
    )
    assert [finding["verdict"] for finding in same] == ["PASS"]
    assert other[0]["verdict"] in {"DENY", "REVIEW"}
    assert unknown[0]["missing"] == ["use_code"]
    assert unknown[0]["verdict"] != "PASS"


def test_kinds_without_a_layer_and_figures_not_asked_for_are_listed(put, ask):
    put("wetlands", "wetland", [{"code": "W", "geometry": box(50, 51)}])
    (site,) = ask(box(0, 1))["sites"]
    missing = {one["control_kind"]: one["verdict"] for one in site["missing_layers"]}
    assert missing["ecological_redline"] == missing["permanent_basic_farmland"] == missing["plan"] == "NO_DATA"
    assert missing["forest"] == "WARN"
    assert "wetland" not in missing
    assert site["verdict"] == "NO_DATA"
    assert {one["field"] for one in site["not_asked"]} >= {"indicators.floor_area_ratio"}
    (later,) = ask(box(0, 1), stage="planning_permit")["sites"]
    assert later["not_asked"] == []


@pytest.mark.parametrize(
    ("question", "verdict", "missing"),
    [
        ({"indicators": {"floor_area_ratio": 2.0}}, "PASS", []),
        ({"indicators": {"floor_area_ratio": 2.01}}, "DENY", []),
        ({"stage": "planning_permit"}, "WARN", ["indicators.floor_area_ratio"]),
    ],
)
def test_a_figure_is_judged_by_the_strictest_limit_of_the_plan(put, ask, question, verdict: str, missing: list[str]):
    zones = [
        {"code": "100101", "far": 2.0, "geometry": box(-5, 0.5, -5, 5)},
        {"code": "100101", "far": 3.0, "geometry": box(0.5, 5, -5, 5)},
    ]
    put("plan", "plan", zones)
    (site,) = ask(box(0, 1), use_code="100101", **question)["sites"]
    (finding,) = [one for one in site["project"] if one["rule_id"] == "national.plan_floor_area_ratio"]
    assert (finding["verdict"], finding["missing"]) == (verdict, missing)


def test_local_rules_hold_in_their_county_and_are_named_where_the_county_is_not_known(put, ask, fresh_engine: Engine):
    put("redline", "ecological_redline", red_line(box(50, 51)))
    with write_session(fresh_engine, actor="planner") as session:
        import_pack(session, example_pack(), name="example_city")
    (nowhere,) = ask(box(0, 1))["sites"]
    (there,) = ask(box(0, 1), county_code="990101")["sites"]
    named = {one["rule_id"] for one in nowhere["local_rules_not_applied"]}
    assert "local.example_city.negative_list" in named
    assert there["local_rules_not_applied"] == []
    assert "local.example_city.negative_list" in {finding["rule_id"] for finding in there["project"]}


def test_parcels_are_found_by_their_code_and_an_ambiguous_code_names_its_candidates(put, client: TestClient):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    code, twice = "430121020001GB00001", "430121020001GB00002"
    rows = [
        {"code": code, "geometry": box(0, 1)},
        {"code": twice, "geometry": box(10, 11)},
        {"code": twice, "geometry": box(12, 13)},
    ]
    put("parcels", "parcel", rows)
    found = client.post("/site-checks", json={"parcels": [code], "as_of": DAY.isoformat()})
    assert found.status_code == 201, found.text
    (site,) = found.json()["sites"]
    assert (site["parcel_code"], site["region"], site["verdict"]) == (code, "430121", "DENY")
    ambiguous = client.post("/site-checks", json={"parcels": [twice], "as_of": DAY.isoformat()})
    assert ambiguous.status_code == 409
    assert len(ambiguous.json()["candidates"]) == 2
    assert client.post("/site-checks", json={"parcels": ["nothing"]}).status_code == 404


def test_a_stored_answer_is_found_again_and_computes_to_the_same_digest(put, client: TestClient, fresh_engine: Engine):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    answer = client.post("/site-checks", json=request(box(0, 2), use_code="1001"))
    again = client.get(answer.headers["Location"])
    assert again.json() == answer.json()
    with read_session(fresh_engine) as session:
        check = get_check(session, answer.json()["site_check_id"])
        question = Question.model_validate_json(json.dumps(check.parameters))
        computed, answers = compute(session, stored_sites(check.sites), question)
    written = [canonical(one) for one in answers]
    assert (computed.result, [json.loads(one) for one in written]) == (check.result, answer.json()["sites"])
    digest = computed.digest(check.parameters, [answer_digest(one) for one in written])
    assert digest == check.digest == answer.json()["digest"]
    assert client.get(f"/site-checks/{uuid4()}").status_code == 404
    assert client.get("/site-checks/nonsense").status_code == 404


def test_what_is_imported_later_does_not_change_what_was_known(put, client: TestClient, fresh_engine: Engine):
    put("wetlands", "wetland", [{"code": "W", "geometry": box(50, 51)}])
    first = client.post("/site-checks", json=request(box(0, 2))).json()
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    known_at = first["question"]["known_at"]
    layer = layer_of(client.post("/site-checks", json=request(box(0, 2), known_at=known_at)).json(), "redline")
    assert (layer["version"], layer["status"]) == (None, "not_covered")


def test_more_than_two_hundred_sites_are_a_job(put, client: TestClient, fresh_engine: Engine):
    put("redline", "ecological_redline", red_line(box(50, 51)))
    squares = [box(x / 10, (x + 1) / 10) for x in range(201)]
    answer = client.post("/site-checks", json=request(*squares))
    assert answer.status_code == 202
    assert client.get(answer.headers["Location"]).json()["processID"] == "site.check"
    with fresh_engine.connect() as connection:
        assert connection.execute(text("select count(*) from site_check")).scalar_one() == 0


def test_many_sites_have_the_same_answers_as_each_alone(put, ask):
    put("redline", "ecological_redline", red_line(box(-5, 1), box(3, 3.5), zone="一般控制区"))
    put("roads", "transport", [{"code": "G107", "GLDJ": "国道", "geometry": box(6.1, 6.3, -5, 5)}])
    squares = [box(x, x + 1) for x in range(6)]
    together = ask(*squares)["sites"]
    for number, square in enumerate(squares):
        (alone,) = ask(square)["sites"]
        assert alone | {"site": ""} == together[number] | {"site": ""}
    assert len({site["verdict"] for site in together}) > 1


@pytest.mark.parametrize("crs", ["EPSG:4490", "EPSG:4547", "EPSG:4526"])
def test_coordinates_of_every_supported_system_mean_the_same_place(put, ask, crs: str):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    project = pyproj.Transformer.from_crs("EPSG:4490", crs, always_xy=True)
    drawn = shapely.transform(box(0, 2), lambda xy: list(zip(*project.transform(*xy.T), strict=True)))
    (finding,) = layer_of(ask(drawn, crs=crs), "redline")["findings"]
    assert finding["overlap_area_m2"] == pytest.approx(area(box(0, 1)), abs=0.5)


@pytest.mark.parametrize("place", ["document", "feature", "geometry"])
def test_the_system_may_be_named_by_the_document_a_feature_or_a_geometry(put, client: TestClient, place: str):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    project = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
    drawn = shapely.transform(box(0, 2), lambda xy: list(zip(*project.transform(*xy.T), strict=True)))
    geometry = json.loads(shapely.to_geojson(drawn))
    feature = {"type": "Feature", "properties": {}, "geometry": geometry}
    document = {"type": "FeatureCollection", "features": [feature]}
    said = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4547"}}
    {"document": document, "feature": feature, "geometry": geometry}[place]["crs"] = said
    answer = client.post("/site-checks", json=document, params={"as_of": DAY})
    assert answer.status_code == 201, answer.text
    (finding,) = layer_of(answer.json(), "redline")["findings"]
    assert finding["overlap_area_m2"] == pytest.approx(area(box(0, 1)), abs=0.5)


def test_a_file_is_checked_as_its_polygons(put, client: TestClient, tmp_path: Path):
    put("redline", "ecological_redline", red_line(box(-5, 1)))
    ring = " ".join(f"{x},{y},0" for x, y in box(0, 2).exterior.coords)
    kml = (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark>'
        "<name>厂区</name><Polygon><outerBoundaryIs><LinearRing><coordinates>"
        f"{ring}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
    )
    answer = client.post(
        f"/site-checks?use_code=1001&as_of={DAY}",
        content=kml.encode(),
        headers={"Content-Type": "application/vnd.google-earth.kml+xml"},
    )
    assert answer.status_code == 201, answer.text
    assert layer_of(answer.json(), "redline")["findings"][0]["overlap_area_m2"] == pytest.approx(
        area(box(0, 1)), abs=0.01
    )


def test_a_hair_beyond_what_a_layer_knows_does_not_read_as_nothing(put, ask):
    put("redline", "ecological_redline", red_line(box(50, 51)), known=box(-1, 19.9995, -1, 2), mandatory=True)
    (finding,) = layer_of(ask(box(0, 20)), "redline")["findings"]
    assert "less than 0.01 % of the site" in finding["text_en"]
    assert "本地块不足 0.01 %的面积" in finding["text_zh"]
