"""Comparisons brought up to date: after every edit they are what everything computed again gives."""

import gc
import io
from itertools import count
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.models import PlanComparison
from app.db.sessions import read_session, write_session
from app.main import create_app
from app.plans import recomputing, repository
from app.plans.opening import open_comparison
from app.plans.service import compare
from app.plans.states import load_state, read_cells, read_packed, store_state
from app.settings import Settings
from gis.crs import AREA_PLANE
from tests.integration.plans.conftest import TODAY, Deliver, code_of
from tests.unit.gis.test_incremental import edited, random_edit

PATCHES = """
select conflict_class, plan_codes::text, plan_statuses::text, hard_lines::text, overlap_class, cell_count, area_m2, mean_width_m, text_zh,
       ST_XMin(geom) as west, ST_YMin(geom) as south, ST_Area(geom) as degrees
  from plan_patch join plan_comparison on plan_comparison.id = plan_comparison_id
 where is_current and until_revision is null and area_m2 > 0.01
"""


def patches_of(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text(PATCHES)).mappings()]
    names = ("plan_codes", "hard_lines", "overlap_class")
    return sorted(
        rows, key=lambda row: (*(row[name] for name in names), round(row["area_m2"], 2), round(row["west"], 6))
    )


def assert_same_patches(found: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        for name, value in other.items():
            if isinstance(value, float):
                assert one[name] == pytest.approx(value, rel=1e-6, abs=1e-4), name
            elif name not in {"text_zh", "cell_count"}:
                assert one[name] == value, name


def assert_same_sums(found: Any, expected: Any) -> None:
    """Compare all numbers of two summaries; only how they were computed may differ."""
    if isinstance(expected, dict):
        skipped = {"recomputed", "computed_again", "plan_comparison_id", "is_new", "cell_count", "artefacts"}
        assert found.keys() - skipped == expected.keys() - skipped
        for name in expected.keys() - skipped:
            assert_same_sums(found[name], expected[name])
    elif isinstance(expected, list):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            assert_same_sums(one, other)
    elif isinstance(expected, float):
        assert found == pytest.approx(expected, abs=0.011)
    else:
        assert found == expected


def compared(engine: Engine, **options: Any) -> dict[str, Any]:
    return compare(engine, plans=["city", "land"], lines=["line"], as_of=TODAY, actor="test", **options)


@pytest.mark.parametrize("seed", range(6))
def test_a_series_of_new_versions_gives_what_a_full_run_gives(
    fresh_engine: Engine, deliver: Deliver, layers, seed: int
):
    rng, ids = np.random.default_rng(seed), count(1000)
    first = compared(fresh_engine)
    updates = 0
    for _ in range(3):
        slug = ("city", "land", "line")[rng.integers(3)]
        polygons, removed = random_edit(rng, layers[slug], lambda: next(ids))
        changed = gpd.GeoDataFrame(index=list(polygons), geometry=list(polygons.values()), crs=AREA_PLANE)
        layers[slug] = edited(layers[slug], changed, removed)
        retold = int(rng.choice(layers["city"].index))
        deliver(slug, layers[slug])
        if slug != "city":
            deliver("city", layers["city"], codes={retold: "R2" if code_of("city", retold) != "R2" else "E2"})
        found = compared(fresh_engine)
        patches = patches_of(fresh_engine)
        assert ("recomputed" in found) != ("computed_again" in found)
        if "recomputed" in found:
            updates += 1
            assert found["plan_comparison_id"] == first["plan_comparison_id"]
        expected = compared(fresh_engine, everything=True)
        assert "recomputed" not in expected
        assert_same_sums(found, expected)
        assert_same_patches(patches, patches_of(fresh_engine))
        first = expected
    assert updates


def test_untouched_patches_stay_the_rows_that_they_were_and_the_former_revision_is_kept(
    fresh_engine: Engine, deliver: Deliver, layers
):
    before = compared(fresh_engine)
    zone = layers["city"].index[30]
    moved = layers["city"].loc[[zone]].buffer(-0.5).to_frame("geometry")
    deliver("city", edited(layers["city"], gpd.GeoDataFrame(moved, crs=AREA_PLANE), []))
    after = compared(fresh_engine)
    counts = after["recomputed"]
    assert counts["changed_zones"] == {"city": 1}
    with fresh_engine.connect() as connection:
        holds = connection.execute(
            text("select since_revision, until_revision, count(*) from plan_patch group by 1, 2")
        ).all()
        (revision,) = connection.execute(text("select * from plan_comparison_revision")).mappings()
        now = connection.execute(text("select revision from plan_comparison")).scalar_one()
    by_revision = {(since, until): number for since, until, number in holds}
    assert by_revision[(2, None)] == counts["patches_come"] > 0
    assert by_revision[(1, 2)] == counts["patches_gone"] > 0
    assert by_revision[(1, None)] > counts["patches_gone"]
    assert now == 2
    assert revision["revision"] == 1
    assert revision["summary"]["classes"] == before["classes"]
    assert after["plans"][0]["version"] == 2


def test_a_code_that_changed_is_told_without_cutting_anything(fresh_engine: Engine, deliver: Deliver, layers):
    compared(fresh_engine)
    zone = int(layers["land"].index[10])
    deliver("land", layers["land"], codes={zone: "2210" if code_of("land", zone).startswith("1") else "1200"})
    found = compared(fresh_engine)
    assert found["recomputed"]["changed_zones"] == {"land": 0}
    assert found["recomputed"]["cells"] == 0
    assert found["recomputed"]["patches_come"] > 0
    patches = patches_of(fresh_engine)
    assert_same_sums(found, compared(fresh_engine, everything=True))
    assert_same_patches(patches, patches_of(fresh_engine))


def test_the_collection_shows_the_patches_that_hold(fresh_engine: Engine, deliver: Deliver, layers, tmp_path):
    compared(fresh_engine)
    deliver("city", layers["city"].iloc[1:])
    compared(fresh_engine)
    with TestClient(create_app(Settings(data_dir=tmp_path), fresh_engine), base_url="http://127.0.0.1:8000") as client:
        page = client.get("/collections/plan_patches/items", params={"limit": 1}).json()
    with fresh_engine.connect() as connection:
        holds = connection.execute(text("select count(*) from plan_patch where until_revision is null")).scalar_one()
        stored = connection.execute(text("select count(*) from plan_patch")).scalar_one()
    assert page["numberMatched"] == holds < stored


def test_the_collector_leaves_what_was_there_before_alone_until_the_comparison_is_stored(fresh_engine: Engine, layers):
    left_alone: list[int] = []
    compared(fresh_engine, progress=lambda *_: left_alone.append(gc.get_freeze_count()))
    assert len(left_alone) > 2
    # The last step is told when everything is done.
    assert min(left_alone[:-1]) > 0
    assert gc.get_freeze_count() == 0


def test_where_most_zones_changed_everything_is_computed_again(fresh_engine: Engine, deliver: Deliver, layers):
    before = compared(fresh_engine)
    deliver("city", layers["city"].set_geometry(layers["city"].translate(3, 3)))
    after = compared(fresh_engine)
    assert "recomputed" not in after
    told = after["computed_again"]
    assert (told["reason"], told["layer"]) == ("much_changed", "city")
    assert told["text_zh"] == "已全部重新计算：city 有超过 10 % 的要素变化。"
    assert after["plan_comparison_id"] != before["plan_comparison_id"]


def test_cells_that_do_not_fit_in_make_everything_new(fresh_engine: Engine, deliver: Deliver, layers, monkeypatch):
    before = compared(fresh_engine)
    deliver("city", layers["city"].iloc[1:])
    monkeypatch.setattr(recomputing.WindowEditor, "update", lambda *_args, **_kwargs: False)
    after = compared(fresh_engine)
    assert after["plan_comparison_id"] != before["plan_comparison_id"]
    assert after["computed_again"]["text_en"] == (
        "Everything was computed again: the new cells at the changes of city do not fit to the others exactly."
    )
    with fresh_engine.connect() as connection:
        states = connection.execute(text("select plan_comparison_id from plan_comparison_state")).scalars().all()
    assert states == [after["plan_comparison_id"]]


@pytest.mark.parametrize("step", ["end_patches", "copy_patches"])
def test_what_fails_while_it_is_stored_leaves_everything_as_it_was(
    fresh_engine: Engine, deliver: Deliver, layers, monkeypatch, step: str
):
    before = compared(fresh_engine)
    patches, state = patches_of(fresh_engine), stored_state(fresh_engine)
    deliver("city", layers["city"].iloc[1:])

    def fail(*_arguments: object, **_named: object) -> None:
        raise ConnectionResetError("The database went away.")

    with monkeypatch.context() as patched:
        patched.setattr(repository, step, fail)
        with pytest.raises(ConnectionResetError, match="went away"):
            compared(fresh_engine)
    assert patches_of(fresh_engine) == patches
    assert stored_state(fresh_engine) == state
    after = compared(fresh_engine)
    assert after["plan_comparison_id"] == before["plan_comparison_id"]
    assert after["recomputed"]["patches_gone"] > 0


def stored_state(engine: Engine) -> tuple[Any, ...]:
    query = """
        select revision, (select md5(arrays) from plan_comparison_state), (select count(*) from plan_cell_segment),
               (select count(*) from plan_patch where until_revision is not null)
          from plan_comparison"""
    with engine.connect() as connection:
        return tuple(connection.execute(text(query)).one())


def test_the_stored_cells_are_those_of_the_partition(fresh_engine: Engine, layers):
    found = compared(fresh_engine)
    with read_session(fresh_engine) as session:
        state = load_state(session, found["plan_comparison_id"])
        assert state is not None
        some = np.array([5, 0, 3])
        everything = read_cells(session, found["plan_comparison_id"], state.places)
        part = read_cells(session, found["plan_comparison_id"], state.places[some])
    assert shapely.area(everything).tolist() == state.partition.areas_m2.tolist()
    # Boxes are a little larger than the cells, never smaller.
    grown = (state.boxes - shapely.bounds(everything)) * [-1, -1, 1, 1]
    assert 0 <= grown.min() <= grown.max() < 0.01
    assert shapely.equals_identical(part, everything[some]).all()
    assert shapely.coverage_is_valid(everything)


def test_a_state_without_codes_is_that_of_an_older_version_and_everything_is_computed_again(
    fresh_engine: Engine, deliver: Deliver, layers
):
    before = compared(fresh_engine)
    with read_session(fresh_engine) as session:
        packed = read_packed(session, before["plan_comparison_id"])
    assert packed is not None
    with np.load(io.BytesIO(packed[1])) as arrays:
        older = {name: each for name, each in arrays.items() if not name.startswith("code")}
    assert len(older) < len(arrays)
    written = io.BytesIO()
    np.savez(written, **older)
    with fresh_engine.begin() as connection:
        connection.execute(text("update plan_comparison_state set arrays = :arrays"), {"arrays": written.getvalue()})
    with read_session(fresh_engine) as session:
        assert load_state(session, before["plan_comparison_id"]) is None
    deliver("city", layers["city"].iloc[1:])
    after = compared(fresh_engine)
    assert after["computed_again"]["reason"] == "no_state"


def codes_in_force(engine: Engine, slug: str) -> dict[str, tuple[str | None, str | None]]:
    query = """
        select feature_id, zone_code, code_version from plan_zone
          join layer_version version on version.id = layer_version_id join layer on layer.id = version.layer_id
         where slug = :slug and superseded_at is null
           and version.number = (select max(number) from layer_version where layer_id = layer.id)"""
    with engine.connect() as connection:
        return {row[0]: (row[1], row[2]) for row in connection.execute(text(query), {"slug": slug})}


def kept_codes(engine: Engine, comparison_id: int, slug: str) -> dict[str, tuple[str | None, str | None]]:
    """Return what the state of a comparison says of the zones of a plan."""
    with read_session(engine) as session:
        opened = open_comparison(session, session.get_one(PlanComparison, comparison_id))
        said = opened.codes_by_plan[slug]
        ids = next(layer.ids for layer in opened.state.partition.layers if layer.name == slug).tolist()
        return dict(zip(ids, zip(said.codes, said.code_versions, strict=True), strict=True))


def test_the_state_says_of_each_zone_what_the_version_says(fresh_engine: Engine, deliver: Deliver, layers):
    city = layers["city"]
    first = compared(fresh_engine)
    assert kept_codes(fresh_engine, first["plan_comparison_id"], "city") == codes_in_force(fresh_engine, "city")

    # One zone goes, one comes on its ground with another id, and one is said to be something else.
    gone, retold = city.index[0], int(city.index[7])
    come = gpd.GeoDataFrame(geometry=city.geometry.iloc[:1].to_numpy(), index=[city.index.max() + 1], crs=city.crs)
    code = "E2" if code_of("city", retold)[0] != "E" else "R2"
    deliver("city", pd.concat([city.iloc[1:], come]), codes={retold: code})
    second = compared(fresh_engine)
    assert second["recomputed"]["changed_zones"] == {"city": 2}
    kept = kept_codes(fresh_engine, second["plan_comparison_id"], "city")
    assert kept.pop(f"z{gone}") == (None, None)
    assert kept == codes_in_force(fresh_engine, "city")
    assert kept[f"z{retold}"][0] == code

    # It comes back, and what was said again is as before.
    deliver("city", city)
    third = compared(fresh_engine)
    assert "recomputed" in third
    kept = kept_codes(fresh_engine, third["plan_comparison_id"], "city")
    assert kept.pop(f"z{come.index[0]}") == (None, None)
    assert kept == codes_in_force(fresh_engine, "city")


def test_a_class_that_no_overlap_has_is_not_stored(fresh_engine: Engine, layers):
    found = compared(fresh_engine)
    with read_session(fresh_engine) as session:
        state = load_state(session, found["plan_comparison_id"])
    assert state is not None
    state.patches.overlap_classes[0] = "thin"
    with (
        pytest.raises(ValueError, match="Not a class of an overlap: 'thin'"),
        write_session(fresh_engine, actor="tests") as session,
    ):
        store_state(session, found["plan_comparison_id"], state)
