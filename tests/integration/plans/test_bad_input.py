"""What is wrong, missing or foreign, sent to every address of the plans: a problem that names it, never a defect, and nothing is started."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.engine import make_engine
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file
from app.main import create_app
from app.plans.branches import BranchRequest, open_branch
from app.plans.clearance_schemas import ClearanceRequest
from app.plans.clearing import find_clearance
from app.plans.service import compare
from app.settings import Settings
from tests.conftest import MakeTemplate
from tests.databases import Databases
from tests.integration.plans.conftest import AS_OF, put_differing_plans, put_squares

URL = "http://127.0.0.1:8000"
LARGE = 2**63
JSON = {"Content-Type": "application/json"}
ANY = {"everything": True}
OWNER = {"owner": "a"}


def put_all(engine: Engine, folder: Path) -> None:
    """Store of everything that the plans have an address for one: comparison 1, branch 1 and register 1."""
    put_differing_plans(engine, folder)
    compare(engine, plans=["city", "land"], as_of=AS_OF, actor="test")
    path = folder / "points.gpkg"
    gpd.GeoDataFrame({"name": ["a"]}, geometry=[shapely.Point(113, 28)], crs="EPSG:4490").to_file(path)
    import_file(engine, ImportRequest(path=path, to="points", kind="vector", publish=True), actor="test", today=AS_OF)
    put_squares(engine, folder, "old", "plan", [(9, 9)], {"zone_code": ["R2"]}, AS_OF, "GB 50137-2011")
    find_clearance(engine, ClearanceRequest(land="city", line="line", as_of=AS_OF), actor="test")
    squares = gpd.read_file(folder / "line.gpkg")
    squares.to_file(folder / "draft.gpkg")
    delivery = ImportRequest(path=folder / "draft.gpkg", to="line", kind="ecological_redline", confirm_loss=True)
    open_branch(engine, BranchRequest(["city", "land"], "line", delivery=delivery), actor="test")


@pytest.fixture(scope="module")
def engine(databases: Databases, make_template: MakeTemplate) -> Iterator[Engine]:
    template = make_template("template_plans_asked", put_all)
    engine = make_engine(databases.copy(template, f"plans_asked_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def client(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Return a client that holds a key for writing, and gets what a defect answers."""
    with write_session(engine, actor="test") as session:
        key = create_key(session, "planner", Scope.WRITE)
    settings = Settings(data_dir=tmp_path_factory.mktemp("plans"))
    with TestClient(create_app(settings, engine), base_url=URL, raise_server_exceptions=False) as client:
        client.headers |= {"X-API-Key": key, "If-Match": "*"}
        yield client


def require_problem(answer: Any, status: int, *told: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    for each in told:
        assert each in answer.text, answer.text


COMPARED = {"plans": ["city", "land"]}
SEARCH = "/plan-comparisons/1/patches/search"
DECIDE = "/plan-comparisons/1/decisions"
BLUEPRINT = "/plan-comparisons/1/blueprints"
PROPOSE = "/plan-comparisons/1/proposals"
PATCH = "/plan-comparisons/1/patches/1-1"
ITEM = "/clearance-registers/1/items/1"
REFUSED: list[tuple[str, str, Any, int, tuple[str, ...]]] = [
    ("POST", "/plan-comparisons", {}, 400, ("plans", "Field required")),
    ("POST", "/plan-comparisons", {"plans": "city"}, 400, ("plans", "valid list")),
    ("POST", "/plan-comparisons", {"plans": ["city"]}, 400, ("plans", "at least 2")),
    ("POST", "/plan-comparisons", {"plans": ["city", "city"]}, 422, ("plans", "two different plans", "city")),
    ("POST", "/plan-comparisons", {"plans": ["city", "sea"]}, 404, ("'sea'", "city")),
    ("POST", "/plan-comparisons", {"plans": ["city", "\x00"]}, 404, ("layer-not-found",)),
    ("POST", "/plan-comparisons", {"plans": ["city", "line"]}, 422, ("Layer line", "compare plans")),
    ("POST", "/plan-comparisons", {"plans": ["city", "points"]}, 422, ("Layer points", "compare plans")),
    ("POST", "/plan-comparisons", COMPARED | {"lines": ["city"]}, 422, ("Layer city", "control areas")),
    ("POST", "/plan-comparisons", COMPARED | {"as_of": "2026-13-01"}, 400, ("as_of", "a day such as")),
    ("POST", "/plan-comparisons", COMPARED | {"colour": 1}, 400, ("colour", "Extra inputs")),
    ("GET", "/plan-comparisons?limit=1", None, 400, ("limit",)),
    ("GET", "/plan-comparisons/one", None, 400, ("plan_comparison_id", "integer")),
    ("GET", "/plan-comparisons/0", None, 400, ("plan_comparison_id", "greater")),
    ("GET", f"/plan-comparisons/{LARGE}", None, 400, ("plan_comparison_id", "less")),
    ("GET", "/plan-comparisons/99", None, 404, ("comparison of plans 99",)),
    ("GET", "/plan-comparisons/1?colour=1", None, 400, ("colour",)),
    ("GET", "/plan-comparisons/1/matrices/colour", None, 400, ("by", "land_class")),
    ("GET", f"/plan-comparisons/{LARGE}/matrices/code", None, 400, ("plan_comparison_id",)),
    ("GET", "/plan-comparisons/99/matrices/code", None, 404, ("comparison of plans 99",)),
    ("GET", "/plan-comparisons/1/patches?limit=0", None, 400, ("limit", "greater")),
    ("GET", f"/plan-comparisons/1/patches?after={LARGE}", None, 400, ("after", "less")),
    ("GET", "/plan-comparisons/1/patches/%00", None, 404, ("plan-patch-not-found",)),
    ("GET", "/plan-comparisons/1/patches/2-1", None, 404, ("'2-1'",)),
    ("GET", "/plan-comparisons/1/patches/2-1/history", None, 404, ("'2-1'",)),
    ("GET", "/plan-comparisons/99/history", None, 404, ("comparison of plans 99",)),
    ("GET", "/plan-comparisons/1/history?limit=x", None, 400, ("limit", "integer")),
    ("GET", "/plan-comparisons/1/balance?year=1", None, 400, ("year",)),
    ("POST", SEARCH, {}, 400, ("everything",)),
    ("POST", SEARCH, {"states": ["gone"]}, 400, ("states.0", "'open'")),
    ("POST", SEARCH, {"plan_code": "R2"}, 400, ("plan_code", "need plan")),
    ("POST", SEARCH, {"plan": "sea", "plan_code": "R2"}, 422, ("plan", "sea", "city, land")),
    ("POST", SEARCH, {"bbox": [1, 2, 0, 3]}, 400, ("bbox", "west < east")),
    ("POST", SEARCH, {"bbox": [0, 0, 1]}, 400, ("bbox",)),
    ("POST", SEARCH, {"min_area_m2": "NaN"}, 400, ("min_area_m2",)),
    ("POST", SEARCH, {"patches": ["\x00"]}, 400, ("patches.0", "NUL")),
    ("POST", SEARCH, {"owner": "a\x00"}, 400, ("owner", "NUL character at position 2")),
    ("POST", SEARCH, {"unit": {"layer": "points", "feature_id": "a"}}, 422, ("Layer points", "vector")),
    ("POST", SEARCH, {"unit": {"layer": "old", "feature_id": "none"}}, 422, ("unit", "none", "layer old")),
    ("POST", SEARCH, {"unit": {"layer": "sea", "feature_id": "a"}}, 404, ("'sea'",)),
    ("POST", SEARCH, {"unit": {"layer": "old", "feature_id": "\x00"}}, 400, ("unit.feature_id", "NUL")),
    ("POST", SEARCH, {"cql2": "owner ="}, 422, ("cql2",)),
    ("POST", SEARCH, {"cql2": "owner = '\x00'"}, 400, ("cql2", "NUL")),
    ("POST", SEARCH, {"cql2": "area_m2 * 1e308 * 1e308 = 1"}, 422, ("cql2", "out of range")),
    ("POST", SEARCH, {"cql2": {"op": "=", "args": [{"property": "owner"}, "\x00"]}}, 422, ("cql2", "NUL")),
    ("POST", SEARCH, {"cql2": {"op": "=", "args": [{"property": "owner"}, "\ud800"]}}, 422, ("cql2", "surrogate")),
    ("POST", SEARCH, {"cql2": {"op": []}}, 422, ("cql2",)),
    ("POST", SEARCH, {"cql2": {"op": "=", "args": [{"property": "area_m2"}, 10**400]}}, 422, ("cql2", "no value")),
    ("POST", SEARCH, {"cql2": {"op": "=", "args": [{"property": "colour"}, 2**64]}}, 422, ("cql2", str(2**64))),
    (
        "POST",
        SEARCH,
        {"cql2": {"op": "s_within", "args": [{"property": "geom"}, {"bbox": [1, 2, 3, 10**400]}]}},
        422,
        ("BBOX",),
    ),
    ("POST", f"{SEARCH}?limit=-1", ANY, 400, ("limit",)),
    ("PATCH", PATCH, {}, 400, ("name a state or a field",)),
    ("PATCH", PATCH, {"state": "gone"}, 400, ("state", "'open'")),
    ("PATCH", PATCH, {"owner": "\x00"}, 400, ("owner", "NUL")),
    ("PATCH", PATCH, {"approval": "\x00"}, 400, ("approval", "NUL")),
    ("PATCH", PATCH, {"owner": "\ud800"}, 400, ("owner",)),
    ("PATCH", PATCH, {"deadline": "31.12.2026"}, 400, ("deadline",)),
    ("PATCH", PATCH, {"decided_plan": "sea"}, 422, ("decided_plan", "sea", "Plans that do")),
    ("PATCH", PATCH, {"decided_code": "R2"}, 400, ("decided_code_version",)),
    ("PATCH", PATCH, {"decided_code": "R2", "decided_code_version": "none"}, 422, ("decided_code", "known table")),
    ("PATCH", PATCH, {"state": "applied"}, 409, ("state", "open", "proposed, rejected")),
    ("PATCH", "/plan-comparisons/1/patches/none", OWNER, 404, ("'none'",)),
    ("POST", DECIDE, {"filter": ANY}, 400, ("change", "Field required")),
    ("POST", DECIDE, {"filter": {"owner": "nobody"}, "change": OWNER}, 422, ("filter", "Widen")),
    ("POST", f"{DECIDE}?dry_run=perhaps", {"filter": ANY, "change": OWNER}, 400, ("dry_run",)),
    ("POST", "/plan-comparisons/99/decisions", {"filter": ANY, "change": OWNER}, 404, ("99",)),
    ("POST", PROPOSE, {"survey": "sea"}, 404, ("'sea'",)),
    ("POST", PROPOSE, {"survey": "line"}, 422, ("Layer line", "land-use codes")),
    ("POST", PROPOSE, {"as_of": 0.5}, 400, ("as_of",)),
    ("POST", BLUEPRINT, {"to": "city"}, 422, ("to", "'city'", "comparison 1", "Name another layer")),
    ("POST", BLUEPRINT, {"to": "line"}, 422, ("to", "'line'", "comparison 1", "Name another layer")),
    ("POST", BLUEPRINT, {"to": "old"}, 422, ("to", "'old'", "old.gpkg", "holds blueprints")),
    ("POST", BLUEPRINT, {"to": "points"}, 422, ("to", "'points'", "kind vector", "kind plan")),
    ("POST", BLUEPRINT, {"to": "plan_patches"}, 422, ("to", "cannot name a layer")),
    ("POST", BLUEPRINT, {"to": "\x00"}, 422, ("to", "cannot name a layer")),
    ("POST", BLUEPRINT, {"valid_from": "tomorrow"}, 400, ("valid_from",)),
    ("POST", "/plan-comparisons/99/blueprints", {}, 404, ("99",)),
    ("POST", "/plan-comparisons/1/units/sea", None, 404, ("'sea'",)),
    ("POST", "/plan-comparisons/1/units/%00", None, 404, ("layer-not-found",)),
    ("POST", "/plan-comparisons/1/units/points", None, 422, ("Layer points", "vector")),
    ("POST", "/plan-comparisons/99/units/old", None, 404, ("99",)),
    ("POST", f"/plan-comparisons/{LARGE}/cells", None, 400, ("plan_comparison_id",)),
    ("POST", "/plan-comparisons/99/cells", None, 404, ("99",)),
    ("GET", "/plan-branches?limit=1", None, 400, ("limit",)),
    ("GET", f"/plan-branches/{LARGE}", None, 400, ("plan_branch_id",)),
    ("GET", "/plan-branches/99", None, 404, ("branch 99",)),
    ("GET", "/plan-branches/99/patches", None, 404, ("branch 99",)),
    ("GET", "/plan-branches/1/patches?limit=1001", None, 400, ("limit",)),
    ("POST", "/plan-branches", {"plans": ["city", "land"]}, 400, ("layer", "Field required")),
    ("POST", "/plan-branches", {"plans": ["city"], "layer": "city"}, 400, ("plans", "at least 2")),
    ("POST", "/plan-branches", {"plans": ["city", "sea"], "layer": "city"}, 404, ("'sea'",)),
    ("POST", "/plan-branches", {"plans": ["city", "land"], "layer": "\x00"}, 404, ("layer-not-found",)),
    ("POST", "/plan-branches", COMPARED | {"layer": "city", "version": 0}, 400, ("version",)),
    ("POST", "/plan-branches/99/keep", {}, 404, ("branch 99",)),
    ("POST", "/plan-branches/1/keep", {"confirm_loss": "perhaps"}, 400, ("confirm_loss",)),
    ("DELETE", "/plan-branches/99", None, 404, ("branch 99",)),
    ("GET", "/plan-fault-searches?limit=1", None, 400, ("limit",)),
    ("GET", "/plan-fault-searches/0", None, 400, ("plan_fault_run_id",)),
    ("GET", "/plan-fault-searches/99", None, 404, ("99",)),
    ("POST", "/plan-fault-searches", {}, 400, ("exactly one",)),
    ("POST", "/plan-fault-searches", {"lines": {}, "topology": {"plan": "city"}}, 400, ("exactly one",)),
    ("POST", "/plan-fault-searches", {"topology": {"plan": "sea"}}, 404, ("'sea'",)),
    ("POST", "/plan-fault-searches", {"topology": {"plan": "points"}}, 422, ("Layer points", "vector")),
    ("POST", "/plan-fault-searches", {"topology": {"plan": "city", "level": "\x00"}}, 400, ("topology.level", "NUL")),
    ("POST", "/plan-fault-searches", {"topology": {"plan": "city", "least_width_m": -1}}, 400, ("least_width_m",)),
    ("POST", "/plan-fault-searches", {"levels": {"lower": "city", "upper": "city"}}, 400, ("the same",)),
    ("POST", "/plan-fault-searches", {"lines": {"lines": ["line"]}}, 400, ("lines.lines", "at least 2")),
    ("POST", "/plan-fault-searches", {"neighbours": {"plans": []}}, 400, ("neighbours.plans",)),
    ("GET", "/clearance-registers?limit=1", None, 400, ("limit",)),
    ("GET", f"/clearance-registers/{LARGE}", None, 400, ("clearance_run_id",)),
    ("GET", "/clearance-registers/99", None, 404, ("99",)),
    ("GET", "/clearance-registers/1/indicator?year=1", None, 400, ("year",)),
    ("GET", "/clearance-registers/1/items/%00", None, 404, ("clearance-item-not-found",)),
    ("GET", "/clearance-registers/99/history", None, 404, ("99",)),
    ("POST", "/clearance-registers", {}, 400, ("land", "Field required")),
    ("POST", "/clearance-registers", {"land": "line"}, 422, ("Layer line", "land-use codes")),
    ("POST", "/clearance-registers", {"land": "city", "line": "land"}, 422, ("Layer land", "control areas")),
    ("PATCH", ITEM, {}, 400, ("name a field",)),
    ("PATCH", ITEM, {"owner": "\x00"}, 400, ("owner", "NUL")),
    ("PATCH", ITEM, {"plan_year": 1}, 400, ("plan_year",)),
    ("PATCH", ITEM, {"progress": "none"}, 400, ("progress", "'registered'")),
]


def test_what_is_wrong_is_named_and_nothing_is_started(client: TestClient, engine: Engine):
    failed = []
    for method, path, body, status, told in REFUSED:
        content = None if body is None else json.dumps(body).encode()
        answer = client.request(method, path, content=content, headers=JSON)
        try:
            require_problem(answer, status, *told)
        except AssertionError as error:
            failed.append(f"{method} {path} {body!r}: {answer.status_code} {str(error)[:300]}")
    assert not failed, "\n".join(failed)
    with engine.connect() as connection:
        assert connection.scalar(text("select count(*) from job")) == 0


def test_a_backslash_before_u0000_is_a_text_like_any_other(client: TestClient):
    for value in ("\\u0000", "a\\\\u0000"):
        answer = client.post(SEARCH, json={"cql2": {"op": "=", "args": [{"property": "owner"}, value]}})
        assert answer.status_code == 200, answer.text
        assert answer.json()["patches"] == []


def test_an_integer_of_more_than_64_bits_is_compared(client: TestClient):
    larger, all_of_them = (
        client.post(SEARCH, json={"cql2": {"op": op, "args": [{"property": "area_m2"}, 10**30]}}).json()["patches"]
        for op in (">", "<")
    )
    assert larger == []
    assert all_of_them


ADDRESSES = sorted({(method, path.partition("?")[0]) for method, path, body, _, _ in REFUSED if body is not None})


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"filter": ' + b"[" * 5000])
def test_a_body_that_is_no_request_is_refused_everywhere(client: TestClient, content: bytes):
    assert len(ADDRESSES) > 10
    for method, path in ADDRESSES:
        require_problem(client.request(method, path, content=content, headers=JSON), 400)
