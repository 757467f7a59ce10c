"""Codes of a table of one's own: given as data, followed by comparisons, and kept with what stands on them."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.code_tables.errors import StandardTableError
from app.code_tables.local_tables import keep_table
from app.db.sessions import read_session
from app.plans.clearance_schemas import ClearanceRequest
from app.plans.clearing import find_clearance
from app.plans.fault_schemas import LevelsRequest
from app.plans.faults import FaultSearch, search_faults
from app.plans.proposing import propose
from app.plans.register_repository import require_comparison, select_patches
from app.plans.register_schemas import PatchFilter
from app.plans.service import compare
from app.plans.units import sum_by_unit
from tests.integration.plans.conftest import AS_OF, ImportSquares

PLANS = ["city", "zoning"]


@pytest.fixture
def local_plan(differing_plans: Engine, import_squares: ImportSquares) -> Engine:
    places = [(0, 0), (1, 0), (2, 0), (3, 0)]
    codes = ["C-2", "OS", "C-2", "PUD"]
    import_squares("zoning", "plan", places, {"zone_code": codes}, date(2021, 1, 1), "our zoning")
    return differing_plans


def table(folder: Path, *rows: str) -> Path:
    path = folder / "zoning.csv"
    path.write_text("\n".join(["代码,建设用地与否", *rows]), encoding="utf-8")
    return path


def classes_of(summary: dict) -> dict[str, int]:
    square = summary["compared_area"]["area_m2"] / 6
    return {item["class"]: round(item["area_m2"] / square) for item in summary["classes"] if item["area_m2"] > 0}


def test_a_comparison_follows_the_table_and_another_table_is_another_comparison(local_plan: Engine, tmp_path: Path):
    before = compare(local_plan, plans=PLANS, lines=[], as_of=AS_OF, actor="test")
    assert classes_of(before) == {"gap": 6}
    assert {row["code"] for row in before["unknown_codes"]} == {"C-2", "OS", "PUD"}
    kept = keep_table(
        local_plan, table(tmp_path, "C-2,建设用地", "OS,非建设用地", "PUD,无数据"), "our zoning", actor="test"
    )
    assert kept["is_new"]
    first = compare(local_plan, plans=PLANS, lines=[], as_of=AS_OF, actor="test")
    assert first["is_new"]
    # R2 and C-2 agree, R2 against OS and E2 against C-2 do not, and PUD says nothing, as two squares without zoning.
    assert classes_of(first) == {"agreed_construction": 1, "conflict": 2, "gap": 3}
    assert first["unknown_codes"] == []
    (recorded,) = first["local_code_tables"]
    assert recorded["codes"] == {"C-2": "construction", "OS": "non_construction", "PUD": "no_data"}
    assert not compare(local_plan, plans=PLANS, lines=[], as_of=AS_OF, actor="test")["is_new"]
    keep_table(local_plan, table(tmp_path, "C-2,建设用地", "OS,建设用地", "PUD,建设用地"), "our zoning", actor="test")
    second = compare(local_plan, plans=PLANS, lines=[], as_of=AS_OF, actor="test")
    assert second["is_new"]
    assert classes_of(second) == {"agreed_construction": 3, "conflict": 1, "gap": 2}
    # Opened again, a comparison is what it was when it was made.
    sums = sum_by_unit(local_plan, second["plan_comparison_id"], "city")
    told = {item["class"]: item["area_m2"] for unit in sums["rows"] for item in unit["classes"] if item["area_m2"] > 0}
    assert set(told) == {"agreed_construction", "conflict", "gap"}


def test_the_clearance_register_the_survey_and_the_plans_of_two_levels_follow_the_table(
    local_plan: Engine, import_squares: ImportSquares, tmp_path: Path
):
    import_squares("control", "ecological_control_line", [(0, 0)], {"control_code": ["E1"]}, date(2020, 1, 1))
    request = ClearanceRequest(land="zoning", line="control", as_of=AS_OF)
    levels = FaultSearch(levels=LevelsRequest(lower="zoning", upper="city", as_of=AS_OF))
    comparison = compare(local_plan, plans=["city", "land"], lines=[], as_of=AS_OF, actor="test")
    number = comparison["plan_comparison_id"]

    def shares() -> dict[str, float | None]:
        propose(local_plan, number, chosen=PatchFilter(everything=True), survey="zoning", as_of=AS_OF, actor="test")
        with read_session(local_plan) as session:
            patches = select_patches(session, require_comparison(session, number), PatchFilter(everything=True))
            return {"/".join(patch.plan_codes): patch.built_share for patch in patches}

    nothing_known = find_clearance(local_plan, request, actor="test")
    assert (nothing_known["found"], nothing_known["local_code_tables"]) == (0, [])
    assert search_faults(local_plan, levels, actor="test")["faults"] == []
    kept = keep_table(local_plan, table(tmp_path, "C-2,建设用地", "OS,非建设用地"), "our zoning", actor="test")
    found = find_clearance(local_plan, request, actor="test")
    assert found["found"] == 1
    assert [each["sha256"] for each in found["local_code_tables"]] == [kept["sha256"]]
    assert shares()["E2/2110"] == pytest.approx(1, abs=1e-6)
    # C-2 is construction land where the city plan has none.
    assert [fault["count"] for fault in search_faults(local_plan, levels, actor="test")["faults"]] == [1]


def test_what_another_plan_does_not_use_makes_no_new_comparison(local_plan: Engine, tmp_path: Path):
    compare(local_plan, plans=["city", "land"], lines=[], as_of=AS_OF, actor="test")
    keep_table(local_plan, table(tmp_path, "C-2,建设用地"), "our zoning", actor="test")
    assert not compare(local_plan, plans=["city", "land"], lines=[], as_of=AS_OF, actor="test")["is_new"]


def test_a_table_is_kept_once_and_has_no_name_of_a_standard(fresh_engine: Engine, tmp_path: Path):
    path = table(tmp_path, "C-2,建设用地")
    assert keep_table(fresh_engine, path, "our zoning", actor="test")["is_new"]
    assert not keep_table(fresh_engine, path, "our zoning", actor="test")["is_new"]
    with pytest.raises(StandardTableError, match="name of a standard"):
        keep_table(fresh_engine, path, "gb50137-2011", actor="test")


def test_the_commands_are_there(tmp_path: Path):
    told = CliRunner().invoke(app, ["code-tables", "import", "--help"])
    assert told.exit_code == 0
    assert "--name" in told.output
