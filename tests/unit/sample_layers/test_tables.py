"""Contracts, firms, the project site and the rasters say what is expected of them."""

import calendar
import csv
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pyproj
import pytest
import rasterio
import shapely
from rasterio.features import geometry_mask

Row = dict[str, str]

# GB 32100-2015: the characters of a unified social credit code, with weights 3^k mod 31.
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@pytest.fixture(scope="module")
def contracts(data: Path) -> dict[str, Row]:
    with (data / "出让合同.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["合同编号"] for row in rows}) == len(rows)
    return {row["合同编号"]: row for row in rows}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _year_after(day: date) -> date:
    last = calendar.monthrange(day.year + 1, day.month)[1]
    return day.replace(year=day.year + 1, day=min(day.day, last))


def _agreed(row: Row) -> date | None:
    delivered = _day(row["交地日期"])
    return (
        _day(row["补充约定动工日期"])
        or _day(row["约定动工日期"])
        or (None if delivered is None else _year_after(delivered))
    )


def _started(row: Row, as_of: date) -> date | None:
    permit, reached = _day(row["施工许可日期"]), _day(row["节点完成日期"])
    if permit is None or reached is None:
        return None
    needed = Fraction(row["节点总量"]) / (3 if row["基础类型"] == "其他" else 1)
    day = max(permit, reached)
    return day if Fraction(row["节点完成量"]) >= needed and day <= as_of else None


def _is_little(part: str, whole: str, share: Fraction) -> bool | None:
    if not part or not whole or not Fraction(whole):
        return None
    return Fraction(part) < share * Fraction(whole)


def _suspended(row: Row, as_of: date) -> str | None:
    since = _day(row["中止日期"])
    if since is None or row["复工日期"] or as_of <= _year_after(since):
        return None
    signs = (
        _is_little(row["已动工面积(平方米)"], row["应动工面积(平方米)"], Fraction(1, 3)),
        _is_little(row["已投资额(万元)"], row["总投资额(万元)"], Fraction(1, 4)),
    )
    if any(signs):
        return "idle_suspended"
    return "insufficient_data" if None in signs else None


def _kind(row: Row, as_of: date) -> str:
    """Judge a contract step by step, as a clerk would with a calendar."""
    agreed, started = _agreed(row), _started(row, as_of)
    if started is None:
        if agreed is None or (row["施工许可日期"] and not row["基础类型"]):
            return "insufficient_data"
        return "idle_not_started" if as_of > _year_after(agreed) else "not_idle"
    suspended = _suspended(row, as_of)
    if suspended is not None:
        return suspended
    return "late_start" if agreed is not None and started > _year_after(agreed) else "not_idle"


def test_every_contract_is_judged_as_planted(contracts: dict[str, Row], expected: dict[str, Any]) -> None:
    idle = expected["idle"]
    as_of = date.fromisoformat(idle["as_of"])
    planted = {entry["contract_no"]: entry for entry in (*idle["cases"], *idle["not_idle"])}
    assert len(contracts) == idle["contracts"] > len(planted) > 60
    for number, row in contracts.items():
        kind = planted[number]["kind"] if number in planted else "not_idle"
        assert _kind(row, as_of) == kind, row["备注"]


def test_every_sweep_turns_on_the_day_that_was_planted(contracts: dict[str, Row], expected: dict[str, Any]) -> None:
    swept = [entry for entry in (*expected["idle"]["cases"], *expected["idle"]["not_idle"]) if entry["sweep"]]
    assert len(swept) >= 6
    for entry in swept:
        for step in entry["sweep"]:
            day = date.fromisoformat(step["as_of"])
            assert _kind(contracts[entry["contract_no"]], day) == step["kind"], (entry["item"], step)


def test_gross_days_are_the_difference_of_two_dates(expected: dict[str, Any]) -> None:
    as_of = date.fromisoformat(expected["as_of"])
    running = [entry for entry in expected["idle"]["cases"] if entry["kind"].startswith("idle_")]
    assert len(running) > 30
    for entry in running:
        assert entry["gross_idle_days"] == (as_of - date.fromisoformat(entry["idle_since"])).days
        assert 0 <= entry["net_idle_days"] <= entry["gross_idle_days"]


def test_excused_days_are_taken_off_once(expected: dict[str, Any]) -> None:
    excused = {
        entry["item"]: entry["gross_idle_days"] - entry["net_idle_days"]
        for entry in expected["idle"]["cases"]
        if entry["gross_idle_days"] is not None
    }
    # Both days of an interval count; 1 April to 15 July is 106 days, 2 to 31 March is 30.
    assert excused["plan_changed"] == 123
    assert excused["overlapping_causes"] == 106
    assert excused["cause_begins_before_the_agreed_start"] == 30
    assert excused["cause_still_going_on"] == (date(2026, 6, 30) - date(2025, 12, 31)).days
    assert excused["own_fault"] == 0
    assert excused["own_fault_and_flood"] == 20
    assert excused["suspended_by_flood"] == 40


def test_both_sides_of_every_threshold_are_planted(expected: dict[str, Any]) -> None:
    kinds = {entry["item"]: entry["kind"] for name in ("cases", "not_idle") for entry in expected["idle"][name]}
    for family in ("one_year", "supplement_year", "delivery_year", "suspension_year"):
        days = [kinds[f"{family}_{when}"] for when in ("ends_tomorrow", "ends_today", "ended_yesterday")]
        assert days[:2] == ["not_idle", "not_idle"]
        assert days[2].startswith("idle_")
    for share in ("one_third", "one_quarter"):
        assert kinds[f"just_below_{share}"] == "idle_suspended"
        assert kinds[f"just_above_{share}"] == "not_idle"
    assert kinds["exactly_one_third_and_one_quarter"] == "not_idle"


def test_the_fee_is_a_fifth_of_the_price(contracts: dict[str, Row], expected: dict[str, Any]) -> None:
    fees = [entry for entry in expected["idle"]["cases"] if entry["disposal"] == "fee"]
    assert fees
    for entry in fees:
        price_yuan = Fraction(contracts[entry["contract_no"]]["出让价款(万元)"]) * 10_000
        assert abs(Fraction(entry["fee_yuan"]) - price_yuan / 5) <= Fraction(1, 200)


def test_contracts_name_parcels_that_are_there_but_for_one(
    data: Path, contracts: dict[str, Row], expected: dict[str, Any]
) -> None:
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK", read_geometry=False)
    codes = set(parcels["ZDDM"])
    strangers = {number for number, row in contracts.items() if row["宗地代码"] not in codes}
    planted = {entry["contract_no"] for entry in expected["idle"]["cases"] if not entry["parcel_is_known"]}
    assert strangers == planted
    assert len(planted) == 1
    named = [row["宗地代码"] for row in contracts.values()]
    assert len(set(named)) == len(named)


@pytest.fixture(scope="module")
def firms(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    book = openpyxl.load_workbook(data / "企业.xlsx")
    return {name: list(book[name].iter_rows(min_row=2, values_only=True)) for name in book.sheetnames}


def test_credit_codes_carry_their_check_character(firms: dict[str, list[tuple[Any, ...]]]) -> None:
    codes = [str(row[0]) for row in firms["企业"]]
    assert len(codes) == len(set(codes)) == 160
    for code in codes:
        total = sum(CREDIT_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:17]))
        assert (total + CREDIT_ALPHABET.index(code[17])) % 31 == 0


def test_only_one_of_the_dead_looking_firms_meets_all_three_conditions(
    firms: dict[str, list[tuple[Any, ...]]], expected: dict[str, Any]
) -> None:
    due = expected["enterprises"]["years_due"]
    missed = [row[0] for row in firms["年度"] if row[1] in due and row[2] == "否"]
    silent = {code for code in missed if missed.count(code) == len(due)}
    zombies = {row[0] for row in firms["企业"] if row[0] in silent and row[9] < "2025-06" and row[11] == "是"}
    assert zombies == {entry["credit_code"] for entry in expected["enterprises"]["planted"] if entry["is_zombie"]}
    assert len(zombies) == 1
    assert len(expected["enterprises"]["planted"]) == 5


def test_the_site_file_has_the_expected_plots(data: Path, expected: dict[str, Any]) -> None:
    content = (data / "项目用地.txt").read_bytes()
    assert content.count(b"\r\n") == content.count(b"\n")
    lines = content.decode("gbk").splitlines()
    points = [line.split(",") for line in lines if line.startswith("J")]
    heads = [line.split(",") for line in lines if line.endswith("@")]
    assert [head[2] for head in heads] == [plot["plot"] for plot in expected["site"]["plots"]]
    assert sum(int(head[0]) for head in heads) == len(points)
    geod, unproject = pyproj.Geod(ellps="GRS80"), pyproj.Transformer.from_crs(4526, 4490, always_xy=True)
    position = 0
    for head, plot in zip(heads, expected["site"]["plots"], strict=True):
        own = points[position : position + int(head[0])]
        position += int(head[0])
        rings: dict[str, list[tuple[float, float]]] = {}
        for _, ring, north, east in own:
            rings.setdefault(ring, []).append(unproject.transform(float(east), float(north)))
        shell, *holes = (abs(geod.polygon_area_perimeter(*zip(*ring, strict=True))[0]) for ring in rings.values())
        assert shell - sum(holes) == pytest.approx(plot["area_m2"], abs=1e-3)
        assert head[1] == plot["area_ha"]
        assert len(rings) == plot["rings"]


@pytest.mark.parametrize("year", [2024, 2025])
def test_planted_lots_are_even_in_the_rasters(year: int, data: Path, expected: dict[str, Any]) -> None:
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK")
    with rasterio.open(data / f"NDVI_{year}.tif") as raster:
        assert raster.crs.to_epsg() == 4547
        values = raster.read(1)
        for entry in expected["ndvi"]:
            lot = parcels.loc[parcels["ZDDM"] == entry["parcel_code"]].geometry.iloc[0]
            inside = geometry_mask([lot], values.shape, raster.transform, all_touched=True, invert=True)
            assert np.unique(values[inside]) == pytest.approx([entry["mean"][str(year)]], abs=1e-6)
    known = values[values != raster.nodata]
    assert known.min() >= -1
    assert known.max() <= 1
    assert np.median(known) > 0.3


def test_lots_lie_further_apart_than_a_pixel(data: Path, expected: dict[str, Any]) -> None:
    parcels = pyogrio.read_dataframe(data / "宗地.shp", encoding="GBK").set_index("ZDDM")
    lots = parcels.geometry[[entry["parcel_code"] for entry in expected["ndvi"]]].to_numpy()
    distances = shapely.distance(lots[:-1], lots[1:])
    with rasterio.open(data / "NDVI_2024.tif") as raster:
        assert distances.min() > raster.res[0]


def test_one_day_of_a_period_is_not_counted() -> None:
    # The oracle of this module itself: 29 February plus a year is 28 February, 满一年 is true the day after.
    assert _year_after(date(2024, 2, 29)) == date(2025, 2, 28)
    assert _year_after(date(2023, 2, 28)) == date(2024, 2, 28)
    assert _year_after(date(2025, 6, 29)) + timedelta(days=1) == date(2026, 6, 30)
