"""The clearance register: found exactly, carried from search to search, counted by the year."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from app.db.sessions import read_session, write_session
from app.etags import PreconditionFailedError, PreconditionRequiredError
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.plans import clearance_repository as repository
from app.plans.clearance_errors import (
    ClearanceChangeRefusedError,
    ClearanceItemNotFoundError,
    ControlLineUnclearError,
    RegisterSupersededError,
)
from app.plans.clearance_schemas import ClearanceChange, ClearanceRequest
from app.plans.clearing import change_item, find_clearance, measure_clearance
from app.settings import Settings

AS_OF = date(2026, 6, 30)
SURVEY = "TD/T 1055-2019"
URL = "http://127.0.0.1:8000"


@pytest.fixture
def surveyed(fresh_engine: Engine, import_squares) -> Engine:
    """Import a line over the squares (0, 0) and (1, 0), drawn twice over half of one, and a survey of four squares."""
    codes = {"control_code": ["E1", "E2"]}
    import_squares("line", "ecological_control_line", [(0, 0), (0.5, 0)], codes, date(2020, 1, 1))
    land(import_squares, ["0601", "0101", "0601", "0601"], date(2024, 1, 1))
    return fresh_engine


def land(import_squares: Any, codes: list[str], day: date) -> None:
    """Import a survey of the squares (0, 0), (0, 1), (1, 0) and (3, 0)."""
    places = [(0, 0), (0, 1), (1, 0), (3, 0)]
    import_squares("survey", "reference", places, {"feature_code": codes, "id": ["a", "b", "c", "d"]}, day, SURVEY)


def found(engine: Engine, **more: Any) -> dict[str, Any]:
    request = ClearanceRequest.model_validate({"land": "survey", "as_of": AS_OF} | more)
    return find_clearance(engine, request, actor="clerk")


def items(engine: Engine, run: int) -> list[Any]:
    with read_session(engine) as session:
        rows = list(repository.list_items(session, run))
        session.expunge_all()
    return rows


def note(engine: Engine, run: int, feature_id: str, **values: Any) -> None:
    with write_session(engine, actor="planner") as session:
        change_item(session, run, feature_id, ClearanceChange.model_validate(values), if_match="*")


def test_construction_land_inside_is_found_with_its_part_inside_counted_once(surveyed: Engine):
    result = found(surveyed)
    assert (result["found"], result["line"], len(result["new"])) == (2, "line", 2)
    whole, half = items(surveyed, result["clearance_run_id"])
    assert whole.share_inside == pytest.approx(1)
    assert len(whole.line_ids) == 2
    assert half.share_inside == pytest.approx(0.5, abs=1e-6)
    assert (half.land_code, half.code_version, len(half.line_ids)) == ("0601", SURVEY, 1)
    assert (half.legal_status, half.progress, half.still_found) == ("under_examination", "registered", True)
    assert result["area_inside_m2"] == pytest.approx(whole.area_inside_m2 + half.area_inside_m2, abs=0.01)


def test_what_was_noted_goes_on_and_what_is_no_longer_found_stays(surveyed: Engine, import_squares):
    first = found(surveyed)["clearance_run_id"]
    whole, half = items(surveyed, first)
    note(surveyed, first, whole.feature_id, owner="街道办", plan_year=2026, method="demolition", progress="planned")
    # The next survey finds farmland where the half was.
    land(import_squares, ["0601", "0101", "0101", "0601"], date(2026, 1, 1))
    again = found(surveyed)
    assert (again["found"], again["new"], again["no_longer_found"]) == (1, [], [half.feature_id])
    now = {item.feature_id: item for item in items(surveyed, again["clearance_run_id"])}
    assert (now[whole.feature_id].owner, now[whole.feature_id].progress) == ("街道办", "planned")
    assert now[half.feature_id].still_found is False
    assert now[half.feature_id].area_inside_m2 == half.area_inside_m2
    with pytest.raises(RegisterSupersededError, match=f"superseded by {again['clearance_run_id']}"):
        note(surveyed, first, whole.feature_id, owner="b")
    with read_session(surveyed) as session:
        run = repository.require_run(session, again["clearance_run_id"])
        (entry,) = repository.list_entries(session, run, whole.feature_id)
        assert (entry.action, entry.recorded_by) == ("planned", "planner")
        assert entry.changes["owner"] == {"before": None, "after": "街道办"}


def test_the_indicator_is_what_was_there_at_the_start_less_what_is_left_at_the_end(surveyed: Engine):
    run = found(surveyed)["clearance_run_id"]
    whole, half = items(surveyed, run)
    note(surveyed, run, half.feature_id, progress="cleared", cleared_on="2026-05-01", document="验收 1 号")

    def measured(year: int) -> dict[str, Any]:
        with read_session(surveyed) as session:
            return measure_clearance(session, repository.require_run(session, run), year)

    before, during, after = measured(2025), measured(2026), measured(2027)
    both = whole.area_inside_m2 + half.area_inside_m2
    assert before["cleared"]["area_m2"] == 0
    assert during["start"]["area_m2"] == before["end"]["area_m2"] == pytest.approx(both, abs=0.01)
    assert during["end"]["area_m2"] == after["start"]["area_m2"] == pytest.approx(whole.area_inside_m2, abs=0.01)
    assert during["cleared"]["area_m2"] == pytest.approx(half.area_inside_m2, abs=0.02)
    # A third: half a square of one and a half.
    assert during["cleared_percent"] == pytest.approx(33.33, abs=0.1)
    assert (during["start"]["count"], during["end"]["count"], during["cleared"]["count"]) == (2, 1, 1)


@pytest.mark.parametrize(
    "values", [{"progress": "cleared"}, {"cleared_on": "2026-05-01"}, {"progress": "cleared", "cleared_on": None}]
)
def test_land_is_cleared_on_a_day_or_not_at_all(surveyed: Engine, values: dict[str, Any]):
    run = found(surveyed)["clearance_run_id"]
    with pytest.raises(ClearanceChangeRefusedError, match="cleared_on"):
        note(surveyed, run, items(surveyed, run)[0].feature_id, **values)


def test_a_note_needs_the_tag_of_what_was_read_and_the_history_is_never_changed(surveyed: Engine):
    run = found(surveyed)["clearance_run_id"]
    item = items(surveyed, run)[0]
    change = ClearanceChange(owner="街道办")
    with write_session(surveyed, actor="planner") as session:
        change_item(session, run, item.feature_id, change, if_match=f'"{item.row_id}-0"')
    with write_session(surveyed, actor="planner") as session:
        with pytest.raises(PreconditionFailedError):
            change_item(session, run, item.feature_id, change, if_match=f'"{item.row_id}-0"')
        with pytest.raises(PreconditionRequiredError):
            change_item(session, run, item.feature_id, change, if_match=None)
        with pytest.raises(ClearanceItemNotFoundError):
            change_item(session, run, "nothing", change, if_match="*")
    with pytest.raises(DBAPIError, match="never changed"), surveyed.begin() as connection:
        connection.execute(text("delete from clearance_entry"))


def test_where_no_line_or_several_are_in_force_one_has_to_be_named(surveyed: Engine, import_squares):
    import_squares("line_2", "ecological_control_line", [(3, 0)], {"control_code": ["E3"]}, date(2020, 1, 1))
    with pytest.raises(ControlLineUnclearError, match="found line, line_2: name the line"):
        found(surveyed)
    assert found(surveyed, line="line_2")["found"] == 1


@pytest.fixture
def client(surveyed: Engine, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path), surveyed), base_url=URL) as client:
        yield client


def test_the_register_is_read_and_changed_over_http_and_is_a_collection(client: TestClient, surveyed: Engine):
    run = found(surveyed)["clearance_run_id"]
    base = f"/clearance-registers/{run}"
    item = client.get(base).json()["items"][0]
    address = f"{base}/items/{item['feature_id']}"
    assert client.get(address).headers["etag"] == item["etag"]
    headers = {"If-Match": item["etag"]}
    assert client.patch(address, json={"owner": "a"}, headers=headers).status_code == 401
    with write_session(surveyed, actor="test") as session:
        headers["X-API-Key"] = create_key(session, "planner", Scope.WRITE)
    changed = client.patch(address, json={"owner": "街道办"}, headers=headers)
    assert (changed.status_code, changed.json()["owner"]) == (200, "街道办")
    assert client.patch(address, json={"owner": "b"}, headers=headers).status_code == 412
    assert client.get(f"{base}/history").json()["history"][0]["recorded_by"] == "planner"
    assert client.get(f"{base}/indicator", params={"year": 2026}).json()["start"]["count"] == 2
    features = client.get("/collections/clearance_items/items").json()["features"]
    assert [feature["properties"]["owner"] for feature in features] == ["街道办", None]
    legend = client.get("/collections/clearance_items/legend").json()
    assert [entry["value"] for entry in legend["entries"]] == ["registered", "planned", "under_way", "cleared"]
    started = client.post("/clearance-registers", json={"land": "survey"}, headers=headers)
    assert (started.status_code, started.json()["processID"]) == (201, "plan.clearance")
    written = client.get("/collections/clearance_items/export", params={"f": "csv", "language": "zh"})
    assert "街道办" in written.text
    assert "待清退" in written.text
    assert client.get("/clearance-registers/99").status_code == 404
    assert json.loads(client.get("/clearance-registers").text)["clearance_registers"][0]["is_current"] is True
