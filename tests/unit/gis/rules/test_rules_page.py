"""The page about rules lists every rule that is shipped, with its source and status, and its examples work."""

import json
import re
from datetime import date
from pathlib import Path

import pytest

from gis.rules import (
    Decision,
    MeasuredDistance,
    ParameterSet,
    SiteFacts,
    Verdict,
    example_pack,
    judge_site_rule,
    load_catalog,
)
from gis.rules.examples import ExampleArea, RuleExample
from gis.rules.self_test import run_examples

PAGE = (Path(__file__).parents[4] / "docs" / "rules.md").read_text(encoding="utf-8")
CATALOG = load_catalog(example_pack())


@pytest.mark.parametrize("rule", CATALOG.all_rules, ids=lambda rule: rule.rule_id)
def test_the_page_has_a_row_for_every_rule(rule):
    source = rule.source
    row = (
        f"| `{rule.rule_id}` | {rule.title.zh} | `{rule.type}` | {source.document}{source.article} | {source.status} |"
    )
    assert row in PAGE


def test_the_page_lists_no_rule_that_does_not_exist():
    listed = re.findall(r"^\| `((?:national|local)\.[a-z0-9_.]+)` \|", PAGE, re.MULTILINE)
    assert len(listed) == len(set(listed)) == len(CATALOG.all_rules)
    assert set(listed) == {rule.rule_id for rule in CATALOG.all_rules}


def test_the_page_explains_every_type_decision_and_attribute_of_an_example():
    for name in {rule.type for rule in CATALOG.all_rules} | set(Decision) | set(ExampleArea.model_fields) - {"wkt"}:
        assert f"`{name}`" in PAGE, name


def test_the_example_case_on_the_page_comes_out_as_written():
    (text,) = re.findall(r"```json\n(\{\n  \"kind\".*?)```", PAGE, re.DOTALL)
    example = RuleExample.model_validate(json.loads(text))
    rule = CATALOG.rule("local.example_city.road_setback").model_copy(update={"examples": (example,)})
    assert run_examples(rule, ParameterSet(CATALOG.parameters)) == 1


def test_the_call_on_the_page_answers():
    found = judge_site_rule(
        CATALOG.rule("national.highway_control_zone"),
        MeasuredDistance(distance_m=19.5, object_class="国道", names=("G107",)),
        SiteFacts(use_code="100101", is_building_outline=True),
        parameters=ParameterSet(CATALOG.parameters),
        as_of=date(2025, 6, 30),
    )
    assert (found.verdict, found.decision) == (Verdict.DENY, Decision.FORBIDDEN)


def test_the_rule_file_on_the_page_is_json_of_known_fields():
    (text,) = re.findall(r"```json\n(\{\n  \"parameters\".*?)```", PAGE, re.DOTALL)
    (rule,) = json.loads(text)["rules"]
    shipped = CATALOG.rule("local.example_city.road_setback")
    assert set(rule) <= set(type(shipped).model_fields)
    assert json.loads(text)["parameters"][0]["key"] == rule["classes"]["arterial"]["parameter"]
