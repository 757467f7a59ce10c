"""Low-efficiency land: whether the plan has another use is asked of the site check where the table does not say."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.db.sessions import read_session
from app.idle.land_answers import list_land_findings
from app.idle.land_scan import scan_land
from app.idle.service import import_table
from app.site_checks import planned_uses
from app.site_checks.planned_uses import find_plan_mismatches
from tests.integration.extracts.conftest import CODES, deliver, square

__all__ = ["deliver"]
DAY = date(2026, 6, 30)
AGREES, DIFFERS, BEYOND, UNKNOWN = CODES
HEADER = "宗地代码,是否建设用地,是否权属清晰,是否存在争议,是否闲置,是否禁止淘汰类,是否安全环保不达标,是否与规划不符,更新改造区内面积(平方米),用地面积(平方米)"


@pytest.fixture
def parcels(deliver: Callable[..., None]) -> None:
    """Put four industrial parcels in a row in force; the use of the last is not known."""
    deliver(
        "parcels",
        "parcel",
        [square(place, 0) for place in range(4)],
        parcel_code=CODES,
        land_use_code=["100101", "100101", "100101", None],
        mapping={"code_version": "=GUIDE-2023"},
    )


@pytest.fixture
def plan(deliver: Callable[..., None]) -> None:
    """Put a plan in force: industry, then a street of housing from a quarter of the second parcel on; it ends in the third."""
    deliver(
        "city_plan",
        "plan",
        [square(0, 0, 1.25, 1), square(1.25, 0, 0.75, 1), square(2, 0, 0.5, 1)],
        zone_code=["100101", "070102", "100101"],
        mapping={"code_version": "=GUIDE-2023"},
        coverage=square(0, 0, 2.5, 1),
    )


def ask(engine: Engine) -> dict[str, bool]:
    with read_session(engine) as session:
        return find_plan_mismatches(session, [*CODES, "nobody's"], as_of=DAY)


@pytest.mark.usefixtures("parcels", "plan")
def test_a_parcel_differs_agrees_or_nobody_can_tell(fresh_engine, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(planned_uses, "CHUNK", 1)
    assert ask(fresh_engine) == {AGREES: False, DIFFERS: True}


@pytest.mark.usefixtures("plan")
def test_codes_that_cannot_be_compared_tell_nothing(fresh_engine, deliver):
    other_table = {"land_use_code": ["0601"], "mapping": {"code_version": "=GB/T 21010-2017"}}
    deliver("parcels", "parcel", [square(0, 0)], parcel_code=[AGREES], **other_table)
    assert ask(fresh_engine) == {}


@pytest.mark.usefixtures("parcels")
def test_without_a_plan_nobody_can_tell(fresh_engine):
    assert ask(fresh_engine) == {}


@pytest.mark.usefixtures("parcels", "plan")
def test_the_plan_of_another_town_says_nothing(fresh_engine, deliver):
    far = square(100, 0)
    deliver("other_plan", "plan", [far], zone_code=["070102"], mapping={"code_version": "=GUIDE-2023"}, coverage=far)
    assert ask(fresh_engine) == {AGREES: False, DIFFERS: True}


@pytest.mark.usefixtures("parcels", "plan")
def test_another_planned_use_makes_low_efficiency_land_unless_the_table_says_otherwise(fresh_engine, tmp_path: Path):
    table = tmp_path / "用地.csv"
    rest = "否,否,{},0,1000"
    rows = [f"{code},是,是,否,否,{rest.format('')}" for code in (AGREES, DIFFERS)]
    table.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
    import_table(fresh_engine, table, "land_in_use", actor="test")
    scan_land(fresh_engine, topics=["low_efficiency"], as_of=DAY, actor="test")
    found = {each["subject"]: each for each in list_land_findings(fresh_engine, topic="low_efficiency")["findings"]}
    assert found[DIFFERS]["kind"] == "low_efficiency"
    assert "与规划用途不符" in found[DIFFERS]["reason_zh"]
    assert "is_plan_mismatch" not in found.get(AGREES, {"missing": []})["missing"]
    table.write_text("\n".join((HEADER, f"{DIFFERS},是,是,否,否,{rest.format('否')}")), encoding="utf-8")
    import_table(fresh_engine, table, "land_in_use", actor="test", confirm_drop=True)
    scan_land(fresh_engine, topics=["low_efficiency"], as_of=DAY, actor="test")
    found = {each["subject"]: each for each in list_land_findings(fresh_engine, topic="low_efficiency")["findings"]}
    assert found.get(DIFFERS, {"kind": "not_low"})["kind"] != "low_efficiency"
