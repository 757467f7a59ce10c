"""Two statements are compared: which input changed, and by how much a number differs at most."""

from typing import Any

from app.extracts.verification import Outcome, _compare, largest_difference


def statement(**changes: Any) -> dict[str, Any]:
    return {
        "subject": {"feature_id": "A", "area_ellipsoid_m2": 100.0},
        "boundary": {"points": []},
        "versions": [{"layer": "parcels", "number": 1}, {"layer": "line", "number": 1, "coverage_revision": 0}],
        "rules": [{"rule_id": "r", "sha256": "0"}],
        "parameters": [{"row_id": "p@CN@always", "value": "5"}],
        "engine": "engine 1",
        "lines_crossed": [{"area_m2": 10.0}],
        "verdict": "DENY",
    } | changes


def test_another_version_of_a_layer_is_a_change_of_data_and_is_named():
    after = statement(
        versions=[{"layer": "parcels", "number": 1}, {"layer": "line", "number": 1, "coverage_revision": 1}]
    )
    found = _compare(statement(), after, [])
    assert found.outcome is Outcome.DATA_CHANGED
    assert [(item["what"], item["name"]) for item in found.changed] == [("versions", "line")]
    assert found.largest_difference == 1


def test_another_number_of_the_law_is_a_change_of_rules():
    found = _compare(statement(), statement(parameters=[{"row_id": "p@CN@always", "value": "6"}], verdict="PASS"), [])
    assert found.outcome is Outcome.RULE_CHANGED
    assert found.changed[0]["was"]["value"] == "5"
    assert found.differing == ["verdict"]


def test_another_rule_is_a_change_of_rules_even_where_the_engine_is_another_too():
    found = _compare(statement(), statement(rules=[], engine="engine 2"), [])
    assert found.outcome is Outcome.RULE_CHANGED
    assert {item["what"] for item in found.changed} == {"rules", "engine"}


def test_another_engine_alone_is_told_with_the_largest_difference():
    found = _compare(statement(), statement(engine="engine 2", lines_crossed=[{"area_m2": 10.25}]), [])
    assert found.outcome is Outcome.ENGINE_CHANGED
    assert found.largest_difference == 0.25
    assert found.differing == ["lines_crossed"]


def test_other_results_from_the_same_inputs_are_a_change_of_data():
    assert _compare(statement(), statement(lines_crossed=[]), []).outcome is Outcome.DATA_CHANGED


def test_a_parcel_that_was_edited_is_a_change_of_data():
    after = statement(subject={"feature_id": "A", "area_ellipsoid_m2": 99.0})
    found = _compare(statement(), after, [])
    assert found.outcome is Outcome.DATA_CHANGED
    assert found.changed[0]["what"] == "subject"


def test_truth_values_are_no_numbers():
    assert largest_difference({"a": True}, {"a": 0}) is None
    assert largest_difference([1, "x"], [1, 3]) is None
