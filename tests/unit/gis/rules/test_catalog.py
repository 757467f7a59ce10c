import json
from datetime import date
from importlib import resources

import jsonschema
import pytest

from gis.landuse.control_kinds import ControlKind
from gis.rules import NATIONAL, CatalogError, ParameterSet, build_catalog, catalog_json_schema, load_catalog
from gis.rules.judging import SLIVER_KEYS


def catalog_texts():
    folder = resources.files("gis.rules") / "catalog"
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in folder.iterdir()]


def edited(change):
    """Return the control-lines file with one change made to its first rule (the ecological red line)."""
    text = dict(catalog_texts())["national_control_lines.json"]
    content = json.loads(text)
    change(content["rules"][0])
    return json.dumps({"rules": content["rules"][:1]}, ensure_ascii=False)


def built_with_numbers(*rule_files):
    """Build a catalogue of some rule files and the shipped numbers for rounding and slivers."""
    shipped = dict(catalog_texts())
    numbers = [(name, shipped[name]) for name in ("display.json", "geometry.json")]
    return build_catalog([*numbers, *rule_files])


def test_every_shipped_file_validates_against_the_exported_json_schema():
    texts = catalog_texts()
    assert len(texts) >= 5
    validator = jsonschema.Draft202012Validator(catalog_json_schema())
    for _, text in texts:
        validator.validate(json.loads(text))


def test_the_version_is_a_fingerprint_of_the_content_and_not_of_its_layout():
    texts = catalog_texts()
    version = build_catalog(texts).version
    reordered = [(f"other-{name}", json.dumps(json.loads(text), indent=None)) for name, text in reversed(texts)]
    assert build_catalog(reordered).version == version == load_catalog().version
    changed = [(name, text.replace('"0.25", "unit": "share"', '"0.26", "unit": "share"')) for name, text in texts]
    assert build_catalog(changed).version != version


def test_the_three_control_lines_and_the_functional_zones_have_a_rule_today():
    catalog = load_catalog()
    for kind in ("ecological_redline", "permanent_basic_farmland", "urban_development_boundary", "functional_zone"):
        assert len(catalog.rules_for(ControlKind(kind), as_of=date(2025, 1, 1))) == 1


def test_a_rule_is_not_applied_before_its_law_was_in_force():
    catalog = load_catalog()
    kind = ControlKind.ECOLOGICAL_REDLINE
    assert catalog.rules_for(kind, as_of=date(2022, 8, 15)) == ()
    assert [rule.rule_id for rule in catalog.rules_for(kind, as_of=date(2022, 8, 16))] == [
        "national.ecological_redline"
    ]


def test_a_local_rule_holds_in_its_region_only():
    local = edited(lambda rule: rule["source"].update(region="43"))
    catalog = built_with_numbers(("local.json", local))
    for region, count in (("430121", 1), ("33", 0), (NATIONAL, 0)):
        found = catalog.rules_for(ControlKind.ECOLOGICAL_REDLINE, as_of=date(2025, 1, 1), region=region)
        assert len(found) == count


def test_every_parameter_that_a_judgement_uses_is_in_the_catalogue():
    parameters = ParameterSet(load_catalog().parameters)
    for key in SLIVER_KEYS:
        assert parameters.row(key, as_of=date(1990, 1, 1)).value > 0


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("idle.idle_after_years", "1", "confirmed"),
        ("idle.recovery_after_years", "2", "confirmed"),
        ("idle.developed_share_denominator", "3", "confirmed"),
        ("idle.invested_share", "0.25", "confirmed"),
        ("idle.fee_rate", "0.20", "confirmed"),
        ("idle.evidence_days", "30", "confirmed"),
        ("idle.start_after_delivery_years", "1", "assumed"),
        ("minimum_area.construction_m2", "200", "assumed"),
        ("sliver.max_area_m2", "1000", "confirmed"),
    ],
)
def test_the_numbers_of_the_law_carry_their_source_and_status(key, value, status):
    row = ParameterSet(load_catalog().parameters).row(key, as_of=date(2025, 1, 1))
    assert str(row.value) == value
    assert row.status == status
    assert row.document


def test_the_idle_land_numbers_are_not_in_force_before_the_order_was():
    rows = [row for row in load_catalog().parameters if row.key.startswith("idle.") and "第53号" in row.document]
    assert len(rows) > 10
    assert {row.valid_from for row in rows} == {date(2012, 7, 1)}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda rule: rule.pop("source"), "source"),
        (lambda rule: rule["source"].pop("document"), "document"),
        (lambda rule: rule["source"].update(status="probably"), "status"),
        (lambda rule: rule.update(type="sometimes_forbidden"), "type"),
        (lambda rule: rule.update(colour="red"), "colour"),
        (lambda rule: rule["zones"]["core"]["outcome"].update(verdict="MAYBE"), "verdict"),
        (lambda rule: rule["zones"]["core"]["outcome"]["text"].update(zh="{area} {citation}"), "unknown placeholders"),
        (lambda rule: rule["zones"]["core"]["outcome"]["text"].update(en="Forbidden."), "its numbers and its source"),
        (lambda rule: rule["zones"].update(nowhere=rule["zones"]["core"]), "has no zone nowhere"),
        (lambda rule: rule["zones"].pop("general"), "is silent about zone general"),
        (lambda rule: rule.update(control_kinds=["moon"]), "control_kinds"),
    ],
)
def test_a_faulty_rule_is_refused_with_the_place_of_the_fault(change, message):
    with pytest.raises(CatalogError, match=message):
        built_with_numbers(("faulty.json", edited(change)))


def test_a_rule_id_is_used_once():
    once = edited(lambda rule: None)
    with pytest.raises(CatalogError, match=r"used twice: national\.ecological_redline"):
        build_catalog([("a.json", once), ("b.json", once)])
