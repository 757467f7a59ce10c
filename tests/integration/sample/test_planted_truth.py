"""What was planted in the sample zone is what the import, the check and the scan find: all of it, and nothing else."""

import json
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from app.db.sessions import read_session
from app.demo import load_sample, sample_folder
from app.site_checks.computing import compute
from app.site_checks.questions import Question
from app.site_checks.sites import sites_of_file

EXPECTED = json.loads((sample_folder() / "expected.json").read_text(encoding="utf-8"))
HARD_LINES = sorted(EXPECTED["findings"])


def rows(engine: Engine, statement: str, **parameters: object) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(statement), parameters).mappings()]


def current_findings(engine: Engine, layer: str) -> dict[tuple[str, str | None, bool], dict[str, Any]]:
    """Return what was found of a layer by the parcel's own number, the zone and whether it tells of missing data; not what only comes near."""
    found = rows(
        engine,
        "select finding.*, attributes->>'BSM' as bsm from finding join parcel on parcel.row_id = target_row_id "
        "join check_run_layer on check_run_layer.id = check_run_layer_id where is_current and control_layer = :layer and relation <> 'near'",
        layer=layer,
    )
    return {(row["bsm"], row["control_zone"], row["relation"] == "not_covered"): row for row in found}


@pytest.mark.parametrize("slug", sorted(EXPECTED["imports"]))
def test_every_source_feature_came_to_its_planted_end(sample_engine: Engine, slug: str):
    expected = EXPECTED["imports"][slug]
    (version,) = rows(
        sample_engine,
        "select layer_version.id, read_count as read, accepted_count as accepted, repaired_count as repaired, "
        "rejected_count as rejected from layer_version join layer on layer.id = layer_id where slug = :slug",
        slug=slug,
    )
    version_id = version.pop("id")
    assert version == {name: expected[name] for name in version}
    repaired = rows(
        sample_engine, "select reason, area_after_m2 from repair where layer_version_id = :id", id=version_id
    )
    rejected = rows(sample_engine, "select reason from rejected_feature where layer_version_id = :id", id=version_id)
    for item in expected["items"]:
        if item["outcome"] == "repaired":
            close = [
                row
                for row in repaired
                if item["fault"] in row["reason"]
                and abs(row["area_after_m2"] - item["area_after_m2"]) <= item["tolerance_m2"]
            ]
            assert len(close) == 1, (item, repaired)
        else:
            assert any(row["reason"].startswith(item["fault"]) for row in rejected), (item, rejected)


def test_areas_are_those_of_the_area_formula(sample_engine: Engine):
    expected = EXPECTED["parcels"]["area_ellipsoid_m2"]
    stored = {
        row["bsm"]: row["area_ellipsoid_m2"]
        for row in rows(sample_engine, "select attributes->>'BSM' as bsm, area_ellipsoid_m2 from parcel")
    }
    common = stored.keys() & expected.keys()
    assert len(common) >= 1960
    assert {bsm: stored[bsm] for bsm in common} == pytest.approx({bsm: expected[bsm] for bsm in common}, abs=0.01)


@pytest.mark.parametrize("layer", HARD_LINES)
def test_all_planted_findings_are_found_and_nothing_else(sample_engine: Engine, layer: str):
    expected = {(item["parcel_bsm"], item["control_zone"]): item for item in EXPECTED["findings"][layer]["findings"]}
    found = {
        (bsm, zone): row
        for (bsm, zone, is_missing), row in current_findings(sample_engine, layer).items()
        if not is_missing
    }
    assert EXPECTED["findings"][layer]["complete"]
    assert set(found) == set(expected)
    for key, item in expected.items():
        row = found[key]
        assert row["overlap_area_m2"] == pytest.approx(item["overlap_area_m2"], abs=item["tolerance_m2"]), item
        assert row["overlap_class"] == item["overlap_class"], item
        assert row["target_share"] == pytest.approx(item["target_share"], abs=1e-5), item


@pytest.mark.parametrize("layer", HARD_LINES)
def test_what_only_touches_is_no_finding(sample_engine: Engine, layer: str):
    planted = EXPECTED["findings"][layer]["no_findings"]
    found = {bsm for bsm, _, is_missing in current_findings(sample_engine, layer) if not is_missing}
    kept = {item["parcel_bsm"] for item in EXPECTED["findings"][layer]["findings"]}
    assert len(planted) > 0
    assert found.isdisjoint({item["parcel_bsm"] for item in planted} - kept)


@pytest.mark.parametrize("layer", ["ecological_redline", "permanent_basic_farmland"])
def test_what_a_hard_line_touches_or_misses_by_a_centimetre_is_reviewed(sample_engine: Engine, layer: str):
    missed = {"touching_along_an_edge", "touching_at_a_corner", "apart_by_10_mm", "long_edge_without_vertices"}
    planted = {item["parcel_bsm"] for item in EXPECTED["findings"][layer]["no_findings"] if item["item"] in missed}
    near = rows(
        sample_engine,
        "select attributes->>'BSM' as bsm, finding.verdict, certainty, overlap_area_m2 from finding join parcel on parcel.row_id = target_row_id "
        "join check_run_layer on check_run_layer.id = check_run_layer_id "
        "where is_current and control_layer = :layer and relation = 'near'",
        layer=layer,
    )
    assert planted
    assert planted <= {row["bsm"] for row in near}
    assert {(row["verdict"], row["certainty"], row["overlap_area_m2"]) for row in near} == {
        ("REVIEW", "possible_hit", 0.0)
    }


@pytest.mark.parametrize("layer", EXPECTED["coverage"]["layers"])
def test_parcels_beyond_the_coverage_are_not_free(sample_engine: Engine, layer: str):
    expected = {item["parcel_bsm"]: item["uncovered_area_m2"] for item in EXPECTED["coverage"]["not_wholly_covered"]}
    found = {
        bsm: row["overlap_area_m2"]
        for (bsm, _, is_missing), row in current_findings(sample_engine, layer).items()
        if is_missing
    }
    assert found == pytest.approx(expected, abs=0.05)


def test_every_planted_idle_case_is_found_to_the_day_and_nothing_else(sample_engine: Engine):
    planted = EXPECTED["idle"]
    found = {
        row["contract_no"]: row
        for row in rows(
            sample_engine,
            "select idle_case.* from idle_case join idle_scan on idle_scan.id = idle_scan_id where is_current",
        )
    }
    assert planted["complete"]
    assert set(found) == {case["contract_no"] for case in planted["cases"]}
    for case in planted["cases"]:
        row = found[case["contract_no"]]
        dates = {
            name: None if row[name] is None else row[name].isoformat() for name in ("agreed_start_date", "idle_since")
        }
        assert dates == {name: case[name] for name in dates}, case
        assert row["kind"] == case["kind"], case
        assert (row["gross_idle_days"], row["net_idle_days"]) == (case["gross_idle_days"], case["net_idle_days"]), case
        assert sorted(row["missing"]) == sorted(case["missing"]), case


def test_loading_the_sample_again_changes_nothing(sample_engine: Engine):
    before = rows(sample_engine, "select count(*) as n, max(id) as last from layer_version")
    again = load_sample(sample_engine, actor="test", bar=lambda _title: nullcontext(lambda _done, _total: None))
    assert not any(layer.is_new for layer in again.layers)
    assert (again.check["is_new"], again.scan["is_new"], again.evidence["is_new"]) == (False, False, False)
    assert rows(sample_engine, "select count(*) as n, max(id) as last from layer_version") == before


def test_a_site_on_the_red_line_is_told_so_in_both_languages(sample_engine: Engine, tmp_path: Path):
    (parcel,) = [
        item for item in EXPECTED["findings"]["ecological_redline"]["findings"] if item["item"] == "inside_core"
    ]
    ((wkb,),) = [
        (row["wkb"],)
        for row in rows(
            sample_engine,
            "select ST_AsBinary(geom) as wkb from parcel where attributes->>'BSM' = :bsm",
            bsm=parcel["parcel_bsm"],
        )
    ]
    site = tmp_path / "site.geojson"
    gpd.GeoDataFrame(geometry=[shapely.from_wkb(wkb)], crs="EPSG:4326").to_file(site)
    (answer,) = site_check(sample_engine, site)
    (finding,) = [
        finding for layer in answer["layers"] if layer["layer"] == "ecological_redline" for finding in layer["findings"]
    ]
    assert answer["verdict"] == "DENY"
    assert finding["verdict"] == "DENY"
    assert finding["overlap_area_m2"] == pytest.approx(parcel["overlap_area_m2"], abs=0.02)
    assert "生态保护红线" in finding["text_zh"]
    assert "red line" in finding["text_en"].lower()


def site_check(engine: Engine, path: Path, **question: Any) -> list[dict[str, Any]]:
    """Answer the sites of a file without storing anything."""
    asked = Question(as_of=date.fromisoformat(EXPECTED["as_of"]), **question)
    with read_session(engine) as session:
        _, sites = compute(session, sites_of_file(path, crs=None, county_code=None), asked)
    return sites


def test_the_planted_project_has_the_planted_areas_and_red_line(sample_engine: Engine):
    planted = EXPECTED["site"]
    sites = site_check(sample_engine, sample_folder() / "项目用地.txt", use_code="1001")
    found = {
        (plot["plot"], layer["layer"], finding["zone"]): finding
        for plot, site in zip(planted["plots"], sites, strict=True)
        for layer in site["layers"]
        if layer["control_kind"] is not None
        for finding in layer["findings"]
    }
    (item,) = planted["findings"]
    assert set(found) == {(item["plot"], item["control_layer"], item["control_zone"])}
    ((_, finding),) = found.items()
    assert finding["overlap_area_m2"] == pytest.approx(item["overlap_area_m2"], abs=0.006)
    assert finding["overlap_class"] == item["overlap_class"]
    assert (finding["verdict"], finding["missing"]) == ("REVIEW", ["activity_code"])
    for plot, site in zip(planted["plots"], sites, strict=True):
        assert site["area_m2"] == pytest.approx(plot["area_m2"], abs=0.006)


@pytest.mark.parametrize("question", [("100101", "none"), ("100101", None), ("070101", "none"), (None, "none")])
def test_the_planted_sites_give_the_planted_verdicts_and_no_other_findings(
    sample_engine: Engine, question: tuple[str | None, str | None]
):
    use, activity = question
    sites = site_check(sample_engine, sample_folder() / "拟选址.geojson", use_code=use, activity_code=activity)
    by_name = {site["name"]: site for site in sites}
    asked = {"use_code": use, "activity_code": activity}
    planted = [one for one in EXPECTED["site_answers"] if one["question"] == asked]
    assert planted
    for expected in planted:
        site = by_name[expected["item"]]
        layers = {layer["layer"]: layer for layer in site["layers"]}
        assert site["verdict"] == expected["verdict"], expected
        assert site["area_m2"] == pytest.approx(expected["area_m2"], abs=0.006)
        assert layers["city_plan"]["verdict"] == expected["city_plan"]
        for slug, line in expected["layers"].items():
            assert_line(layers[slug], line)


def assert_line(layer: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare what is said of one line with what was planted."""
    assert (layer["status"], layer["verdict"]) == (expected["status"], expected["verdict"]), (layer, expected)
    assert layer["covered_share"] == pytest.approx(expected["covered_share"], abs=2e-6)
    relations = [finding["relation"] for finding in layer["findings"]]
    assert ("near" in relations) is expected["is_near"]
    assert ("not_covered" in relations) is (expected["covered_share"] < 1)
    found = {f["zone"]: f for f in layer["findings"] if f["relation"] not in {"near", "not_covered"}}
    assert set(found) == {finding["zone"] for finding in expected["findings"]}
    for finding in expected["findings"]:
        one = found[finding["zone"]]
        told = {name: one[name] for name in ("verdict", "overlap_class", "missing")}
        assert told == {name: finding[name] for name in told}, finding
        assert one["overlap_area_m2"] == pytest.approx(finding["overlap_area_m2"], abs=finding["tolerance_m2"])


def test_an_unlisted_activity_on_the_planted_red_line_is_denied(sample_engine: Engine):
    sites = site_check(sample_engine, sample_folder() / "项目用地.txt", activity_code="none")
    clear, hit = sites
    (layer,) = [layer for layer in hit["layers"] if layer["layer"] == "ecological_redline"]
    assert (layer["status"], layer["verdict"], hit["verdict"]) == ("hit", "DENY", "DENY")
    (layer,) = [layer for layer in clear["layers"] if layer["layer"] == "ecological_redline"]
    assert (layer["status"], layer["verdict"]) == ("clear", "PASS")
