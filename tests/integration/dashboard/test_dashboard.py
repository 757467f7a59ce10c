"""The dashboard's numbers agree with what is stored, counted another way."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from pydantic import TypeAdapter
from sqlalchemy import text

from app.clock import today
from app.collections.statistics import StateCache
from app.dashboard import repository, service
from app.dashboard.service import describe_conflicts, describe_supervision
from app.db.sessions import read_session
from app.idle.land_answers import list_land_findings
from app.idle.land_scan import scan_land
from app.idle.reporting import idle_statistics
from app.idle.service import import_table
from app.layers.staleness import is_stale
from app.main import create_app
from app.settings import Settings
from gis.plans.register import PatchState


@pytest.fixture(scope="module")
def client(sample_engine, tmp_path_factory) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path_factory.mktemp("dashboard"))
    with TestClient(create_app(settings, sample_engine), base_url="http://127.0.0.1:8000") as client:
        yield client


def get(client, group):
    answer = client.get(f"/dashboard/{group}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def number(engine, query):
    with read_session(engine) as session:
        return session.scalar(text(query))


@pytest.mark.parametrize("group", ["areas", "conflicts", "supervision", "clocks", "freshness"])
def test_a_schema_leaves_an_answer_as_it_is(client, sample_engine, group):
    with read_session(sample_engine) as session:
        described = getattr(service, f"describe_{group}")(session)
    assert client.get(f"/dashboard/{group}").content == TypeAdapter(Any).dump_json(described)


def test_the_classes_of_a_layer_add_up_to_its_area(client, sample_engine):
    layers = {layer["layer"]: layer for layer in get(client, "areas")["layers"]}
    assert {layer["kind"] for layer in layers.values()} == {"parcel", "plan"}
    total = number(
        sample_engine,
        "select sum(p.area_ellipsoid_m2) from parcel p join layer_version v on v.id = p.layer_version_id"
        " where p.superseded_at is null and v.status = 'in_force'",
    )
    parcels = layers["parcels"]
    assert parcels["area_m2"] == pytest.approx(total, rel=1e-12)
    assert sum(found["count"] for found in parcels["classes"]) == number(
        sample_engine,
        "select count(*) from parcel p join layer_version v on v.id = p.layer_version_id"
        " where p.superseded_at is null and v.status = 'in_force'",
    )
    areas = [found["area_m2"] for found in parcels["classes"]]
    assert areas == sorted(areas, reverse=True)
    codes = [code for found in parcels["classes"] for code in found["codes"]]
    assert len(codes) == len(set(codes))


def test_conflicts_count_each_difference_once_open_or_settled(client, sample_engine):
    conflicts = get(client, "conflicts")
    differences = conflicts["differences"]
    assert sum(each["open"] + each["settled"] for each in differences) == number(
        sample_engine, "select count(*) from plan_patch where until_revision is null and overlap_class <> 'artefact'"
    )
    assert sum(each["count"] for each in conflicts["findings"]) == number(sample_engine, "select count(*) from finding")


def test_a_difference_is_open_until_it_is_applied_or_rejected(monkeypatch):
    rows = [
        SimpleNamespace(conflict_class="conflict", state=state.value, count=1, area_m2=area)
        for state, area in zip(PatchState, (1.0, 2.0, 4.0, 8.0, 16.0), strict=True)
    ]
    monkeypatch.setattr(repository, "count_patches", lambda _: rows)
    monkeypatch.setattr(repository, "count_findings", lambda _: [])
    (conflict,) = describe_conflicts(None)["differences"]
    assert (conflict["open"], conflict["open_m2"]) == (3, 7.0)
    assert (conflict["settled"], conflict["settled_m2"]) == (2, 24.0)


def test_the_idle_rate_is_that_of_the_statistics_on_the_day_of_the_scan(client, sample_engine):
    idle = get(client, "supervision")["idle"]
    with read_session(sample_engine) as session:
        zones = idle_statistics(session, as_of=date.fromisoformat(idle["as_of"]))["idle"]
    (zone,) = zones
    on_the_day = zone["rates"][-1]
    assert idle["percent"] == on_the_day["idle_percent"]
    assert (idle["contracts"], idle["idle"]) == (on_the_day["contracts"], on_the_day["idle"])


def test_a_rate_whose_whole_is_nothing_is_not_told(client):
    supply = get(client, "supervision")["supply"]
    assert supply["approved_m2"] == "0"
    assert supply["percent"] is None
    assert float(supply["required_percent"]) > 0
    assert supply["article"]


def test_the_supply_rate_is_the_mean_of_the_years_as_the_scan_of_approvals_judges_it(fresh_engine, tmp_path):
    years = range(today().year - 5, today().year)
    approved = [f"A{year},{year}-03-01,{9 if year == years[-1] else 1}" for year in years]
    supplied = [f"A{year},{year}-09-01,1" for year in years[:-1]]
    for kind, lines in (
        ("approvals", ["批准文号,批准日期,批准面积(公顷)", *approved]),
        ("supplies", ["批准文号,供地日期,供地面积(公顷)", *supplied]),
    ):
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        import_table(fresh_engine, path, kind, actor="test")
    with read_session(fresh_engine) as session:
        supply = describe_supervision(session)["supply"]
    # Four years in full and one without any: 80 % in the mean, though 4 of 13 ha is less than a third.
    assert (supply["percent"], supply["kind"]) == ("80.00", "met")
    assert (Decimal(supply["approved_m2"]), Decimal(supply["supplied_m2"])) == (130_000, 40_000)
    scan_land(fresh_engine, topics=["unsupplied"], actor="test")
    (found,) = [
        each
        for each in list_land_findings(fresh_engine, topic="unsupplied")["findings"]
        if each["subject"].startswith("supply_rate/")
    ]
    assert (found["kind"], found["article"]) == (supply["kind"], supply["article"])


def test_the_clocks_count_all_land_that_is_flagged(client, sample_engine):
    clocks = get(client, "clocks")
    flagged = number(
        sample_engine, "select count(*) from idle_case c join idle_scan s on s.id = c.idle_scan_id and s.is_current"
    )
    assert sum(kind["count"] for kind in clocks["kinds"]) == flagged
    assert "zones" not in clocks


def test_every_layer_tells_its_version_and_age(client):
    freshness = get(client, "freshness")
    by_slug = {layer["slug"]: layer for layer in freshness["layers"]}
    assert set(by_slug) == {layer["slug"] for layer in client.get("/layers").json()["layers"]}
    assert by_slug["parcels"]["version"] == 1
    assert by_slug["parcels"]["age_days"] > 0
    assert freshness["runs"]["scanned_for"] is not None


def test_a_layer_is_stale_the_day_after_its_limit():
    assert not is_stale(date(2025, 1, 1), 30, date(2025, 1, 31))
    assert is_stale(date(2025, 1, 1), 30, date(2025, 2, 1))
    assert not is_stale(date(2025, 1, 1), None, date(2030, 1, 1))
    assert not is_stale(None, 30, date(2030, 1, 1))


def test_a_service_without_data_has_no_numbers_and_no_errors(fresh_engine, tmp_path):
    with TestClient(
        create_app(Settings(data_dir=tmp_path / "data"), fresh_engine), base_url="http://127.0.0.1:8000"
    ) as empty:
        assert get(empty, "areas") == {"layers": []}
        assert get(empty, "conflicts") == {"findings": [], "differences": []}
        assert get(empty, "supervision")["idle"] is None
        assert get(empty, "freshness")["layers"] == []
        assert get(empty, "clocks")["overdue"] == 0


def test_sums_of_areas_are_kept_until_a_version_is_edited(sample_engine, monkeypatch):
    summed, cache = [], StateCache()
    sum_areas, list_layers = repository.sum_areas, repository.list_areal_layers

    def recorded(session, versions):
        summed.append(list(versions))
        return sum_areas(session, versions)

    def edited(session, versions):
        first, *others = list_layers(session, versions)
        return [SimpleNamespace(**first._asdict() | {"edit_count": first.edit_count + 1}), *others]

    monkeypatch.setattr(repository, "sum_areas", recorded)
    with read_session(sample_engine) as session:
        first = service.describe_areas(session, cache)
        assert service.describe_areas(session, cache) == first
        assert len(summed) == 1
        assert len(summed[0]) == len(first["layers"]) >= 3
        monkeypatch.setattr(repository, "list_areal_layers", edited)
        assert service.describe_areas(session, cache) == first
    assert [len(versions) for versions in summed[1:]] == [1], "only the one that was edited"
