"""Packs of rules in the database."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app.db.parameters import read_parameters
from app.db.rule_packs import NATIONAL_PACK, RulePackRefusedError, import_pack, list_packs, read_rule_book
from app.db.sessions import read_session, write_session
from gis.rules import example_pack, load_catalog

SETBACK = "local.example_city.road_setback"


def pack_file(folder: Path, **changes: Any) -> Path:
    """Write the example of a local pack, with changes of its first setback's number."""
    document = json.loads(example_pack().read_text(encoding="utf-8"))
    for row in document["parameters"]:
        row["value"] = changes.get(row["key"], row["value"])
    file = folder / "example_city.json"
    file.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    return file


def setback_key() -> str:
    document = json.loads(example_pack().read_text(encoding="utf-8"))
    (rule,) = [rule for rule in document["rules"] if rule["rule_id"] == SETBACK]
    key: str = next(iter(rule["classes"].values()))["parameter"]
    return key


def test_an_upgraded_database_holds_the_national_pack_with_all_its_rules(fresh_engine: Engine) -> None:
    with read_session(fresh_engine) as session:
        (pack,) = list_packs(session)
        book = read_rule_book(session)
    assert (pack.name, pack.version) == (NATIONAL_PACK, load_catalog().version)
    assert pack.rule_count == len(load_catalog().all_rules) == len(pack.document["rules"])
    assert book.catalog is load_catalog()


def test_a_local_pack_adds_its_rules_and_numbers_in_its_region_only(fresh_engine: Engine, tmp_path: Path) -> None:
    with write_session(fresh_engine, actor="planner") as session:
        pack, is_new = import_pack(session, pack_file(tmp_path))
    assert (pack.name, is_new) == ("example_city", True)
    with read_session(fresh_engine) as session:
        book, numbers = read_rule_book(session), read_parameters(session)
    day = date(2025, 6, 30)
    here = {rule.rule_id for rule in book.catalog.site_rules(as_of=day, region="990101")}
    elsewhere = {rule.rule_id for rule in book.catalog.site_rules(as_of=day, region="430121")}
    assert SETBACK in here
    assert SETBACK not in elsewhere
    assert book.pack_of[SETBACK] == "example_city"
    assert numbers.row(setback_key(), as_of=day, region="990101").value > 0


def test_a_pack_that_applies_already_is_not_added_again(fresh_engine: Engine, tmp_path: Path) -> None:
    for expected in (True, False):
        with write_session(fresh_engine, actor="planner") as session:
            assert import_pack(session, pack_file(tmp_path))[1] is expected


def test_a_pack_whose_example_fails_is_refused_by_name_and_nothing_is_stored(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    wrong = pack_file(tmp_path, **{setback_key(): "0.01"})
    with pytest.raises(RulePackRefusedError) as refused, write_session(fresh_engine, actor="planner") as session:
        import_pack(session, wrong)
    assert "example_city" in refused.value.detail
    assert SETBACK in refused.value.detail
    assert "example" in refused.value.detail
    with fresh_engine.connect() as connection:
        assert connection.execute(text("select count(*) from rule_pack where not is_national")).scalar_one() == 0


def test_a_file_that_is_no_pack_is_refused(fresh_engine: Engine, tmp_path: Path) -> None:
    file = tmp_path / "nothing.json"
    file.write_text('{"rules": [{"type": "unheard_of"}]}')
    with pytest.raises(RulePackRefusedError, match="nothing"), write_session(fresh_engine, actor="planner") as session:
        import_pack(session, file)
