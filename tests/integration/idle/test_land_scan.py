"""Land after its approval, from the delivered tables to the findings, on the command line and over HTTP."""

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli import land
from app.db.sessions import write_session
from app.idle.errors import NoEvaluationError, NoLandScanError, NotInEvaluationError, UnknownChoiceError
from app.idle.land_answers import list_land_findings
from app.idle.land_scan import evaluate_firms, list_class_d, mark_appeal, scan_land
from app.idle.land_topics import TOPICS
from app.idle.service import import_table, scan
from app.jobs.kinds import LAND_SCAN, JobRun
from app.jobs.kinds import scan_land as run_scan_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.settings import Settings, get_settings
from gis.performance import load_tier_policies
from gis.supervision import Topic
from tests.documented import hold_to_document

FOLDER = Path(str(resources.files("sample_layers"))) / "data"
DAY = date(2026, 6, 30)
LAND = (
    "宗地代码,行业代码,供地日期,是否建设用地,是否权属清晰,是否存在争议,是否闲置,用地面积(平方米),计容建筑面积(平方米),建筑物占地(平方米),"
    "绿地面积(平方米),行政办公用地(平方米),是否在产,是否禁止淘汰类,是否安全环保不达标,是否与规划不符,更新改造区内面积(平方米)"
)
REST = "是,否,否,否,0"


@pytest.fixture
def deliver(fresh_engine: Engine, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Import a table of a kind."""

    def deliver(kind: str, *lines: str) -> dict[str, Any]:
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        return import_table(fresh_engine, path, kind, actor="test", confirm_drop=True)

    return deliver


def found(engine: Engine, topic: str, **more: Any) -> dict[str, Any]:
    return {each["subject"]: each for each in list_land_findings(engine, topic=topic, **more)["findings"]}


def test_the_planted_zombie_firms_of_the_sample_come_out(fresh_engine):
    expected = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))["enterprises"]
    for kind in ("enterprises", "firm_years"):
        report = import_table(fresh_engine, FOLDER / "企业.xlsx", kind, actor="test")
        assert report["errors"] == []
    summary = scan_land(fresh_engine, topics=["zombie"], as_of=DAY, actor="test")["topics"]["zombie"]
    assert summary["kinds"] == {"missing_reports": 2, "zombie": 1}
    findings = found(fresh_engine, "zombie")
    for planted in expected["planted"]:
        assert (findings.get(planted["credit_code"], {}).get("kind") == "zombie") == planted["is_zombie"]
    (zombie,) = list_land_findings(fresh_engine, topic="zombie", kind="zombie")["findings"]
    assert zombie["parcel_codes"]
    assert zombie["measures"]["due_years"] == "2023 2024"


def test_a_scan_of_the_same_findings_is_not_stored_twice(fresh_engine, deliver):
    deliver("temporary_uses", "临时用地批准文号,起始日期,终止日期", "L1,2023-05-31,2025-05-31")
    first = scan_land(fresh_engine, topics=["temporary_use"], as_of=DAY, actor="test")["topics"]["temporary_use"]
    assert (first["kinds"], first["is_new"]) == ({"reclamation_overdue": 1}, True)
    again = scan_land(fresh_engine, topics=["temporary_use"], as_of=DAY, actor="test")["topics"]["temporary_use"]
    assert (again["land_scan_id"], again["is_new"]) == (first["land_scan_id"], False)
    later = scan_land(fresh_engine, topics=["temporary_use"], as_of=date(2026, 1, 1), actor="test")
    assert later["topics"]["temporary_use"]["kinds"] == {"expired": 1}


def test_the_cleared_rate_is_told_for_each_zone_and_a_cleared_firm_is_no_zombie(fresh_engine, deliver):
    firms = "统一社会信用代码,企业名称,园区,最近用电月份,是否失联,清理日期"
    deliver(
        "enterprises",
        firms,
        "1,甲,东区,2024-01,是,",
        "2,乙,东区,2024-01,是,2026-03-01",
        "3,丙,西区,2024-01,是,",
        "4,丁,南区,2026-05,否,",
    )
    years = (f"{code},{year},否" for code in "123" for year in (2023, 2024))
    deliver("firm_years", "统一社会信用代码,年度,是否年报", *years)
    scan_land(fresh_engine, topics=["zombie"], as_of=DAY, actor="test")
    assert {subject: each["kind"] for subject, each in found(fresh_engine, "zombie").items()} == {
        "1": "zombie",
        "3": "zombie",
        "cleared_rate/东区/2026": "met",
        "cleared_rate/南区/2026": "no_target",
        "cleared_rate/西区/2026": "below",
    }


def test_approvals_terms_and_promises_are_followed_with_their_numbers(fresh_engine, deliver):
    deliver("approvals", "批准文号,批准日期,批准面积(公顷)", "A1,2022-01-01,1", "A2,2022-01-01,1", "A3,2022-01-01,1")
    deliver(
        "supplies", "批准文号,供地日期,供地面积(公顷)", "A1,2023-01-01,1", "A2,2023-01-01,0.25", "A2,2024-01-01,0.25"
    )
    deliver(
        "grant_terms",
        "合同编号,宗地代码,用途大类,使用权起始日期,出让年限",
        "C1,P1,商业,2000-01-01,41",
        "C2,P2,工业,2000-01-01,50",
    )
    deliver(
        "promises",
        "合同编号,阶段,指标,比较,承诺值,期限,实测值,复核日期",
        "C1,达产,亩均税收,≥,8,2025-12-31,7.5,2025-12-01",
    )
    scan_land(fresh_engine, as_of=DAY, actor="test")
    approvals = found(fresh_engine, "unsupplied")
    assert {subject: each["kind"] for subject, each in approvals.items()} == {
        "A2": "unsupplied",
        "A3": "lapsed",
        "supply_rate/2025": "insufficient_data",
    }
    assert approvals["A2"]["measures"]["unsupplied_area_m2"] == "5000.00"
    (term,) = found(fresh_engine, "grant_term").values()
    assert (term["subject"], term["kind"], term["parcel_codes"]) == ("C1", "term_too_long", ["P1"])
    (promise,) = found(fresh_engine, "standard_land").values()
    assert (promise["kind"], promise["measures"]["shortfall"]) == ("broken", "0.5")


CONTRACTS = (
    "合同编号,宗地代码,签订日期,统一社会信用代码,约定动工日期,应动工面积(平方米),已动工面积(平方米)",
    "C1,P1,2023-01-01,X,2024-01-01,,",
    "C2,P2,2023-01-01,X,2027-01-01,,",
    "C3,P3,2024-02-01,Y,2024-01-01,,",
    "C4,P4,2023-01-01,Y,2027-01-01,100,101",
    "C5,P5,2023-01-01,Z,2024-01-01,,",
    "C6,P5,2023-01-01,Z,2024-01-01,,",
)


def test_contradicting_contracts_stay_cases_without_enough_data_and_are_listed(fresh_engine, deliver):
    deliver("contracts", *CONTRACTS)
    summary = scan(fresh_engine, as_of=DAY, actor="test")
    assert summary["cases"]["idle_not_started"] == 1
    assert summary["cases"]["insufficient_data"] == 4
    scan_land(fresh_engine, topics=["data_fault"], as_of=DAY, actor="test")
    assert set(found(fresh_engine, "data_fault")) == {
        "starts_before_signing/C3",
        "developed_exceeds_total/C4",
        "shared_parcel/C5",
        "shared_parcel/C6",
    }


def test_idle_land_of_a_holder_blocks_it_and_is_not_low_efficiency_land(fresh_engine, deliver):
    deliver("contracts", *CONTRACTS[:3])
    deliver(
        "land_in_use",
        LAND,
        f"P1,3484,2020-01-01,是,是,否,,10000,100,100,0,0,{REST}",
        f"P2,3484,2020-01-01,是,是,否,否,10000,6999,2999,0,0,{REST}",
    )
    scan(fresh_engine, as_of=DAY, actor="test")
    scan_land(fresh_engine, as_of=DAY, actor="test")
    (holder,) = found(fresh_engine, "hoarding").values()
    assert (holder["subject"], holder["kind"]) == ("X", "idle_holder")
    assert holder["measures"]["refused_holders"] == "X"
    land = found(fresh_engine, "low_efficiency")
    assert {subject: each["kind"] for subject, each in land.items()} == {"P1": "outside_gate", "P2": "low_efficiency"}
    measures = land["P2"]["measures"]
    assert measures["floor_area_ratio"] == "fail 6999/10000"
    assert measures["floor_area_ratio_row"] == "industrial_2008.far_min.division_35@CN@2008-01-31"


def appeal(engine: Engine, credit_code: str, *, year: int, is_open: bool) -> None:
    with write_session(engine, actor="test") as session:
        mark_appeal(session, year=year, credit_code=credit_code, is_open=is_open)


FIRMS = "统一社会信用代码,企业名称,宗地代码,用地面积(亩)"
YEARS = "统一社会信用代码,年度,规模,税收(万元),用电量(万千瓦时)"


@pytest.fixture
def evaluated(fresh_engine: Engine, deliver: Callable[..., dict[str, Any]]) -> Engine:
    """Evaluate three firms of two years; the last is class D in both."""
    deliver("enterprises", FIRMS, *(f"{code},企业{code},P{code},10" for code in "123"))
    deliver(
        "firm_years",
        YEARS,
        *(f"{code},{year},规下,{tax},100" for year in (2024, 2025) for code, tax in (("1", 90), ("2", 50), ("3", 10))),
    )
    for year in (2024, 2025):
        evaluate_firms(fresh_engine, year=year, scheme="huangyan_2022", policy="zhejiang", actor="test")
    return fresh_engine


def test_class_d_two_years_running_makes_low_efficiency_land_until_there_is_an_appeal(evaluated, deliver):
    deliver("land_in_use", LAND, *(f"P{code},3484,2020-01-01,是,是,否,否,10000,9000,5000,0,0,{REST}" for code in "123"))
    assert list_class_d(evaluated, year=2025) == ["3"]
    scan_land(evaluated, topics=["low_efficiency"], as_of=DAY, actor="test")
    (low,) = found(evaluated, "low_efficiency").values()
    assert (low["subject"], low["kind"]) == ("P3", "low_efficiency")
    assert "连续为D类" in low["reason_zh"]
    appeal(evaluated, "3", year=2025, is_open=True)
    assert list_class_d(evaluated, year=2025) == []
    # A new evaluation of the year keeps the appeal open.
    evaluate_firms(evaluated, year=2025, scheme="huangyan_2022", policy="shandong", actor="test")
    assert found(evaluated, "per_mu", year=2025)["3"]["is_under_appeal"]
    appeal(evaluated, "3", year=2025, is_open=False)
    assert list_class_d(evaluated, year=2025) == ["3"]


def test_what_is_not_there_is_refused_by_name(evaluated):
    with pytest.raises(UnknownChoiceError, match="no topic 'idle'"):
        scan_land(evaluated, topics=["idle"], actor="test")
    with pytest.raises(UnknownChoiceError, match="no scheme"):
        evaluate_firms(evaluated, year=2025, scheme="x", policy="anhui", actor="test")
    with pytest.raises(UnknownChoiceError, match="no policy"):
        evaluate_firms(evaluated, year=2025, scheme="huangyan_2022", policy="x", actor="test")
    with pytest.raises(NoEvaluationError):
        appeal(evaluated, "3", year=2020, is_open=True)
    with pytest.raises(NotInEvaluationError):
        appeal(evaluated, "9", year=2025, is_open=True)
    with pytest.raises(NoLandScanError):
        list_land_findings(evaluated, topic="zombie")


def test_where_no_firm_was_evaluated_the_evaluation_is_told_of_and_no_scan(fresh_engine):
    for year, told in ((None, "--year YEAR"), (2020, "--year 2020")):
        with pytest.raises(NoEvaluationError, match=f"duogui land evaluate {told}"):
            list_land_findings(fresh_engine, topic="per_mu", year=year)


@pytest.fixture
def client(evaluated: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return a client on this machine that presents no key."""
    settings = Settings(data_dir=tmp_path, pool_size=4, public_reads=True)
    with TestClient(create_app(settings, evaluated), base_url="http://127.0.0.1:8000") as client:
        yield hold_to_document(client)


def headers(engine: Engine, scope: Scope) -> dict[str, str]:
    with write_session(engine, actor="tests") as session:
        return {"X-API-Key": create_key(session, f"{scope} key", scope)}


def test_findings_and_the_public_list_need_a_key(client, evaluated):
    assert client.get("/land-findings", params={"topic": "per_mu"}).status_code == 401
    assert client.get("/per-mu-evaluations/2025").status_code == 401
    key = headers(evaluated, Scope.READ)
    listed = client.get("/per-mu-evaluations/2025", headers=key).json()["firms"]
    assert [(each["credit_code"], each["tier"], each["rank"]) for each in listed] == [
        ("1", "B", 1),
        ("2", "B", 2),
        ("3", "D", 3),
    ]
    assert client.get("/per-mu-evaluations/2020", headers=key).status_code == 404


def test_findings_come_in_pages_that_lose_nothing(client, evaluated):
    key = headers(evaluated, Scope.READ)
    seen: list[str] = []
    after = 0
    while after is not None:
        page = client.get("/land-findings", params={"topic": "per_mu", "limit": 2, "after": after}, headers=key).json()
        assert page["period"] == "2025"
        seen += [each["subject"] for each in page["findings"]]
        after = page.get("next_after")
    assert seen == ["1", "2", "3"]
    wrong = client.get("/land-findings", params={"topic": "idle"}, headers=key)
    assert (wrong.status_code, wrong.headers["content-type"]) == (400, "application/problem+json")
    missing = client.get("/land-findings", params={"topic": "zombie"}, headers=key)
    assert missing.json()["type"].endswith("no-land-scan")


def test_an_appeal_and_a_scan_need_a_key_that_may_write(client, evaluated):
    place, body = "/per-mu-evaluations/2025/appeals/3", {"is_under_appeal": True}
    assert client.put(place, json=body, headers=headers(evaluated, Scope.CHECK)).status_code == 403
    key = headers(evaluated, Scope.WRITE)
    assert client.put(place, json=body, headers=key).json()["is_under_appeal"] is True
    assert client.put("/per-mu-evaluations/2025/appeals/9", json=body, headers=key).status_code == 404
    listed = client.get("/per-mu-evaluations/2025", headers=key).json()["firms"]
    assert [each["is_under_appeal"] for each in listed] == [False, False, True]
    accepted = client.post("/land-scans", json={"topics": ["zombie"], "as_of": "2026-06-30"}, headers=key)
    assert (accepted.status_code, accepted.json()["processID"]) == (201, LAND_SCAN)
    for topic in ("idle", Topic.PER_MU.value):
        refused = client.post("/land-scans", json={"topics": [topic]}, headers=key)
        assert (refused.status_code, all(one.value in refused.text for one in TOPICS)) == (400, True), refused.text
    scans = client.get("/land-scans", headers=key).json()["land_scans"]
    assert [(each["topic"], each["period"]) for each in scans] == [("per_mu", "2024"), ("per_mu", "2025")]


def test_the_job_scans_what_it_is_asked_for(evaluated):
    inputs = {"topics": ["zombie"], "as_of": "2026-06-30"}
    run = JobRun(evaluated, inputs, "test", progress=lambda done, total: None, cancelled=lambda: False)
    assert run_scan_job(run)["topics"]["zombie"]["kinds"] == {"insufficient_data": 3}


@pytest.fixture
def command(evaluated: Engine, monkeypatch: pytest.MonkeyPatch, fresh_url: str) -> Iterator[Callable[..., str]]:
    """Return a function that runs ``duogui land`` on the evaluated database."""
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    get_settings.cache_clear()

    def run(*arguments: object) -> str:
        result = CliRunner().invoke(land.app, [str(argument) for argument in arguments], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return " ".join(result.stdout.split())

    yield run
    get_settings.cache_clear()


def test_the_command_takes_a_bureaus_own_rules_of_classes(command, tmp_path):
    own = load_tier_policies()["zhejiang"].model_copy(update={"policy_id": "own", "d_below_tax_per_mu": Decimal(6)})
    path = tmp_path / "own.json"
    path.write_text(f"[{own.model_dump_json()}]", encoding="utf-8")
    told = json.loads(command("evaluate", "--year", "2025", "--policy", "own", "--policy-file", path, "--json"))
    # 5 and 1 万元 of tax per mu are less than 6.
    assert told["tiers"] == {"B": 1, "D": 2}


def test_the_command_scans_evaluates_lists_and_marks(command):
    assert "zombie 3 insufficient_data 3" in command("scan", "--topic", "zombie", "--as-of", "2026-06-30")
    assert json.loads(command("scan", "--topic", "zombie", "--json"))["topics"].keys() == {"zombie"}
    assert "3 firms: graded 3" in command("evaluate", "--year", "2025", "--policy", "anhui")
    assert json.loads(command("evaluate", "--year", "2025", "--json"))["tiers"] == {"B": 2, "D": 1}
    assert json.loads(command("class-d", "--year", "2025", "--json"))["credit_codes"] == ["3"]
    assert "under appeal" in command("appeal", "3", "--year", "2025")
    assert json.loads(command("class-d", "--year", "2025", "--json"))["credit_codes"] == []
    assert "settled" in command("appeal", "3", "--year", "2025", "--settled")
    assert "3" in command("class-d", "--year", "2025")
    listed = json.loads(command("list", "per_mu", "--year", "2025", "--json"))
    assert [each["measures"]["tier"] for each in listed["findings"]] == ["B", "B", "D"]
    assert "graded" in command("list", "per_mu")


@pytest.fixture
def placed(fresh_engine: Engine, tmp_path: Path) -> Engine:
    """Return a database with parcels, one code of which two carry, and the land of an approval."""
    square = [shapely.box(113 + place * 0.01, 28, 113.005 + place * 0.01, 28.005) for place in range(5)]
    layers = {
        "parcels": ("parcel", {"parcel_code": ["P1", "P2", "P3", "P3"]}, square[:4]),
        "approvals": ("reference", {"feature_code": ["A1"]}, square[4:]),
    }
    for slug, (kind, columns, shapes) in layers.items():
        path = tmp_path / f"{slug}.gpkg"
        gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:4490").to_file(path)
        request = ImportRequest(path=path, to=slug, kind=kind, publish=True, valid_from=date(2024, 1, 1))
        import_file(fresh_engine, request, actor="test", today=DAY)
    return fresh_engine


def test_findings_lie_on_their_land_and_are_a_layer_that_names_no_firm(placed, deliver, tmp_path):
    deliver(
        "enterprises",
        "统一社会信用代码,企业名称,宗地代码,最近用电月份,是否失联",
        "1,甲厂,P1;P2,2024-01,是",
        "2,乙厂,P3,2024-01,是",
    )
    deliver("firm_years", "统一社会信用代码,年度,是否年报", *(f"{c},{y},否" for c in "12" for y in (2023, 2024)))
    deliver("approvals", "批准文号,批准日期,批准面积(公顷)", "A1,2022-01-01,1", "A2,2022-01-01,1")
    scan_land(placed, topics=["zombie", "unsupplied"], as_of=DAY, actor="test")
    with TestClient(create_app(Settings(data_dir=tmp_path), placed), base_url="http://localhost") as client:
        path = "/collections/land_findings/items"
        public = client.get(path, params={"topic": "zombie"})
        assert "甲厂" not in public.text
        assert {"subject", "reason_zh", "measures"}.isdisjoint(public.json()["features"][0]["properties"])
        key = headers(placed, Scope.READ)
        zombies = _subjects(client.get(path, params={"topic": "zombie"}, headers=key))
        assert shapely.equals(
            zombies["1"], shapely.union_all([shapely.box(x, 28, x + 0.005, 28.005) for x in (113, 113.01)])
        )
        assert zombies["2"] is None, "a code that two parcels carry names neither"
        approvals = _subjects(client.get(path, params={"topic": "unsupplied"}, headers=key))
        assert approvals["A1"].bounds == pytest.approx((113.04, 28, 113.045, 28.005), abs=1e-9)
        assert approvals["A2"] is None
        legend = client.get("/collections/land_findings/legend").json()
        assert legend["property"] == "topic"
        assert {each["value"] for each in legend["entries"]} == {topic.value for topic in Topic}


def test_a_moved_parcel_makes_another_scan_of_the_same_findings(placed, deliver, tmp_path):
    deliver("temporary_uses", "临时用地批准文号,宗地代码,起始日期,终止日期", "L1,P1,2023-05-31,2025-05-31")
    first = scan_land(placed, topics=["temporary_use"], as_of=DAY, actor="test")["topics"]["temporary_use"]
    path = tmp_path / "moved.gpkg"
    frame = gpd.read_file(tmp_path / "parcels.gpkg")
    frame.set_geometry(frame.translate(0, 0.001)).to_file(path)
    request = ImportRequest(path=path, to="parcels", kind="parcel", publish=True, valid_from=date(2025, 1, 1))
    import_file(placed, request, actor="test", today=DAY)
    again = scan_land(placed, topics=["temporary_use"], as_of=DAY, actor="test")["topics"]["temporary_use"]
    assert again["is_new"]
    assert again["land_scan_id"] != first["land_scan_id"]


def _subjects(answer: Any) -> dict[str, Any]:
    return {
        each["properties"]["subject"]: None if each["geometry"] is None else shapely.geometry.shape(each["geometry"])
        for each in answer.json()["features"]
    }


def test_a_row_that_was_refused_is_listed_as_a_fault_with_what_was_found(fresh_engine, deliver):
    deliver("contracts", "合同编号,约定动工日期,应动工面积(平方米)", "C1,2024-01-01,100", "C2,2024-01-01,-5")
    scan_land(fresh_engine, topics=["data_fault"], as_of=DAY, actor="test")
    (refused,) = (each for each in found(fresh_engine, "data_fault").values() if each["kind"] == "row_rejected")
    assert "-5" in refused["reason_zh"]
    assert "数据不足" in refused["reason_zh"]
    assert refused["measures"]["合同编号"] == "C2"
