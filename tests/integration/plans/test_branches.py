"""What-if branches: they tell what publishing would change, change nothing themselves, and are kept or discarded."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import geopandas as gpd
import numpy as np
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.sessions import read_session, write_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.layers.delivery import ImportRequest
from app.main import create_app
from app.plans import branch_repository, recomputing
from app.plans.branches import BranchRequest, discard_branch, keep_branch, open_branch
from app.plans.errors import BranchNotFoundError, BranchRefusedError, PlansNotComparableError
from app.plans.service import compare
from app.settings import Settings
from gis.area_plane import from_area_plane
from gis.crs import AREA_PLANE
from tests.documented import hold_to_document
from tests.integration.plans.conftest import TODAY, Deliver
from tests.unit.gis.test_partition import layer

CITY = ["R2", "E2", "R2", "E2"]
LAND = ["2110", "1100", "1100", "1100"]


def squares() -> gpd.GeoDataFrame:
    """Return four squares of 100 m in a row."""
    return layer(*(shapely.box(100 * k, 0, 100 * k + 100, 100) for k in range(4)), ids=list(range(4)))


def codes(texts: list[str]) -> dict[int, str]:
    return dict(enumerate(texts))


@pytest.fixture
def published(fresh_engine: Engine, deliver: Deliver) -> Engine:
    """Return four squares of which the third is in conflict, with a line over the last one, and a parcel in each; compared."""
    deliver("city", squares(), codes=codes(CITY))
    deliver("land", squares(), codes=codes(LAND))
    deliver("line", squares().iloc[[3]])
    deliver("parcels", squares())
    compared(fresh_engine)
    return fresh_engine


@pytest.fixture
def client(published: Engine, tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data_dir=tmp_path)
    with TestClient(create_app(settings, published), base_url="http://127.0.0.1:8000") as client:
        yield hold_to_document(client)


def compared(engine: Engine) -> dict[str, Any]:
    return compare(engine, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test")


def state_of(engine: Engine) -> list[tuple[Any, ...]]:
    """Return all that is published: comparisons, patches, versions in force."""
    queries = (
        "select id::text, revision::text, input_digest, summary::text from plan_comparison order by id",
        "select feature_id, since_revision::text, until_revision::text, area_m2::text from plan_patch order by row_id",
        "select layer_id::text, number::text, status, sha256 from layer_version where status <> 'draft' order by id",
    )
    with engine.connect() as connection:
        return [tuple(row) for query in queries for row in connection.execute(text(query))]


def areas(branch: dict[str, Any]) -> dict[str, float]:
    return {item["class"]: round(item["area_m2"]["change"]) for item in branch["delta"]["classes"]}


@pytest.mark.parametrize("whole", [False, True])
def test_a_draft_of_a_plan_tells_what_it_would_change_and_changes_nothing(
    published: Engine, deliver: Deliver, monkeypatch, whole: bool
):
    if whole:
        monkeypatch.setattr(recomputing.WindowEditor, "update", lambda *_args, **_kwargs: False)
    # The third square is agreed on, and half of the second is given to housing.
    zones = squares()
    halves = layer(shapely.box(100, 0, 150, 100), shapely.box(150, 0, 200, 100), ids=[1, 4])
    drawn = gpd.GeoDataFrame(
        geometry=[*zones.geometry[[0]], *halves.geometry, *zones.geometry[[2, 3]]],
        index=[0, 1, 4, 2, 3],
        crs=AREA_PLANE,
    )
    monkeypatch.setattr(recomputing, "MOST_CHANGED_SHARE", 0.9)
    number = deliver("city", drawn, codes={0: "R2", 1: "E2", 4: "R2", 2: "E2", 3: "E2"}, publish=False)
    before = state_of(published)
    branch = open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    assert state_of(published) == before
    assert (branch["version"], branch["status"], branch["is_stale"], branch["owns_draft"]) == (
        number,
        "open",
        False,
        False,
    )
    assert areas(branch)["conflict"] == -5000
    assert areas(branch)["agreed_non_construction"] == 5000
    delta = branch["delta"]
    assert delta["computed"] == ("everything" if whole else "touched cells")
    assert (delta["computed_again"] or {}).get("reason") == ("do_not_fit" if whole else None)
    assert delta["patches"]["gone"]["conflict"]["count"] == delta["patches"]["come"]["conflict"]["count"] == 1
    assert delta["patches"]["come"]["conflict"]["area_m2"] == pytest.approx(5000, abs=0.01)
    parcels = {
        one["parcel"]: (one["conflict_before_m2"], one["conflict_after_m2"]) for one in delta["parcels"]["listed"]
    }
    assert {name: tuple(round(area) for area in both) for name, both in parcels.items()} == {
        "z2": (10000, 0),
        "z1": (0, 5000),
    }
    assert delta["parcels"]["conflict_area_m2"]["change"] == pytest.approx(-5000, abs=0.05)


def test_what_is_kept_is_what_was_told(published: Engine, deliver: Deliver):
    deliver("city", squares(), codes=codes(["R2", "E2", "E2", "E2"]), publish=False)
    branch = open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    kept = keep_branch(published, branch["plan_branch_id"], actor="chief")
    assert (kept["status"], kept["closed_by"]) == ("kept", "chief")
    now = compared(published)
    assert not now["is_new"]
    assert now["plans"][0]["version"] == branch["version"]
    told = {item["class"]: item["area_m2"]["after"] for item in branch["delta"]["classes"]}
    assert {item["class"]: item["area_m2"] for item in now["classes"]} == told
    assert told["conflict"] == 0
    with pytest.raises(BranchRefusedError, match="was kept by chief already"):
        keep_branch(published, branch["plan_branch_id"], actor="chief")


def test_a_branch_is_opened_and_kept_as_jobs_over_http(published: Engine, deliver: Deliver, client: TestClient):
    deliver("city", squares(), codes=codes(["R2", "E2", "E2", "E2"]), publish=False)
    with write_session(published, actor="test") as session:
        client.headers["X-API-Key"] = create_key(session, "writer", Scope.WRITE)
    opened = client.post("/plan-branches", json={"plans": ["city", "land"], "layer": "city"}).json()
    run_job(published, UUID(opened["id"]), KINDS)
    branch = client.get(f"/jobs/{opened['id']}/results").json()
    assert branch["delta"]["patches"]["gone"] == {"conflict": {"count": 1, "area_m2": pytest.approx(1e4, abs=1)}}
    kept = client.post(f"/plan-branches/{branch['plan_branch_id']}/keep", json={}).json()
    run_job(published, UUID(kept["id"]), KINDS)
    assert client.get(f"/jobs/{kept['id']}").json()["status"] == "successful"
    assert client.get(f"/plan-branches/{branch['plan_branch_id']}").json()["status"] == "kept"


def test_a_moved_line_from_a_file_goes_with_its_branch(published: Engine, tmp_path: Path):
    path = tmp_path / "moved.gpkg"
    moved = gpd.GeoDataFrame({"name": ["z3"]}, geometry=from_area_plane(squares().geometry[[2]]), crs="EPSG:4490")
    moved.to_file(path)
    before = state_of(published)
    delivery = ImportRequest(path=path, to="line", mapping={"feature_id": "name"}, valid_from=TODAY)
    branch = open_branch(published, BranchRequest(["city", "land"], "line", delivery=delivery), actor="planner")
    assert branch["owns_draft"]
    (line,) = [one for one in branch["delta"]["lines"] if one["conflict_m2"]["change"]]
    assert line["line"] == "ecological_redline.unknown"
    assert line["conflict_m2"]["after"] == pytest.approx(10000, abs=0.05)
    assert line["conflict_m2"]["before"] == 0
    discarded = discard_branch(published, branch["plan_branch_id"], actor="planner")
    assert discarded["status"] == "discarded"
    assert discarded["delta"] == branch["delta"]
    with published.connect() as connection:
        left = connection.execute(text("select count(*) from layer_version where status = 'draft'")).scalar_one()
        patches = connection.execute(text("select count(*) from plan_branch_patch")).scalar_one()
    assert (left, patches) == (0, 0)
    assert state_of(published) == before


def test_a_branch_is_stale_once_the_published_state_moves_on(published: Engine, deliver: Deliver):
    deliver("city", squares(), codes=codes(["R2", "E2", "E2", "E2"]), publish=False)
    branch = open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    deliver("land", squares(), codes=codes(["1100"] * 4))
    with pytest.raises(BranchRefusedError, match="Compare again first: duogui plans compare city land"):
        open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    compared(published)
    with read_session(published) as session:
        stored = branch_repository.require(session, branch["plan_branch_id"])
        assert stored.base_revision == 1
    again = open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    assert again["base_revision"] == 2


@pytest.mark.parametrize(
    ("request_", "error", "message"),
    [
        (BranchRequest(["city", "parcels"], "city"), PlansNotComparableError, "were not compared yet"),
        (
            BranchRequest(["city", "land"], "parcels"),
            BranchRefusedError,
            "is not of parcels; it is of city, land, line",
        ),
        (
            BranchRequest(["city", "land"], "city"),
            BranchRefusedError,
            "Version 1 of city is in_force; a branch is of a draft",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(published: Engine, request_, error, message):
    with pytest.raises(error, match=message):
        open_branch(published, request_, actor="planner")


def test_there_is_no_branch_of_a_number_that_nobody_gave(published: Engine):
    with pytest.raises(BranchNotFoundError, match="no what-if branch 7"):
        discard_branch(published, 7, actor="planner")


def test_a_branch_is_read_and_discarded_over_http(published: Engine, deliver: Deliver, client: TestClient):
    deliver("city", squares(), codes=codes(["R2", "E2", "E2", "R2"]), publish=False)
    branch = open_branch(published, BranchRequest(["city", "land"], "city"), actor="planner")
    number = branch["plan_branch_id"]
    assert client.get("/plan-branches").json()["plan_branches"][0]["plan_branch_id"] == number
    assert client.get(f"/plan-branches/{number}").json()["delta"] == branch["delta"]
    page = client.get(f"/plan-branches/{number}/patches", params={"limit": 1}).json()
    rest = client.get(f"/plan-branches/{number}/patches", params={"after": page["features"][-1]["id"]}).json()
    changes = [feature["properties"]["change"] for feature in (*page["features"], *rest["features"])]
    assert (page["numberReturned"], sorted(changes)) == (1, ["come", "gone"])
    ground = np.array([feature["geometry"]["coordinates"][0][0][0][0] for feature in rest["features"]])
    assert (ground > 112).all()
    assert client.get("/plan-branches/999").status_code == 404
    assert client.delete(f"/plan-branches/{number}").status_code == 401
    with write_session(published, actor="test") as session:
        client.headers["X-API-Key"] = create_key(session, "planner", Scope.WRITE)
    assert client.delete(f"/plan-branches/{number}").json()["status"] == "discarded"
    refused = client.delete(f"/plan-branches/{number}")
    assert (refused.status_code, refused.json()["title"]) == (422, "Branch refused")
