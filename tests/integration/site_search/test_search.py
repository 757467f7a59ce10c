"""A search finds what a plain loop over parcels finds, ranks it, and never takes what is not known for met."""

from datetime import UTC, datetime
from itertools import combinations
from typing import Any
from uuid import UUID

import psycopg
import pyproj
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.db.engine import make_engine
from app.db.sessions import read_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.site_checks.known_ground import known_ground
from app.site_search.repository import find_parcels_of_size
from tests.integration.site_checks.conftest import DAY, box

from .conftest import BOUNDARY, RED, ROAD, Street, code

METRES = pyproj.Transformer.from_crs("EPSG:4490", "EPSG:4547", always_xy=True)
GEOD = pyproj.Geod(a=6378137, rf=298.257222101)
#: One square of a thousandth of a degree is 98.4 m x 110.8 m.
SQUARE_M2 = 10_890.0


def search(client: TestClient, **wanted: Any) -> dict[str, Any]:
    body = {"area_min_m2": 5_000, "area_max_m2": 15_000, "use_code": "100101", "as_of": DAY.isoformat(), "limit": 50}
    answer = client.post("/site-search", json=body | wanted)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def found(answer: dict[str, Any]) -> set[tuple[str, ...]]:
    return {tuple(sorted(parcel["parcel_code"] for parcel in one["parcels"])) for one in answer["results"]}


def area(shape: shapely.Geometry) -> float:
    return abs(GEOD.geometry_area_perimeter(shape)[0])


def plain(shapes: dict[str, shapely.Geometry], keeps: Any) -> set[tuple[str, ...]]:
    """Look at one parcel after the other."""
    return {(name,) for name, shape in shapes.items() if 5_000 <= area(shape) <= 15_000 and keeps(shape)}


def metres(shape: shapely.Geometry) -> shapely.Geometry:
    return shapely.transform(shape, lambda xy: list(zip(*METRES.transform(*xy.T), strict=True)))


@pytest.mark.parametrize(
    ("wanted", "keeps"),
    [
        ({}, lambda _: True),
        ({"forbidden": [{"control_kind": "ecological_redline"}]}, lambda shape: shape.intersection(RED).area == 0),
        (
            {"required": [{"control_kind": "urban_development_boundary", "zones": ["01"]}]},
            lambda shape: shape.covered_by(BOUNDARY),
        ),
        ({"required": [{"control_kind": "urban_development_boundary", "zones": ["02"]}]}, lambda _: False),
        (
            {"distances": [{"control_kind": "transport", "at_least_m": 60}]},
            lambda shape: metres(shape).distance(metres(ROAD)) >= 60,
        ),
        (
            {"distances": [{"control_kind": "transport", "object_class": "国道", "at_most_m": 60}]},
            lambda shape: metres(shape).distance(metres(ROAD)) <= 60,
        ),
        ({"distances": [{"control_kind": "transport", "object_class": "省道", "at_least_m": 60}]}, lambda _: True),
        (
            {"control_values": {"floor_area_ratio_max": {"at_least": 1.5}}},
            lambda shape: shape.covered_by(box(0, 8, -5, 5)),
        ),
        (
            {"control_values": {"floor_area_ratio_max": {"at_most": 1.5}}},
            lambda shape: shape.covered_by(box(8, 20, -5, 5)),
        ),
        (
            {"bbox": [113.0035, 28.0, 113.0065, 28.001]},
            lambda shape: shape.intersects(shapely.box(113.0035, 28.0, 113.0065, 28.001)),
        ),
    ],
)
def test_a_search_finds_what_a_loop_over_the_parcels_finds(street: Street, wanted: dict[str, Any], keeps: Any):
    expected = plain(street.shapes, keeps)
    # What the law denies is no result: the red line's core, and ground outside of the boundary.
    lawful = plain(street.shapes, lambda shape: shape.intersection(RED).area == 0 and shape.covered_by(BOUNDARY))
    answer = search(street.client, **wanted)
    assert found(answer) == expected & lawful
    assert answer["denied"] == len(expected - lawful)
    assert answer["parcels_of_size"] - sum(answer["excluded"].values()) == len(expected)


def test_neighbours_are_combined_where_one_alone_is_too_small(street: Street):
    answer = search(
        street.client, area_min_m2=2.9 * SQUARE_M2, area_max_m2=3.1 * SQUARE_M2, combine=True, most_parcels=3
    )
    lawful = {
        name: shape
        for name, shape in street.shapes.items()
        if not shape.intersects(box(-5, 1.4)) and shape.covered_by(BOUNDARY)
    }
    names = sorted(lawful)
    expected = {
        chosen
        for size in (1, 2, 3)
        for chosen in combinations(names, size)
        if 2.9 * SQUARE_M2 <= sum(area(lawful[name]) for name in chosen) <= 3.1 * SQUARE_M2
        and shapely.union_all([lawful[name] for name in chosen]).geom_type == "Polygon"
    }
    assert found(answer) == expected
    assert len(expected) > 3
    (one,) = {reason["source"] for reason in answer["results"][0]["reasons_against"]} & {"combination"}
    assert one == "combination"


def test_what_is_not_known_is_a_reason_against_and_ranks_behind_what_is_known(put, client: TestClient):
    put("parcels", "parcel", [{"code": code(1), "geometry": box(0, 1)}, {"code": code(2), "geometry": box(2, 3)}])
    put("farmland", "permanent_basic_farmland", [{"code": "F", "geometry": box(50, 51)}], known=box(1.5, 9, -5, 5))
    put("plan", "plan", [{"code": "100101", "geometry": box(-5, 9, -5, 5)}])
    answer = search(client, forbidden=[{"control_kind": "permanent_basic_farmland"}])
    first, second = answer["results"]
    assert (first["parcels"][0]["parcel_code"], second["parcels"][0]["parcel_code"]) == (code(2), code(1))
    against = [reason for reason in second["reasons_against"] if reason["source"] == "condition"]
    assert [reason["verdict"] for reason in against] == ["NO_DATA"]
    assert [reason["source"] for reason in first["reasons_for"]].count("condition") == 1
    nothing = search(client, forbidden=[{"control_kind": "wetland"}], required=[{"control_kind": "water_source"}])
    assert all(
        sum(reason["source"] == "condition" for reason in one["reasons_against"]) == 2 for one in nothing["results"]
    )


def test_free_land_goes_before_land_that_is_held(put, client: TestClient):
    rows = [
        {"code": code(1), "holder": "甲公司", "geometry": box(0, 1)},
        {"code": code(2), "holder": None, "geometry": box(2, 3)},
    ]
    put("parcels", "parcel", rows, mapping={"parcel_code": "code", "holder": "holder"})
    put("plan", "plan", [{"code": "100101", "geometry": box(-5, 9, -5, 5)}])
    free_first = search(client)["results"]
    assert [one["availability"] for one in free_first] == ["free", "held"]
    assert [one["availability"] for one in search(client, free_first=False)["results"]] == ["held", "free"]
    assert "甲公司" not in str(free_first)


def test_the_count_of_statements_does_not_grow_with_the_parcels(street: Street, monkeypatch: pytest.MonkeyPatch):
    said: list[object] = []
    execute = psycopg.Cursor.execute

    def count(cursor: Any, statement: Any, *values: Any, **options: Any) -> Any:
        # Other databases are those of other tests; the pool asks a connection that rested whether it is still there.
        if cursor.connection.info.dbname == street.engine.url.database and statement != "select 1":
            said.append(statement)
        return execute(cursor, statement, *values, **options)

    monkeypatch.setattr(psycopg.Cursor, "execute", count)
    conditions = {"forbidden": [{"control_kind": "ecological_redline"}]}
    # Rules and layers are read by whoever asks first.
    search(street.client, bbox=[113.0, 28.0, 113.02, 28.001], **conditions)
    counts, sizes = [], []
    for bbox in ([113.0035, 28.0, 113.0036, 28.001], [113.0, 28.0, 113.02, 28.001]):
        said.clear()
        sizes.append(search(street.client, bbox=bbox, **conditions)["parcels_of_size"])
        counts.append(len(said))
    assert sizes == [1, 10]
    assert counts[0] == counts[1] > 5


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"area_min_m2": 20_000}, "area_min_m2"),
        ({"use_code": "9999"}, "use_code"),
        ({"bbox": [114, 28, 113, 29]}, "bbox"),
        ({"forbidden": [{"control_kind": "moon"}]}, "control_kind"),
        ({"distances": [{"control_kind": "transport"}]}, "at_least_m"),
        ({"colour": "red"}, "colour"),
        ({"parcel_layers": ["nowhere"]}, "nowhere"),
        ({"as_of": "1990-01-01"}, "parcels"),
    ],
)
def test_a_search_that_cannot_be_understood_is_a_problem_that_says_where(
    street: Street, wanted: dict[str, Any], said: str
):
    body = {"area_min_m2": 5_000, "area_max_m2": 15_000, "use_code": "100101", "as_of": DAY.isoformat()}
    answer = street.client.post("/site-search", json=body | wanted)
    assert answer.status_code in {400, 404, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.text


def test_more_parcels_than_one_search_looks_at_are_refused(street: Street, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.site_search.service.MAX_PARCELS", 3)
    answer = street.client.post(
        "/site-search", json={"area_min_m2": 5_000, "area_max_m2": 15_000, "as_of": DAY.isoformat()}
    )
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("search-too-wide")


def test_a_search_is_a_process_with_the_same_answer(street: Street):
    body = {"area_min_m2": 5_000, "area_max_m2": 15_000, "use_code": "100101", "as_of": DAY.isoformat(), "limit": 50}
    asked = street.client.post(
        "/processes/site.search/execution", json={"inputs": body}, headers={"Prefer": "respond-async"}
    )
    assert asked.status_code == 201, asked.text
    run_job(street.engine, UUID(asked.json()["jobID"]), KINDS)
    results = street.client.get(f"/jobs/{asked.json()['jobID']}/results").json()
    assert results == search(street.client)


def test_parcels_of_a_size_are_planned_for_their_place(street: Street):
    engine = make_engine(street.engine.url.render_as_string(hide_password=False), pool_size=1)
    for bbox in (None, (113.0, 28.0, 113.001, 28.001)):
        with read_session(engine) as session:
            known_ground(session)
            find_parcels_of_size(session, [1], datetime.now(UTC), least_m2=1, most_m2=2, bbox=bbox, limit=1)
    asked = (
        "select sum(generic_plans), sum(custom_plans) from pg_prepared_statements "
        "where strpos(statement, 'area_ellipsoid_m2 between') > 0"
    )
    with engine.connect() as connection:
        assert connection.execute(text(asked)).one() == (0, 2)
    engine.dispose()
