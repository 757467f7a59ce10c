"""Every kind of bad input among contracts is listed as a fault, and its contract stays a case of insufficient data."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, select

from app.cases.opening import open_from_scan
from app.db.models import IdleCase, IdleScan, LandFinding, LandScan
from app.db.sessions import read_session, write_session
from app.idle.land_scan import scan_land
from app.idle.reporting import idle_statistics, list_changes
from app.idle.service import import_table, scan
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file

DAY = date(2026, 6, 30)
HEADER = "合同编号,宗地代码,签订日期,约定动工日期,应动工面积(平方米),已动工面积(平方米),园区"
PARCELS = tuple(f"43012100100{n}GB00001" for n in range(1, 9))
AWAY = "430121009009GB00009"
SOUND = f"SOUND,{PARCELS[0]},2023-01-01,2024-01-01,100,10,东区"
NEGATIVE = f"NEGATIVE,{PARCELS[2]},2023-01-01,2024-01-01,-5,,东区"
ROWS = (
    SOUND,
    f"DATES,{PARCELS[1]},2024-05-01,2024-01-01,100,10,东区",
    NEGATIVE,
    f"MORE,{PARCELS[3]},2023-01-01,2024-01-01,100,100.01,东区",
    f"TWO-A,{PARCELS[4]},2023-01-01,2024-01-01,100,,西区",
    f"TWO-B,{PARCELS[4]},2023-02-01,2024-02-01,100,,西区",
    f"AGAIN,{PARCELS[5]},2023-01-01,2024-01-01,100,,西区",
    f"AGAIN,{PARCELS[5]},2023-01-01,2026-01-01,100,,西区",
    f"NO-DAY,{PARCELS[6]},2023-01-01,2024-02-30,100,,西区",
    f"AWAY,{AWAY},2023-01-01,2024-01-01,100,,西区",
)
# What is wrong with each contract, and the row of the table where the row itself was refused.
FAULTS = {
    "DATES": "starts_before_signing",
    "NEGATIVE": "row_rejected",
    "MORE": "developed_exceeds_total",
    "TWO-A": "shared_parcel",
    "TWO-B": "shared_parcel",
    "AGAIN": "repeated_contract",
    "NO-DAY": "row_rejected",
}


@pytest.fixture
def deliver(fresh_engine: Engine, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Put eight parcels in force, and import and scan contracts."""
    path = tmp_path / "parcels.gpkg"
    boxes = [shapely.box(113 + n / 1000, 28, 113 + (n + 1) / 1000, 28.001) for n in range(len(PARCELS))]
    gpd.GeoDataFrame({"parcel_code": PARCELS}, geometry=boxes, crs="EPSG:4490").to_file(path)
    request = ImportRequest(path=path, to="parcels", kind="parcel", publish=True, valid_from=date(2024, 1, 1))
    import_file(fresh_engine, request, actor="test", today=DAY)

    def deliver(*rows: str) -> dict[str, Any]:
        table = tmp_path / "出让合同.csv"
        table.write_text("\n".join((HEADER, *rows)), encoding="utf-8")
        import_table(fresh_engine, table, "contracts", actor="test", confirm_drop=True)
        return scan(fresh_engine, as_of=DAY, actor="test")

    return deliver


def read_cases(engine: Engine) -> dict[str, IdleCase]:
    with read_session(engine) as session:
        query = select(IdleCase).join(IdleScan, IdleScan.id == IdleCase.idle_scan_id).where(IdleScan.is_current)
        return {case.contract_no: case for case in session.scalars(query)}


def test_every_kind_is_listed_and_its_contract_stays_a_case_of_insufficient_data(fresh_engine, deliver):
    summary = deliver(*ROWS)
    assert summary["contract_count"] == len(FAULTS) + len(("SOUND", "AWAY"))
    cases = read_cases(fresh_engine)
    assert {number: case.kind for number, case in cases.items()} == dict.fromkeys(FAULTS, "insufficient_data") | {
        "SOUND": "idle_not_started",
        # The place does not change the dates: the land is idle wherever it lies.
        "AWAY": "idle_not_started",
    }
    told = {number: [fault["code"] for fault in cases[number].facts["faults"]] for number in FAULTS}
    assert told == {number: [code] for number, code in FAULTS.items()}
    assert cases["NEGATIVE"].parcel_match == "one"
    assert cases["NEGATIVE"].target_id is not None
    assert "第 4 行未予采用：“应动工面积(平方米)”一格为“-5”" in cases["NEGATIVE"].reason_zh
    assert "expected a number that is not negative" in cases["NEGATIVE"].reason_en
    assert "合同台账第 8、9 行为同一合同编号" in cases["AGAIN"].reason_zh

    scan_land(fresh_engine, topics=["data_fault"], as_of=DAY, actor="test")
    with read_session(fresh_engine) as session:
        query = select(LandFinding).join(LandScan, LandScan.id == LandFinding.land_scan_id).where(LandScan.is_current)
        listed = {finding.subject: finding for finding in session.scalars(query)}
    assert set(listed) == {
        "starts_before_signing/DATES",
        "row_rejected/4",
        "developed_exceeds_total/MORE",
        "shared_parcel/TWO-A",
        "shared_parcel/TWO-B",
        "row_rejected/9",
        "repeated_contract/AGAIN",
        "row_rejected/10",
        "contract_without_parcel/AWAY",
        f"parcel_without_contract/{PARCELS[7]}",
    }
    assert listed["row_rejected/4"].parcel_codes == [PARCELS[2]]
    assert listed["row_rejected/4"].geom is not None


def test_a_survey_may_begin_of_a_contract_whose_row_was_refused(fresh_engine, deliver):
    deliver(SOUND, NEGATIVE)
    with write_session(fresh_engine, actor="test") as session:
        (case,) = open_from_scan(session, ["NEGATIVE"], on=DAY).opened
        assert (case.kind, case.stage, case.parcel_code) == ("insufficient_data", "suspect", PARCELS[2])


def test_a_mended_row_is_judged_and_the_change_told_with_its_fields(fresh_engine, deliver):
    deliver(SOUND, NEGATIVE)
    deliver(SOUND, NEGATIVE.replace("-5", "5"))
    assert read_cases(fresh_engine)["NEGATIVE"].kind == "idle_not_started"
    with read_session(fresh_engine) as session:
        (change,) = list_changes(session)["changes"]
    assert (change["contract_no"], change["before"], change["after"], change["reason"]) == (
        "NEGATIVE",
        "insufficient_data",
        "idle_not_started",
        "facts",
    )
    assert change["changed_fields"] == ("agreed_start_date", "should_start_area_m2")


def test_statistics_count_as_undecided_what_the_scan_does(fresh_engine, deliver):
    summary = deliver(*ROWS)
    with read_session(fresh_engine) as session:
        zones = idle_statistics(session, as_of=DAY)["idle"]
    last = {zone["zone"]: zone["rates"][-1] for zone in zones}
    assert set(last) == {"东区", "西区"}
    assert sum(rate["contracts"] for rate in last.values()) == summary["contract_count"]
    assert sum(rate["undecided"] for rate in last.values()) == summary["cases"]["insufficient_data"] == len(FAULTS)
    assert sum(rate["idle"] for rate in last.values()) == summary["cases"]["idle_not_started"]
    # Of SOUND in the east and AWAY in the west, 100 m² each; areas of what was refused are not known.
    assert (last["东区"]["idle_ha"], last["东区"]["without_area"]) == ("0.0100", 1)
