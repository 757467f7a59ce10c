"""Plans compared tile by tile: the same patches, sums and cells as at once, all of them or none."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from app.db.sessions import read_session
from app.plans import comparing, service
from app.plans.errors import ComparisonCancelledError
from app.plans.inputs import find_inputs
from app.plans.service import compare, compare_everything
from app.plans.states import load_state, read_cells
from app.progress import unheard
from gis.crs import AREA_PLANE
from tests.conftest import MakeTemplate
from tests.integration.plans.conftest import AS_OF, TODAY, Deliver, delivering
from tests.integration.plans.test_recomputing import assert_same_patches, assert_same_sums, patches_of
from tests.unit.gis.test_incremental import edited, overlapping_coverage

MOST_VERTICES = 400


@pytest.fixture
def fresh_template(request: pytest.FixtureRequest, fresh_template: str, make_template: MakeTemplate) -> str:
    """Return the name of a database with the layers, for a test that asks for them."""
    return make_template("template_tiles", put_layers) if "layers" in request.fixturenames else fresh_template


@pytest.fixture
def layers(fresh_engine: Engine) -> dict[str, gpd.GeoDataFrame]:
    """Return the layers as they are in the database."""
    return make_layers()


def put_layers(engine: Engine, folder: Path) -> None:
    deliver = delivering(engine, folder)
    for slug, frame in make_layers().items():
        deliver(slug, frame)


def make_layers() -> dict[str, gpd.GeoDataFrame]:
    rng = np.random.default_rng(12)
    layers = {slug: overlapping_coverage(rng, 60) for slug in ("city", "land")}
    layers["line"] = overlapping_coverage(rng, 60).iloc[:20]
    return layers


@pytest.fixture
def in_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "MOST_VERTICES", MOST_VERTICES)


def compared(engine: Engine, **options: Any) -> dict[str, Any]:
    return compare(engine, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test", **options)


def stored_cells(engine: Engine, comparison: int) -> np.ndarray:
    with read_session(engine) as session:
        state = load_state(session, comparison)
        assert state is not None
        cells = read_cells(session, comparison, state.places)
        assert shapely.area(cells) == pytest.approx(state.partition.areas_m2, abs=1e-9)
        # Boxes are a little larger than the cells, never smaller.
    grown = (state.boxes - shapely.bounds(cells)) * [-1, -1, 1, 1]
    assert 0 <= grown.min() <= grown.max() < 0.01
    return cells


def test_tiles_store_what_is_stored_at_once_and_it_is_brought_up_to_date(
    fresh_engine: Engine, deliver: Deliver, layers, monkeypatch: pytest.MonkeyPatch
):
    at_once = compared(fresh_engine)
    expected = patches_of(fresh_engine)
    monkeypatch.setattr(comparing, "MOST_VERTICES", MOST_VERTICES)
    steps: list[tuple[int, int]] = []
    found = compared(fresh_engine, everything=True, progress=lambda done, total: steps.append((done, total)))
    assert_same_sums(found, at_once)
    assert found["cell_count"] == at_once["cell_count"]
    assert_same_patches(patches_of(fresh_engine), expected)
    assert shapely.coverage_is_valid(stored_cells(fresh_engine, found["plan_comparison_id"]))
    assert steps == sorted(steps)
    assert steps[-1][0] == steps[-1][1]
    # One tile has five steps.
    assert len({done for done, _ in steps}) > 10
    zone = layers["city"].index[25]
    moved = layers["city"].loc[[zone]].buffer(-0.5).to_frame("geometry")
    deliver("city", edited(layers["city"], gpd.GeoDataFrame(moved, crs=AREA_PLANE), []))
    after = compared(fresh_engine)
    assert after["recomputed"]["changed_zones"] == {"city": 1}
    brought = patches_of(fresh_engine)
    again = compared(fresh_engine, everything=True)
    assert_same_sums(after, again)
    assert_same_patches(brought, patches_of(fresh_engine))


def test_what_is_only_asked_for_is_found_in_tiles_and_not_stored(fresh_engine: Engine, layers, in_tiles: None):
    with read_session(fresh_engine) as session:
        inputs = find_inputs(session, ["city", "land"], ["line"], TODAY)
    summary, patches = compare_everything(fresh_engine, inputs, unheard, None)
    assert sum(item["patches"]["real"] for item in summary["classes"]) == sum(
        patch.overlap_class == "real" for patch in patches
    )
    with fresh_engine.connect() as connection:
        assert connection.scalar(text("select count(*) from plan_comparison")) == 0


def test_a_comparison_that_is_cancelled_after_some_tiles_leaves_nothing(fresh_engine: Engine, layers, in_tiles: None):
    done: list[int] = []
    with pytest.raises(ComparisonCancelledError):
        compared(
            fresh_engine,
            progress=lambda step, total: done.append(step),
            cancelled=lambda: bool(done) and done[-1] > service.STEPS // 2,
        )
    with fresh_engine.connect() as connection:
        for table in ("plan_comparison", "plan_patch", "plan_cell_segment"):
            assert connection.scalar(text(f"select count(*) from {table}")) == 0, table


@pytest.mark.parametrize(
    "stop", [comparing.CUT - 10, comparing.CUT, comparing.MERGED, comparing.SUMMED, comparing.CARRIED]
)
def test_a_comparison_can_be_cancelled_after_its_last_tile(fresh_engine: Engine, layers, in_tiles: None, stop: int):
    done: list[int] = []
    with pytest.raises(ComparisonCancelledError):
        compared(
            fresh_engine,
            progress=lambda step, total: done.append(step),
            cancelled=lambda: bool(done) and done[-1] >= stop,
        )
    assert stop <= done[-1] < stop + 40
    with fresh_engine.connect() as connection:
        for table in ("plan_comparison", "plan_patch", "plan_cell_segment", "plan_comparison_state"):
            assert connection.scalar(text(f"select count(*) from {table}")) == 0, table


def test_of_two_who_ask_the_same_the_first_to_finish_is_kept(differing_plans: Engine, monkeypatch: pytest.MonkeyPatch):
    lines = ["line"]
    take_turn, others = service.repository.take_turn, []

    def overtaken(session, plan_set: str) -> None:
        if not others:
            others.append({})
            others[0] = compare(differing_plans, plans=["city", "land"], lines=lines, as_of=AS_OF, actor="other")
        take_turn(session, plan_set)

    monkeypatch.setattr(service.repository, "take_turn", overtaken)
    found = compare(differing_plans, plans=["city", "land"], lines=lines, as_of=AS_OF, actor="test")
    assert (others[0]["is_new"], found["is_new"]) == (True, False)
    assert found["plan_comparison_id"] == others[0]["plan_comparison_id"]
    with differing_plans.connect() as connection:
        assert connection.scalar(text("select count(*) from plan_comparison")) == 1
        assert connection.scalar(text("select count(distinct plan_comparison_id) from plan_patch")) == 1
