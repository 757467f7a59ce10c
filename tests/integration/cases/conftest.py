"""A parcel, its contract with idle land, and a scan: where a case begins."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.db.sessions import write_session
from app.idle.service import import_table, scan
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.settings import Settings
from tests.conftest import MakeTemplate
from tests.documented import hold_to_document
from tests.integration.extracts.conftest import CODES, URL, deliver, square

__all__ = ["deliver"]
SCANNED_ON = date(2025, 3, 10)
HEADER = "合同编号,宗地代码,受让人,统一社会信用代码,出让价款(元),约定动工日期,应动工面积(平方米),施工许可日期,延期原因"
# Two years after 2022-03-01 are long over on the day of the scan; HT-2 is idle since a year, HT-3 is not, HT-4 has no date.
ROWS = (
    f"HT-1,{CODES[1]},某精密部件公司,91430121MA4L000001,10000000.03,2022-03-01,9000,,",
    f"HT-2,{CODES[3]},某置业公司,91430121MA4L000002,5000000,2024-03-01,8000,,",
    f"HT-3,{CODES[2]},某电子公司,,3000000,2024-11-30,8000,,",
    "HT-4,,某物流公司,,3000000,,8000,,",
)


@pytest.fixture
def fresh_template(make_template: MakeTemplate) -> str:
    """Return the name of a database with four parcels, their contracts and a scan."""
    return make_template("template_cases", put_cases)


def put_cases(engine: Engine, folder: Path) -> None:
    boxes = [square(place, 0) for place in range(len(CODES))]
    gpd.GeoDataFrame({"parcel_code": CODES}, geometry=boxes, crs="EPSG:4490").to_file(folder / "parcels.gpkg")
    request = ImportRequest(
        path=folder / "parcels.gpkg", to="parcels", kind="parcel", publish=True, valid_from=date(2024, 1, 1)
    )
    import_file(engine, request, actor="test", today=SCANNED_ON)
    summary = deliver_contracts(engine, folder, *ROWS, as_of=SCANNED_ON)
    assert summary["cases"]["idle_not_started"] == 2


def deliver_contracts(engine: Engine, folder: Path, *rows: str, as_of: date, **options: Any) -> dict[str, Any]:
    path = folder / "出让合同.csv"
    path.write_text("\r\n".join((HEADER, *rows)), encoding="utf-8-sig", newline="")
    import_table(engine, path, "contracts", actor="test", **options)
    return scan(engine, as_of=as_of, actor="test")


@pytest.fixture
def contracts(fresh_engine: Engine, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """Import a table of contracts and scan it."""

    def contracts(*rows: str, as_of: date = SCANNED_ON, **options: Any) -> dict[str, Any]:
        return deliver_contracts(fresh_engine, tmp_path, *rows, as_of=as_of, **options)

    return contracts


@pytest.fixture
def scanned(fresh_engine: Engine) -> Engine:
    """Return the database with its scan."""
    return fresh_engine


@pytest.fixture
def key(scanned: Engine) -> dict[str, str]:
    """Return the headers of a clerk who may write."""
    with write_session(scanned, actor="test") as session:
        return {"X-API-Key": create_key(session, "clerk", Scope.WRITE)}


@pytest.fixture
def client(scanned: Engine, key: dict[str, str], tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path / "data"), scanned), base_url=URL, headers=key) as client:
        yield hold_to_document(client)


@pytest.fixture
def opened(client: TestClient) -> int:
    """Return the number of the case of HT-1."""
    answer = client.post("/idle-cases", json={"contract_nos": ["HT-1"], "on": SCANNED_ON.isoformat()})
    assert answer.status_code == 201, answer.text
    (number,) = answer.json()["opened"]
    return int(number)


@pytest.fixture
def move(client: TestClient) -> Callable[..., Any]:
    """Return a function that makes a move with the ETag of the case as it is."""

    def move(case: int, action: str, on: str, **members: Any) -> Any:
        etag = client.get(f"/idle-cases/{case}").headers["ETag"]
        body = {"action": action, "on": on, **members}
        return client.post(f"/idle-cases/{case}/moves", json=body, headers={"If-Match": etag})

    return move


#: From the clue to recovered land, as in docs/idle-land.md.
TO_RECOVERY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("notify_survey", "2025-03-12", {"document_no": "调查〔2025〕1号", "served_on": "2025-03-14"}),
    ("submit_evidence", "2025-04-10", {"text": "资金困难，未动工"}),
    ("correct", "2025-04-11", {"facts": {"holder_address": "某县某路1号"}, "reason": "补充住所"}),
    ("determine", "2025-04-20", {"kind": "idle_not_started", "basis": "现场未动工，无施工许可证"}),
    ("publish", "2025-04-22", {}),
    ("file", "2025-04-25", {"filing_no": "备-2025-1"}),
    ("notify_hearing", "2025-05-06", {"purpose": "recovery"}),
    ("decide_recovery", "2025-05-13", {"approval_no": "政函〔2025〕3号"}),
    ("deregister", "2025-06-03", {"register_no": "注-2025-1"}),
    ("reuse", "2025-06-10", {"use": "reserve", "readiness": {"water": True, "road": True}}),
    ("change_register", "2025-06-12", {"register_no": "变-2025-1"}),
    ("unpublish", "2025-06-13", {}),
    ("end", "2025-06-16", {}),
)
