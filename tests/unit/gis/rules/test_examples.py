"""Every rule proves itself when it is loaded; a rule that fails its own example takes the whole catalogue with it."""

import json
from importlib import resources

import pytest

from gis.rules import CatalogError, ParameterSet, SiteRule, Verdict, build_catalog, example_pack, load_catalog
from gis.rules.examples import ExampleKind
from gis.rules.self_test import RuleSelfTestError, run_examples

CATALOG = load_catalog(example_pack())
PARAMETERS = ParameterSet(CATALOG.parameters)
RULES = {rule.rule_id: rule for rule in CATALOG.all_rules}


def with_examples(rule: SiteRule, *examples):
    return rule.model_copy(update={"examples": examples})


def shipped_text(name):
    return (resources.files("gis.rules") / "catalog" / name).read_text(encoding="utf-8")


def catalog_with(change, file="national_distances.json", rule=0):
    """Build the shipped catalogue with one change made to one rule of one file."""
    folder = resources.files("gis.rules") / "catalog"
    documents = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    content = json.loads(documents[file])
    change(content["rules"][rule])
    return build_catalog((documents | {file: json.dumps(content, ensure_ascii=False)}).items())


def test_every_kind_of_rule_is_in_the_national_pack_or_the_local_example():
    assert {rule.type for rule in CATALOG.all_rules} == {
        "forbidden_overlap",
        "limited_overlap",
        "required_containment",
        "limited_overlap_by_activity",
        "allowed_uses",
        "planned_use",
        "survey_before_use_change",
        "minimum_distance",
        "maximum_share",
        "jurisdiction",
        "approval_level",
        "indicator_threshold",
        "industry_list",
    }


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_every_rule_has_a_finding_no_finding_and_a_near_miss(rule_id):
    examples = RULES[rule_id].examples
    assert {example.kind for example in examples} == set(ExampleKind)
    assert run_examples(RULES[rule_id], PARAMETERS) == len(examples) >= 3
    assert len({example.name for example in examples}) == len(examples)


@pytest.mark.parametrize("rule_id", sorted(RULES))
def test_each_example_would_notice_another_verdict(rule_id):
    rule = RULES[rule_id]
    for example in rule.examples:
        for wrong in set(Verdict) - {example.expect}:
            other = example.model_copy(update={"expect": wrong})
            with pytest.raises(RuleSelfTestError) as refused:
                run_examples(with_examples(rule, other), PARAMETERS)
            assert str(refused.value) == (
                f"rule {rule_id}, example {example.name!r}: expected {wrong}, found {example.expect}"
            )


def test_a_rule_that_fails_its_example_is_refused_by_name():
    def wrong(rule):
        rule["examples"][0]["expect"] = "WARN"

    with pytest.raises(CatalogError, match=r"rule national\.highway_control_zone, example '19\.9 m .*expected WARN"):
        catalog_with(wrong)


def test_a_changed_number_is_noticed_by_the_examples():
    text = shipped_text("national_distances.json")
    changed = text.replace(
        '"highway.control_zone.national_m", "value": "20"', '"highway.control_zone.national_m", "value": "19"'
    )
    assert changed != text
    folder = resources.files("gis.rules") / "catalog"
    documents = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir()}
    with pytest.raises(CatalogError, match=r"national\.highway_control_zone"):
        build_catalog((documents | {"national_distances.json": changed}).items())


def test_another_decision_than_the_expected_one_is_refused():
    def wrong(rule):
        rule["examples"][0]["decision"] = "needs_survey"

    with pytest.raises(CatalogError, match="expected the decision needs_survey, found conditional"):
        catalog_with(wrong)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rule: rule.pop("examples"), "examples"),
        (lambda rule: rule.update(examples=rule["examples"][:1]), "no example of the kind near_miss, negative"),
        (lambda rule: rule["examples"][0].update(expect="PASS"), "a positive example has a finding"),
        (lambda rule: rule["examples"][0].update(kind="negative"), "a negative example has no finding"),
        (lambda rule: rule["examples"][0].update(site="POLYGON (("), "no well-known text"),
        (lambda rule: rule["examples"][0].update(site="POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))"), "valid geometry"),
        (lambda rule: rule["examples"][0].update(site="POLYGON EMPTY"), "valid geometry"),
        (lambda rule: rule["classes"]["national"].update(parameter="highway.none_m"), "without a row: highway.none_m"),
        (lambda rule: rule["classes"]["national"].update(place_parameters={"x": "a.b"}), "either one parameter or one"),
        (lambda rule: rule["classes"]["national"].pop("parameter"), "either one parameter or one"),
        (lambda rule: rule.update(refines=["national.nowhere"]), "refines rules that do not exist: national.nowhere"),
        (lambda rule: rule.update(applies_to={"works": ["mining"]}), "go together"),
        (lambda rule: rule.update(applies_to={}), "names industries or works"),
        (lambda rule: rule["closer"]["text"].update(zh="太近。"), "its numbers and its source"),
        (lambda rule: rule["closer"]["text"].update(zh="{distance} {measure} {citation}"), "unknown placeholders"),
    ],
)
def test_a_faulty_distance_rule_is_refused_with_the_fault(change, message):
    with pytest.raises(CatalogError, match=message):
        catalog_with(change)


@pytest.mark.parametrize(
    ("rule", "change", "message"),
    [
        ("ecological_redline_activity", lambda rule: rule.update(activity_zones=["moon"]), "not among the zones"),
        (
            "ecological_redline_activity",
            lambda rule: rule["activities"][0].update(code="2"),
            "activity codes are unique",
        ),
        (
            "ecological_redline_activity",
            lambda rule: rule["activities"][0].update(code="none"),
            "activity codes are unique",
        ),
        ("ecological_redline_activity", lambda rule: rule["zones"].pop("core"), "silent about zone core"),
        ("urban_development_boundary_use", lambda rule: rule["zones"].pop("02"), "silent about zone 02"),
        ("urban_development_boundary_use", lambda rule: rule["outside"].update(allowed=["9999"]), "has no code 9999"),
        ("contaminated_land_use", lambda rule: rule.update(sensitive_uses=["R1"]), "has no code R1"),
        ("planned_use", lambda rule: rule.update(reserved=["99"]), "has no code 99"),
    ],
)
def test_a_faulty_project_rule_is_refused_with_the_fault(rule, change, message):
    listed = json.loads(shipped_text("national_projects.json"))["rules"]
    (position,) = [at for at, each in enumerate(listed) if each["rule_id"] == f"national.{rule}"]
    with pytest.raises(CatalogError, match=message):
        catalog_with(change, file="national_projects.json", rule=position)


def test_the_examples_are_no_part_of_the_fingerprint():
    def renamed(rule):
        rule["examples"][0]["name"] = "another name"

    assert catalog_with(renamed).version == load_catalog().version


def test_the_shipped_catalogue_is_read_and_proved_once():
    assert load_catalog() is load_catalog()


def test_the_local_example_applies_nowhere_in_the_country():
    local = [rule for rule in CATALOG.all_rules if rule.rule_id.startswith("local.")]
    assert len(local) == 4
    assert {rule.source.region for rule in local} == {"99"}
    assert all(rule.source.is_assumed for rule in local)
    assert {rule.rule_id for rule in load_catalog().all_rules}.isdisjoint(rule.rule_id for rule in local)
