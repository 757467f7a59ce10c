"""The layers of the sample zone yield what was planted in them, and nothing else."""

import json
from collections import Counter
from datetime import date
from typing import Any

import geopandas as gpd
import pytest
import shapely

from app.demo import sample_folder
from app.validation.service import ValidationRequest, validate_delivery
from gis.validation import DeliveryReport

EXPECTED = json.loads((sample_folder() / "expected.json").read_text(encoding="utf-8"))
LAYERS = {
    layer["to"]: layer
    for layer in json.loads((sample_folder() / "manifest.json").read_text(encoding="utf-8"))["layers"]
}
TODAY = date(2026, 6, 30)


def validate(slug: str, **named: Any) -> DeliveryReport:
    layer = LAYERS[slug]
    request = ValidationRequest(
        sample_folder() / layer["file"],
        layer["kind"],
        TODAY,
        source_layer=layer["source_layer"],
        encoding=layer["encoding"],
        mapping=layer["map"],
        **named,
    )
    return validate_delivery(request)


@pytest.fixture(scope="module")
def reports() -> dict[str, DeliveryReport]:
    return {slug: validate(slug) for slug in LAYERS}


@pytest.mark.parametrize("slug", sorted(LAYERS))
def test_every_feature_comes_to_its_planted_end(slug: str, reports: dict[str, DeliveryReport]):
    expected, report = EXPECTED["imports"][slug], reports[slug]
    counts = {name: getattr(report, name) for name in ("read", "accepted", "repaired", "rejected")}
    assert counts == {name: expected[name] for name in counts}


@pytest.mark.parametrize("slug", sorted(LAYERS))
def test_the_faults_of_geometry_are_those_planted(slug: str, reports: dict[str, DeliveryReport]):
    planted = Counter(item["fault"] for item in EXPECTED["imports"][slug]["items"])
    geometry = [
        tally
        for tally in reports[slug].as_json()["faults"]
        if tally["group"] == "geometry" and tally["kind"] != "z_dropped"
    ]
    assert {tally["kind"]: tally["count"] for tally in geometry} == planted


def test_the_faults_of_parcels_are_those_planted(reports: dict[str, DeliveryReport]):
    planted = EXPECTED["parcels"]
    codes = {item["item"]: item["parcel_code"] for item in planted["odd_codes"]}
    declared = {item["item"]: item["parcel_code"] for item in planted["registered_areas"]}
    twice = {
        item["item"]: item["parcels"][1]["parcel_code"] for item in (*planted["same_code"], *planted["same_ground"])
    }
    found = {(fault.kind, fault.feature_id) for fault in reports["parcels"].faults if fault.kind in OF_PARCELS}
    assert found == {
        ("parcel_code_length", codes["code_of_18_characters"]),
        ("parcel_code_feature", codes["collective_letter_on_state_land"]),
        ("parcel_code_other_county", codes["code_of_another_county"]),
        ("area_other_unit", declared["registered_in_mu"]),
        ("area_differs", declared["registered_3_percent_more"]),
        ("key_duplicate", twice["one_code_for_two_parcels"]),
        ("same_ground", twice["same_ground_under_two_codes"]),
        ("overlap", planted["overlapping"][0]["parcels"][1]["parcel_code"]),
    }
    (overlap,) = [fault for fault in reports["parcels"].faults if fault.kind == "overlap"]
    assert overlap.area_m2 == pytest.approx(planted["overlapping"][0]["common_area_m2"], abs=0.01)


OF_PARCELS = {
    "parcel_code_length",
    "parcel_code_feature",
    "parcel_code_other_county",
    "parcel_code_contradicted",
    "parcel_code_form",
    "area_other_unit",
    "area_differs",
    "key_duplicate",
    "same_ground",
    "overlap",
    "gap",
    "sliver",
    "value_missing",
}


def test_a_parcel_above_ground_may_lie_over_another(reports: dict[str, DeliveryReport]):
    above = next(item for item in EXPECTED["parcels"]["same_ground"] if item["item"] == "parcel_above_ground")
    codes = {parcel["parcel_code"] for parcel in above["parcels"]}
    assert not [fault for fault in reports["parcels"].faults if fault.feature_id in codes]


def test_the_sum_of_declared_areas_has_the_residue_of_what_was_planted(reports: dict[str, DeliveryReport]):
    areas = reports["parcels"].areas
    assert areas["undeclared_count"] == 1
    assert areas["declared_m2"] - areas["ellipsoid_m2"] == pytest.approx(areas["residue_ellipsoid_m2"], abs=0.011)


@pytest.mark.parametrize("slug", sorted(set(LAYERS) - {"parcels", "city_plan", "permanent_basic_farmland"}))
def test_the_attributes_and_areas_of_the_other_layers_are_right(slug: str, reports: dict[str, DeliveryReport]):
    errors = [fault.kind for fault in reports[slug].faults if fault.severity.value == "error"]
    assert [kind for kind in errors if kind != "overlap"] == [
        item["fault"] for item in EXPECTED["imports"][slug]["items"] if item["outcome"] == "rejected"
    ]


@pytest.mark.parametrize("slug", sorted(LAYERS))
def test_overlaps_are_those_that_a_plain_comparison_of_all_pairs_finds(slug: str, reports: dict[str, DeliveryReport]):
    layer = LAYERS[slug]
    frame = gpd.read_file(sample_folder() / layer["file"], layer=layer["source_layer"], encoding=layer["encoding"])
    plane = shapely.make_valid(frame.geometry.to_crs("+proj=cea +lat_ts=0 +lon_0=114 +ellps=GRS80 +units=m").to_numpy())
    found = {
        fault.source_row for fault in reports[slug].faults if fault.kind in {"overlap", "same_ground", "duplicate"}
    }
    first, second = shapely.STRtree(plane).query(plane, predicate="intersects")
    pairs = [pair for pair in zip(first.tolist(), second.tolist(), strict=True) if pair[0] < pair[1]]
    overlapping = [pair for pair in pairs if shapely.area(shapely.intersection(plane[pair[0]], plane[pair[1]])) > 1]
    above = {pair for pair in overlapping if slug == "parcels" and "GS" in frame["ZDDM"][pair[1]]}
    assert found == {later + 1 for earlier, later in overlapping if (earlier, later) not in above}


def test_a_zone_that_was_never_drawn_has_no_code_either(reports: dict[str, DeliveryReport]):
    errors = [
        (fault.source_row, fault.kind) for fault in reports["city_plan"].faults if fault.severity.value == "error"
    ]
    assert sorted(errors) == [(658, "missing"), (658, "value_missing")]


def test_survey_codes_that_become_several_need_review():
    report = validate("land_survey", translate_to="GUIDE-2023")
    found = {str(fault.found): fault for fault in report.faults if fault.kind == "code_needs_review"}
    assert "08H2" in found
    assert "0601" not in found
    assert report.count("code_mapped") > 5
