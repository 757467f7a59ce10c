"""The scan finds idle land to the day, keeps every case, and changes nothing when it is repeated."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from sqlalchemy import Engine, text

from app.cases.land_service import describe_groups
from app.db.sessions import read_session, write_session
from app.idle.errors import (
    NoContractsError,
    NothingReadError,
    NotParcelsError,
    ParcelLayerUnsaidError,
    UnknownTableKindError,
)
from app.idle.service import import_table, scan
from app.jobs.service import start_idle_scan
from app.layers.delivery import ImportRequest
from app.layers.errors import LayerNotFoundError
from app.layers.importing import import_file
from gis.formats.grids import TableRefusedError
from gis.rules import ParameterNotInForceError

HEADER = (
    "合同编号,宗地代码,约定动工日期,施工许可日期,基础类型,节点完成量,节点总量,节点完成日期,应动工面积(平方米),"
    "已动工面积(平方米),总投资额(万元),已投资额(万元),中止日期,延期原因"
)
STARTED = "2024-03-01,桩基,40,40,2024-05-01"
DAY = date(2026, 6, 30)

PARCELS = ("430121001001GB00001", "430121001001GB00002", "430121001001GB00003", "430121001001GB00003")
# One contract a row: number, parcel, what it is as of DAY.
ROWS = (
    f"C1,{PARCELS[0]},2025-06-29,,,,,,,,,,,G1:2025-07-01/2025-07-10",
    f"C2,{PARCELS[1]},2025-06-30,,,,,,,,,,,",
    f"C3,{PARCELS[2]},2024-02-01,{STARTED},30000,9999.99,10000,2500,2025-06-29,",
    f"C4,999999999999999999,,{STARTED},,,,,,",
    f"C5,,2022-01-01,{STARTED},,,,,,",
)


@pytest.fixture
def deliver(fresh_engine: Engine, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Import a table of contracts."""

    def deliver(*rows: str, name: str = "出让合同.csv", encoding: str = "utf-8-sig") -> dict[str, Any]:
        path = tmp_path / name
        path.write_text("\r\n".join((HEADER, *rows)), encoding=encoding, newline="")
        return import_table(fresh_engine, path, "contracts", actor="test", confirm_drop=True)

    return deliver


@pytest.fixture
def parcels(fresh_engine: Engine, tmp_path: Path) -> None:
    """Put four parcels in force, two of which carry one code."""
    boxes = [shapely.box(113 + n / 1000, 28, 113 + (n + 1) / 1000, 28.001) for n in range(len(PARCELS))]
    path = tmp_path / "parcels.gpkg"
    gpd.GeoDataFrame({"code": PARCELS}, geometry=boxes, crs="EPSG:4490").to_file(path)
    request = ImportRequest(
        path=path,
        to="parcels",
        kind="parcel",
        mapping={"parcel_code": "code"},
        publish=True,
        valid_from=date(2024, 1, 1),
    )
    import_file(fresh_engine, request, actor="test", today=DAY)


def read_cases(engine: Engine) -> dict[str, Any]:
    """Return the current scan's cases by contract number."""
    query = text(
        "select idle_case.*, ST_Area(geom) as degrees from idle_case join idle_scan s on s.id = idle_scan_id "
        "where s.is_current order by row_id"
    )
    with engine.connect() as connection:
        return {row["contract_no"]: row for row in connection.execute(query).mappings()}


def count(engine: Engine, table: str) -> int:
    with engine.connect() as connection:
        return connection.scalar(text(f"select count(*) from {table}"))


@pytest.mark.usefixtures("parcels")
def test_each_kind_of_case_is_found_to_the_day_with_its_numbers(fresh_engine, deliver):
    deliver(*ROWS)
    summary = scan(fresh_engine, as_of=DAY, actor="test")
    assert summary["cases"] == {"idle_not_started": 1, "idle_suspended": 1, "late_start": 1, "insufficient_data": 1}
    assert summary["contract_count"] == 5
    cases = read_cases(fresh_engine)
    assert {number: case["kind"] for number, case in cases.items()} == {
        "C1": "idle_not_started",
        "C3": "idle_suspended",
        "C4": "insufficient_data",
        "C5": "late_start",
    }
    first = cases["C1"]
    assert (first["gross_idle_days"], first["net_idle_days"]) == (366, 356)
    assert first["idle_since"] == date(2025, 6, 29)
    assert first["facts"]["true_from"] == "2026-06-30"
    assert "涉嫌闲置土地" in first["reason_zh"]
    assert first["article"].endswith("第二条第一款")
    assert cases["C3"]["facts"]["developed_share"] == "333333/1000000"
    assert cases["C4"]["missing"] == ["agreed_start_date", "delivery_date"]


@pytest.mark.usefixtures("parcels")
def test_a_case_is_kept_whether_its_code_names_one_parcel_none_or_several(fresh_engine, deliver):
    deliver(*ROWS)
    summary = scan(fresh_engine, as_of=DAY, actor="test")
    assert summary["parcel_matches"] == {"one": 1, "none": 2, "many": 1}
    cases = read_cases(fresh_engine)
    assert {number: case["parcel_match"] for number, case in cases.items()} == {
        "C1": "one",
        "C3": "many",
        "C4": "none",
        "C5": "none",
    }
    assert cases["C1"]["target_id"] == PARCELS[0]
    assert cases["C1"]["degrees"] == pytest.approx(1e-6)
    assert cases["C1"]["parcel_layer"] == "parcels"
    assert len(cases["C3"]["candidate_ids"]) == 2
    assert cases["C3"]["geom"] is None
    assert cases["C5"]["parcel_code"] is None
    assert cases["C5"]["candidate_ids"] == []


def test_without_a_layer_of_parcels_every_case_is_kept(fresh_engine, deliver):
    deliver(*ROWS)
    summary = scan(fresh_engine, as_of=DAY, actor="test")
    assert summary["parcel_version"] is None
    assert summary["parcel_matches"] == {"one": 0, "none": 4, "many": 0}
    assert len(read_cases(fresh_engine)) == 4


@pytest.mark.usefixtures("parcels")
def test_repeating_a_scan_changes_nothing(fresh_engine, deliver):
    deliver(*ROWS)
    first = scan(fresh_engine, as_of=DAY, actor="test")
    again = scan(fresh_engine, as_of=DAY, actor="someone else")
    assert again == first | {"is_new": False}
    assert (count(fresh_engine, "idle_scan"), count(fresh_engine, "idle_case")) == (1, 4)


@pytest.mark.usefixtures("parcels")
def test_another_day_another_delivery_or_another_parcel_is_another_scan(fresh_engine, deliver):
    deliver(*ROWS)
    scan(fresh_engine, as_of=DAY, actor="test")
    next_day = scan(fresh_engine, as_of=date(2026, 7, 1), actor="test")
    assert next_day["is_new"]
    assert next_day["cases"]["idle_not_started"] == 2
    deliver(*ROWS[1:])
    fewer = scan(fresh_engine, as_of=date(2026, 7, 1), actor="test")
    assert fewer["is_new"]
    assert fewer["cases"]["idle_not_started"] == 1
    with fresh_engine.begin() as connection:
        connection.execute(
            text("update parcel set superseded_at = now() where parcel_code = :code"), {"code": PARCELS[1]}
        )
    edited = scan(fresh_engine, as_of=date(2026, 7, 1), actor="test")
    assert edited["is_new"]
    assert read_cases(fresh_engine)["C2"]["parcel_match"] == "none"
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from idle_scan where is_current")) == 1


def test_a_correction_of_the_law_in_the_parameter_table_decides(fresh_engine, deliver):
    deliver(*ROWS)
    scan(fresh_engine, as_of=DAY, actor="test")
    with fresh_engine.begin() as connection:
        connection.execute(
            text(
                "insert into rule_parameter (key, value, unit, document, article, region, status, note, recorded_by) "
                "values ('idle.idle_after_years', 2, 'years', '某省闲置土地处置办法', '', '43', 'assumed', '', 'test')"
            )
        )
    corrected = scan(fresh_engine, as_of=DAY, actor="test")
    assert corrected["is_new"]
    assert corrected["cases"]["idle_not_started"] == 0
    # C5 names no parcel, so it lies in no known region and keeps the national year.
    assert corrected["cases"]["late_start"] == 1


def test_a_scan_without_contracts_is_refused_and_not_empty(fresh_engine):
    with pytest.raises(NoContractsError, match="nothing is known about idle land"):
        scan(fresh_engine, as_of=DAY, actor="test")


def test_a_day_before_the_order_has_no_answer(fresh_engine, deliver):
    deliver(*ROWS)
    with pytest.raises(ParameterNotInForceError, match="2012-06-30"):
        scan(fresh_engine, as_of=date(2012, 6, 30), actor="test")


class TestDelivery:
    def test_a_file_delivered_again_changes_nothing(self, fresh_engine, deliver):
        assert deliver(*ROWS)["is_new"]
        assert not deliver(*ROWS)["is_new"]
        assert count(fresh_engine, "table_delivery") == 1
        assert count(fresh_engine, "land_contract") == 5

    def test_the_newest_delivery_is_the_current_one_and_the_former_is_kept(self, fresh_engine, deliver):
        deliver(*ROWS)
        deliver(*ROWS[:2])
        assert deliver(*ROWS)["is_new"]
        assert count(fresh_engine, "table_delivery") == 3
        with fresh_engine.connect() as connection:
            current = connection.execute(text("select row_count, recorded_by from table_delivery where is_current"))
            assert [tuple(row) for row in current] == [(5, "test")]

    def test_rows_that_cannot_be_read_are_told_and_kept(self, fresh_engine, deliver):
        report = deliver(*ROWS, "C6,,2025-02-30,,,,,,,,,,,", encoding="gbk")
        assert (report["read"], report["accepted"], report["rejected"]) == (6, 5, 1)
        assert report["errors"] == [
            "出让合同.csv, row 7, column 约定动工日期: found '2025-02-30', expected a day that exists, as YYYY-MM-DD"
        ]
        with fresh_engine.connect() as connection:
            (rejected,) = connection.scalar(text("select rejected_rows from table_delivery"))
        assert rejected["row"] == 7
        assert rejected["cells"]["合同编号"] == "C6"
        assert rejected["errors"] == report["errors"]

    def test_a_table_without_one_readable_row_replaces_nothing(self, fresh_engine, deliver):
        deliver(*ROWS)
        with pytest.raises(NothingReadError, match=r"No row of 坏\.csv could be read"):
            deliver("C6,,2025-02-30,,,,,,,,,,,", name="坏.csv")
        assert count(fresh_engine, "table_delivery") == 1

    def test_amounts_come_back_from_the_database_as_they_were_written(self, fresh_engine, deliver):
        deliver(f"C3,,2024-02-01,{STARTED},30000.10,10000.033333333333,10000,9000,2025-06-29,")
        summary = scan(fresh_engine, as_of=DAY, actor="test")
        # 3 x 10000.033333333333 = 30000.099999999999 < 30000.10
        assert summary["cases"]["idle_suspended"] == 1

    def test_an_unknown_kind_of_table_is_refused(self, fresh_engine, tmp_path):
        with pytest.raises(UnknownTableKindError, match="contracts, enterprises"):
            import_table(fresh_engine, tmp_path / "t.csv", "parcels", actor="test")

    def test_a_file_that_is_no_table_is_refused(self, fresh_engine, tmp_path):
        (tmp_path / "t.pdf").write_bytes(b"%PDF")
        with pytest.raises(TableRefusedError, match=r"expected \.csv or \.xlsx"):
            import_table(fresh_engine, tmp_path / "t.pdf", "contracts", actor="test")

    def test_enterprises_are_stored_with_what_else_was_delivered(self, fresh_engine, tmp_path):
        path = tmp_path / "企业.csv"
        path.write_text("统一社会信用代码,企业名称,是否失联\nA1,示例一,是\n", encoding="utf-8")
        assert import_table(fresh_engine, path, "enterprises", actor="test")["accepted"] == 1
        with fresh_engine.connect() as connection:
            row = connection.execute(text("select credit_code, name, facts from enterprise")).one()
        assert tuple(row) == ("A1", "示例一", {"是否失联": "是"})


def put_parcels(engine: Engine, folder: Path, slug: str, kind: str = "parcel") -> None:
    """Put the parcels of the contracts in force under another name."""
    boxes = [shapely.box(113 + n / 1000, 28, 113 + (n + 1) / 1000, 28.001) for n in range(len(PARCELS))]
    path = folder / f"{slug}.gpkg"
    gpd.GeoDataFrame({"code": PARCELS}, geometry=boxes, crs="EPSG:4490").to_file(path)
    mapping = {"parcel": {"parcel_code": "code"}, "reference": {"feature_code": "code"}}[kind]
    request = ImportRequest(
        path=path, to=slug, kind=kind, mapping=mapping, publish=True, valid_from=date(2024, 1, 1), confirm_loss=True
    )
    import_file(engine, request, actor="test", today=DAY)


def test_the_only_layer_of_parcels_is_taken_whatever_it_is_called(fresh_engine, deliver, tmp_path):
    put_parcels(fresh_engine, tmp_path, "land_2026")
    deliver(*ROWS)
    summary = scan(fresh_engine, as_of=DAY, actor="test")
    assert (summary["parcel_layer"], summary["parcel_matches"]["one"]) == ("land_2026", 1)
    assert read_cases(fresh_engine)["C1"]["parcel_layer"] == "land_2026"


def test_of_several_layers_of_parcels_one_is_chosen_once(fresh_engine, deliver, tmp_path):
    put_parcels(fresh_engine, tmp_path, "land_2025")
    put_parcels(fresh_engine, tmp_path, "land_2026")
    deliver(*ROWS)
    with pytest.raises(ParcelLayerUnsaidError, match="land_2025, land_2026"):
        scan(fresh_engine, as_of=DAY, actor="test")
    assert scan(fresh_engine, as_of=DAY, target="land_2026", actor="test")["parcel_layer"] == "land_2026"
    later = scan(fresh_engine, as_of=date(2026, 7, 1), actor="test")
    assert later["parcel_layer"] == "land_2026"
    with read_session(fresh_engine) as session:
        scanned = describe_groups(session)["scanned_in"]
    assert scanned == {"parcel_layer": "land_2026", "parcel_version": 1, "parcel_matches": later["parcel_matches"]}


def test_a_layer_that_is_missing_or_holds_no_parcels_is_refused(fresh_engine, deliver, tmp_path):
    put_parcels(fresh_engine, tmp_path, "land_2026")
    put_parcels(fresh_engine, tmp_path, "roads", kind="reference")
    deliver(*ROWS)
    with pytest.raises(LayerNotFoundError, match="land_2026, roads"):
        scan(fresh_engine, as_of=DAY, target="land_2027", actor="test")
    with pytest.raises(NotParcelsError, match="kind reference"):
        scan(fresh_engine, as_of=DAY, target="roads", actor="test")
    with write_session(fresh_engine, actor="test") as session, pytest.raises(NotParcelsError):
        start_idle_scan(session, as_of=None, target="roads")
    assert count(fresh_engine, "idle_scan") == 0
