"""Faults of plans and lines, stored: the topology of one plan with hand-made cases, lines that cross, plans of two levels."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from shapely.affinity import translate
from sqlalchemy import Engine, text

from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.plans.errors import ComparisonCancelledError, PlansNotComparableError
from app.plans.fault_schemas import FaultSearch
from app.plans.faults import search_faults
from app.settings import Settings

AS_OF = date(2026, 6, 30)
URL = "http://127.0.0.1:8000"
# Metres of zone 38 (EPSG:4526), where the ground is as long as the map to a few centimetres in a hundred metres.
EAST, NORTH = 38_400_000.0, 3_100_000.0


def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    return translate(shapely.box(west, south, east, north), EAST, NORTH)


@pytest.fixture
def import_plan(fresh_engine: Engine, tmp_path: Path) -> Any:
    """Return what imports zones in metres as a plan and publishes it."""

    def imported(
        zones: list[shapely.Polygon],
        slug: str = "plan",
        kind: str = "plan",
        code_version: str = "TD/T 1027-2010",
        **columns: list[Any],
    ) -> Engine:
        path = tmp_path / f"{slug}.gpkg"
        gpd.GeoDataFrame(columns or {"n": range(len(zones))}, geometry=zones, crs="EPSG:4526").to_file(path)
        mapping = {"code_version": f"={code_version}"} if "zone_code" in columns else {}
        request = ImportRequest(path=path, to=slug, kind=kind, mapping=mapping, publish=True, valid_from=AS_OF)
        import_file(fresh_engine, request, actor="test", today=AS_OF)
        return fresh_engine

    return imported


def topology(engine: Engine, **options: Any) -> list[dict[str, Any]]:
    """Search for topology faults and return the stored ones."""
    found = search_faults(
        engine,
        FaultSearch.model_validate({"topology": {"plan": "plan", "as_of": AS_OF} | options}),
        actor="test",
    )
    with engine.connect() as connection:
        query = text("select *, ST_GeometryType(geom) as type from plan_fault where plan_fault_run_id = :run")
        rows = connection.execute(query, {"run": found["plan_fault_run_id"]}).mappings()
        stored = [dict(row) for row in rows]
    assert sum(item["count"] for item in found["faults"]) == len(stored)
    return stored


@pytest.mark.parametrize(("width_m", "is_fault"), [(0.001, False), (0.002, True), (0.005, True)])
def test_a_gap_is_a_fault_when_it_is_wider_than_the_tolerance(import_plan, width_m: float, is_fault: bool):
    engine = import_plan([box(0, 0, 100, 100), box(100 + width_m, 0, 200, 100)])
    found = [fault for fault in topology(engine) if fault["fault_kind"] == "gap"]
    assert len(found) == is_fault
    for fault in found:
        # The file and the database keep coordinates to a nanodegree, a tenth of a millimetre.
        assert fault["max_width_m"] == pytest.approx(width_m, abs=2e-4)
        assert fault["area_m2"] == pytest.approx(100 * width_m, rel=0.1)
        assert len(fault["feature_ids"]) == 2
        assert "缝隙" in fault["text_zh"]


def test_a_gap_within_the_tolerance_is_told_when_it_is_asked_for(import_plan):
    engine = import_plan([box(0, 0, 100, 100), box(100.001, 0, 200, 100)])
    (fault,) = [fault for fault in topology(engine, least_width_m=0) if fault["fault_kind"] == "gap"]
    assert fault["max_width_m"] == pytest.approx(0.001, abs=2e-4)


def test_an_island_is_no_gap_and_a_small_hole_is_one(import_plan):
    ring = box(0, 0, 100, 100)
    island, hole = box(20, 20, 60, 60), box(80, 80, 80.5, 80.5)
    (fault,) = topology(import_plan([ring.difference(island).difference(hole)]))
    assert fault["fault_kind"] == "gap"
    assert fault["area_m2"] == pytest.approx(0.25, abs=0.01)


def test_a_vertex_that_a_neighbour_lacks_on_a_straight_shared_edge_is_found_at_its_place(import_plan):
    left = box(0, 0, 100, 100)
    right = [box(100, 0, 200, 50), box(100, 50, 200, 100)]
    (fault,) = topology(import_plan([left, *right]))
    assert (fault["fault_kind"], fault["type"], fault["area_m2"]) == ("missing_vertex", "ST_Point", None)
    assert len(fault["feature_ids"]) == 3


def test_an_overlap_is_measured_and_other_levels_of_ground_are_excepted(import_plan):
    zones = [box(0, 0, 100, 100), box(90, 0, 200, 100)]
    engine = import_plan(zones, level=["地表", "地下"])
    (fault,) = topology(engine)
    assert fault["fault_kind"] == "overlap"
    assert fault["area_m2"] == pytest.approx(1000, rel=1e-3)
    assert fault["max_width_m"] == pytest.approx(10, rel=1e-3)
    assert topology(engine, level="level") == []


def test_features_that_never_hold_at_one_time_do_not_conflict(import_plan):
    zones = [box(0, 0, 100, 100), box(0, 0, 100, 100)]
    dates = {"since": ["2010-01-01", "2020-01-01"], "until": ["2020-01-01", None]}
    engine = import_plan(zones, **dates)
    assert [fault["fault_kind"] for fault in topology(engine)] == ["overlap"]
    assert topology(engine, valid_from="since", valid_to="until") == []


def test_what_lies_outside_of_the_scope_is_a_fault(import_plan):
    import_plan([box(0, 0, 100, 80)], slug="town", kind="jurisdiction")
    engine = import_plan([box(0, 0, 100, 100)])
    (fault,) = topology(engine, scope="town")
    assert fault["fault_kind"] == "outside_scope"
    assert fault["area_m2"] == pytest.approx(2000, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": "storey"}, "No feature of plan has a column 'storey'; there are .*level"),
        ({"valid_from": "level"}, "'地表' is no date"),
        ({"as_of": "2000-01-01"}, "No version of plan is in force"),
    ],
)
def test_what_cannot_be_searched_is_refused_by_name(import_plan, options: dict[str, Any], message: str):
    engine = import_plan([box(0, 0, 100, 100)], level=["地表"])
    with pytest.raises(PlansNotComparableError, match=message):
        topology(engine, **options)


def test_hard_lines_that_cross_are_a_layer_of_faults(import_plan):
    import_plan([box(0, 0, 100, 100)], slug="red", kind="ecological_redline")
    import_plan([box(100, 0, 200, 100)], slug="farm", kind="permanent_basic_farmland")
    engine = import_plan([box(150, 0, 300, 40)], slug="town", kind="urban_development_boundary")
    found = search_faults(engine, FaultSearch.model_validate({"lines": {"as_of": AS_OF}}), actor="test")
    (kind,) = found["faults"]
    assert (kind["fault_kind"], kind["count"], kind["classes"]) == ("lines_cross", 1, {"real": 1})
    assert kind["area_m2"] == pytest.approx(2000, rel=1e-3)
    with engine.connect() as connection:
        (layers,) = connection.execute(text("select layers from plan_fault")).scalars()
    assert layers == ["farm", "town"]


def test_a_plan_beyond_the_plan_of_the_level_above_is_found(import_plan):
    import_plan([box(0, 0, 60, 100), box(60, 0, 90, 100)], slug="city", zone_code=["2110", "1100"])
    engine = import_plan([box(0, 0, 100, 100)], slug="town", zone_code=["2110"])
    search = FaultSearch.model_validate({"levels": {"lower": "town", "upper": "city", "as_of": AS_OF}})
    found = search_faults(engine, search, actor="test")
    areas = {kind["fault_kind"]: kind["area_m2"] for kind in found["faults"]}
    assert areas["beyond_upper_plan"] == pytest.approx(3000, rel=1e-3)
    assert areas["upper_plan_silent"] == pytest.approx(1000, rel=1e-3)


def test_class_3_industry_beside_housing_is_found_and_plans_that_cannot_tell_are_refused(import_plan):
    squares = [box(0, 0, 100, 100), box(100, 0, 200, 100), box(0, 130, 100, 200), box(300, 0, 400, 100)]
    import_plan(squares, slug="city", code_version="GB 50137-2011", zone_code=["M3", "R2", "R1", "M"])
    engine = import_plan([box(0, 0, 100, 100)], slug="land", zone_code=["2110"])

    def found(**options: Any) -> dict[str, Any]:
        search = FaultSearch.model_validate({"neighbours": {"plans": ["city"], "as_of": AS_OF} | options})
        return search_faults(engine, search, actor="test")

    assert [kind["count"] for kind in found()["faults"]] == [1]
    assert found()["settings"] == {"within_m": 0.0, "zones": {"city": {"not_told": 1, "industry": 1, "housing": 2}}}
    assert [kind["count"] for kind in found(within_m=31)["faults"]] == [2]
    with engine.connect() as connection:
        stored = connection.execute(text("select text_zh, area_m2 from plan_fault order by row_id")).all()
    assert stored[0].text_zh.startswith("三类工业用地毗邻居住用地：city/")
    # The map is a hundredth of a percent longer than the ground.
    assert "相距 29.99" in stored[-1].text_zh
    with pytest.raises(PlansNotComparableError, match="No code of land tells class 3 industry"):
        found(plans=["city", "land"])


def test_a_cancelled_search_stores_nothing_and_a_newer_one_replaces_the_older(import_plan):
    engine = import_plan([box(0, 0, 100, 100), box(90, 0, 200, 100)])
    search = FaultSearch.model_validate({"topology": {"plan": "plan", "as_of": AS_OF}})
    with pytest.raises(ComparisonCancelledError):
        search_faults(engine, search, actor="test", cancelled=lambda: True)
    for _ in range(2):
        search_faults(engine, search, actor="test")
    with engine.connect() as connection:
        assert connection.execute(text("select is_current from plan_fault_run order by id")).scalars().all() == [
            False,
            True,
        ]


@pytest.mark.parametrize(
    "values", [{}, {"lines": {}, "topology": {"plan": "a"}}, {"levels": {"lower": "a", "upper": "a"}}]
)
def test_a_search_names_exactly_one_thing_to_search_for(values: dict[str, Any]):
    with pytest.raises(ValueError, match="validation error"):
        FaultSearch.model_validate(values)


@pytest.fixture
def client(fresh_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(create_app(Settings(data_dir=tmp_path), fresh_engine), base_url=URL) as client:
        yield client


def test_faults_are_a_collection_with_points_and_polygons_and_a_search_is_a_job(import_plan, client: TestClient):
    engine = import_plan([box(0, 0, 100, 100), box(100, 0, 200, 50), box(100, 50, 200, 100), box(190, 0, 290, 50)])
    topology(engine)
    page = client.get("/collections/plan_faults/items").json()
    kinds = {feature["properties"]["fault_kind"]: feature["geometry"]["type"] for feature in page["features"]}
    assert kinds["overlap"] in {"Polygon", "MultiPolygon"}
    assert kinds["missing_vertex"] == "Point"
    legend = client.get("/collections/plan_faults/legend").json()
    assert set(kinds) <= {entry["value"] for entry in legend["entries"]}
    (run,) = client.get("/plan-fault-searches").json()["plan_fault_searches"]
    assert client.get(f"/plan-fault-searches/{run['plan_fault_run_id']}").json() == run
    assert client.get("/plan-fault-searches/99").status_code == 404
    started = client.post("/plan-fault-searches", json={"topology": {"plan": "plan"}})
    assert (started.status_code, started.json()["processID"]) == (201, "plan.faults")
    assert client.post("/plan-fault-searches", json={"topology": {"plan": "sea"}}).status_code == 404
    assert client.post("/plan-fault-searches", json={}).status_code == 400
