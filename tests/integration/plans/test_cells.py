"""The cells of a comparison as a layer of the map: what each says, and that they follow the comparison."""

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from typer.testing import CliRunner

from app.cli.main import app as command
from app.main import create_app
from app.plans.cells import hide_cells, show_cells
from app.plans.errors import PlansNotComparableError
from app.plans.register_errors import ComparisonNotFoundError
from app.plans.service import compare
from app.settings import Settings, get_settings
from gis.crs import AREA_PLANE
from tests.integration.plans.conftest import AS_OF, TODAY, Deliver, code_of
from tests.unit.gis.test_incremental import edited, overlapping_coverage

CELLS = """
select conflict_class, plan_statuses::text, plan_codes::text, zone_ids::text, hard_lines::text, hard_line_mask,
       cardinality(patch_ids) as patches, round(area_m2::numeric, 4) as area_m2
  from plan_cell where area_m2 > 0.001 order by 4, 8
"""


def cells_of(engine: Engine) -> list[dict[str, Any]]:
    with engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(CELLS)).mappings()]


@pytest.fixture
def comparison(differing_plans: Engine) -> int:
    """Compare the city plan with the land-use plan."""
    number: int = compare(differing_plans, plans=["city", "land"], as_of=AS_OF, actor="test")["plan_comparison_id"]
    return number


def test_a_cell_tells_its_vector_its_zones_its_class_and_the_lines(
    differing_plans: Engine, comparison: int, tmp_path: Path
):
    with TestClient(
        create_app(Settings(data_dir=tmp_path), differing_plans), base_url="http://127.0.0.1:8000"
    ) as client:
        assert client.get("/collections/plan_cells/items").json()["numberMatched"] == 0
        assert show_cells(differing_plans, comparison, actor="test")["cells"] == 6
        page = client.get("/collections/plan_cells/items").json()
        lines = client.get(f"/plan-comparisons/{comparison}").json()["summary"]["lines"]
        legend = client.get("/collections/plan_cells/legend").json()
    found = {tuple(each["properties"]["plan_codes"]): each["properties"] for each in page["features"]}
    assert page["numberMatched"] == 6
    agreed, gap = found["R2", "2110"], found["M1", ""]
    assert (agreed["conflict_class"], agreed["patch_ids"]) == ("agreed_construction", [])
    assert (gap["conflict_class"], gap["plan_statuses"]) == ("gap", ["construction", "no_data"])
    assert [zone.partition(":")[0] for zone in agreed["zone_ids"]] == ["city", "land"]
    assert [zone.partition(":")[0] for zone in gap["zone_ids"]] == ["city"]
    assert gap["area_ha"] == round(gap["area_m2"] / 10_000, 4)
    in_core = [
        each["properties"] for each in page["features"] if "ecological_redline.core" in each["properties"]["hard_lines"]
    ]
    (core,) = in_core
    # The bits are in the order in which the comparison lists its lines.
    assert [line["line"] for bit, line in enumerate(lines) if core["hard_line_mask"] >> bit & 1] == core["hard_lines"]
    assert {entry["value"] for entry in legend["entries"]} >= {each["conflict_class"] for each in found.values()}


def test_a_cell_names_the_patch_that_it_is_part_of(differing_plans: Engine, comparison: int):
    show_cells(differing_plans, comparison, actor="test")
    query = """
    select count(*) filter (where patch.plan_codes = cell.plan_codes and patch.hard_lines = cell.hard_lines), count(*)
      from plan_cell cell, unnest(patch_ids) as patch_id join plan_patch patch on patch.feature_id = patch_id
    """
    with differing_plans.connect() as connection:
        assert tuple(connection.execute(text(query)).one()) == (5, 5)


def test_cells_that_are_hidden_are_no_more_on_the_map(differing_plans: Engine, comparison: int):
    show_cells(differing_plans, comparison, actor="test")
    hide_cells(differing_plans, comparison, actor="test")
    assert cells_of(differing_plans) == []


def test_a_comparison_without_cells_says_how_to_get_them(differing_plans: Engine, comparison: int):
    with pytest.raises(ComparisonNotFoundError):
        show_cells(differing_plans, comparison + 1, actor="test")
    compare(differing_plans, plans=["city", "land"], lines=[], as_of=AS_OF, actor="test")
    with pytest.raises(PlansNotComparableError, match="--everything"):
        show_cells(differing_plans, comparison, actor="test")


def test_cells_follow_every_change_as_if_they_were_written_anew(fresh_engine: Engine, deliver: Deliver):
    rng = np.random.default_rng(11)
    layers = {slug: overlapping_coverage(rng, 40) for slug in ("city", "land")}
    layers["line"] = overlapping_coverage(rng, 40).iloc[:12]
    for slug, frame in layers.items():
        deliver(slug, frame)
    options: dict[str, Any] = {"plans": ["city", "land"], "lines": ["line"], "as_of": TODAY, "actor": "test"}
    number = compare(fresh_engine, **options)["plan_comparison_id"]
    show_cells(fresh_engine, number, actor="test")
    before = _row_ids(fresh_engine)
    zone = layers["city"].index[20]
    moved = gpd.GeoDataFrame(layers["city"].loc[[zone]].buffer(-0.5).to_frame("geometry"), crs=AREA_PLANE)
    retold = int(layers["city"].index[5])
    deliver(
        "city", edited(layers["city"], moved, []), codes={retold: "E2" if code_of("city", retold)[0] != "E" else "R2"}
    )
    assert "recomputed" in compare(fresh_engine, **options)
    followed, after = cells_of(fresh_engine), _row_ids(fresh_engine)
    assert before - after
    assert after - before
    assert len(before & after) > len(after) / 2
    hide_cells(fresh_engine, number, actor="test")
    show_cells(fresh_engine, number, actor="test")
    assert followed == cells_of(fresh_engine)
    # Computed again as a whole, the new comparison shows its cells, and the former one none.
    again = compare(fresh_engine, **options, everything=True)["plan_comparison_id"]
    with fresh_engine.connect() as connection:
        shown = connection.execute(text("select distinct plan_comparison_id from plan_cell")).scalars().all()
    assert shown == [again] != [number]


def _row_ids(engine: Engine) -> set[int]:
    with engine.connect() as connection:
        return set(connection.execute(text("select row_id from plan_cell")).scalars())


def test_a_page_that_was_read_before_a_change_is_read_anew(fresh_engine: Engine, deliver: Deliver, tmp_path: Path):
    rng = np.random.default_rng(3)
    layers = {slug: overlapping_coverage(rng, 30) for slug in ("city", "land")}
    for slug, frame in layers.items():
        deliver(slug, frame)
    options: dict[str, Any] = {"plans": ["city", "land"], "lines": [], "as_of": TODAY, "actor": "test"}
    compare(fresh_engine, **options)
    with TestClient(create_app(Settings(data_dir=tmp_path), fresh_engine), base_url="http://127.0.0.1:8000") as client:
        before = client.get("/collections/plan_patches").json()["duogui"]["feature_count"]
        deliver("city", layers["city"].iloc[:-1])
        assert "recomputed" in compare(fresh_engine, **options)
        after = client.get("/collections/plan_patches").json()["duogui"]["feature_count"]
    with fresh_engine.connect() as connection:
        holds = connection.execute(text("select count(*) from plan_patch where until_revision is null")).scalar_one()
    assert after == holds != before


def test_the_command_shows_the_cells_and_takes_them_off(differing_plans: Engine, comparison: int, monkeypatch):
    monkeypatch.setenv("DUOGUI_DATABASE_URL", differing_plans.url.render_as_string(hide_password=False))
    get_settings.cache_clear()
    shown = CliRunner().invoke(command, ["plans", "cells", str(comparison)])
    assert "6 cells" in shown.output
    assert len(cells_of(differing_plans)) == 6
    hidden = CliRunner().invoke(command, ["plans", "cells", str(comparison), "--hide"])
    assert hidden.exit_code == 0
    assert cells_of(differing_plans) == []
    get_settings.cache_clear()
