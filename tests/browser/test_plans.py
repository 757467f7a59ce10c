"""A planner lays two plans over each other, settles what differs, and draws one blueprint, all on the map page."""

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import geopandas as gpd
import httpx2
from playwright.sync_api import Route, expect

from app.clock import today
from app.db.engine import make_engine
from app.demo import sample_folder
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file

from .conftest import MapPage, Workbench


def drawn_patches(page: MapPage) -> set[str]:
    page.wait_until_drawn()
    return page.rendered_ids("plan_patches")


def test_a_cell_of_the_matrix_filters_register_and_map_and_a_patch_is_decided(
    open_workbench: Callable[..., MapPage], workbench: Workbench
):
    page = open_workbench("#view=plans")
    body = page.page
    cell = body.get_by_role("button", name="无数据 × 建设用地")
    cell.wait_for()
    page.until(lambda: len(drawn_patches(page)) > 5, "the patches on the map")
    cell.click()
    assert cell.get_attribute("aria-pressed") == "true"
    body.get_by_role("button", name="台账", exact=True).click()
    register = body.get_by_role("list", name="差异图斑台账")
    listed = {row.get_attribute("data-patch") for row in register.locator("[data-patch]").all()}
    assert listed
    page.until(lambda: drawn_patches(page) == listed, "the map to show the same patches")

    first = register.locator("[data-patch]").first
    name = first.get_attribute("data-patch")
    first.click()
    card = body.locator(f"article[data-patch='{name}']")
    card.get_by_label("下一步").select_option("proposed")
    card.get_by_label("以此规划为准").select_option("land_use_plan")
    card.get_by_label("责任单位").fill("规划科")
    assert page.serious_violations() == []
    card.get_by_role("button", name="确定").click()
    body.locator(f"article[data-patch='{name}'][data-state=proposed]").wait_for()
    comparison = httpx2.get(f"{workbench.base_url}/plan-comparisons").json()["plan_comparisons"][0]
    stored = httpx2.get(
        f"{workbench.base_url}/plan-comparisons/{comparison['plan_comparison_id']}/patches/{name}"
    ).json()
    assert (stored["state"], stored["decided_plan"], stored["owner"]) == ("proposed", "land_use_plan", "规划科")
    assert page.errors == []


def test_what_is_typed_after_a_decision_is_kept_while_the_register_is_read_again(
    open_workbench: Callable[..., MapPage],
):
    page = open_workbench("#view=plans&part=register")
    body = page.page
    row = body.get_by_role("list", name="差异图斑台账").locator("[data-patch]").last
    name = row.get_attribute("data-patch")
    row.click()
    card = body.locator(f"article[data-patch='{name}']")
    card.get_by_label("责任单位").fill("规划科")
    reads = re.compile(r"/plan-comparisons/\d+/patches\?")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    body.route(reads, hold)
    card.get_by_role("button", name="确定").click()
    page.until(lambda: held, "the register to be read again")
    expect(card.get_by_label("责任单位")).to_have_value("")
    card.get_by_label("说明").fill("下一次的说明")
    for route in held:
        route.continue_()
    expect(card.locator("dl")).to_contain_text("规划科")
    expect(card.get_by_label("说明")).to_have_value("下一次的说明")
    assert page.errors == []


def test_proposals_are_tried_agreed_applied_and_drawn_as_a_blueprint(open_workbench: Callable[..., MapPage]):
    page = open_workbench("#view=plans&part=register", locale="en-GB")
    body = page.page
    body.locator("[data-shown]").wait_for()
    page.until(lambda: int(body.locator("[data-shown]").get_attribute("data-shown")) > 5, "the register")
    body.get_by_role("button", name="Propose", exact=True).click()
    body.get_by_role("list", name="Register of difference patches").get_by_text("proposed").first.wait_for()
    # Nothing is applied yet: the first blueprint has no code where plans differ.
    body.get_by_role("button", name="Blueprint", exact=True).click()
    body.get_by_role("button", name="Draw the draft").click()
    body.locator("[data-blueprint='1']").wait_for()
    body.get_by_role("button", name="Publish the blueprint").click()
    body.get_by_text("It is published.").wait_for()
    body.get_by_role("button", name="Register", exact=True).click()
    body.get_by_label("State").first.select_option("proposed")
    body.locator("summary").filter(has_text="Decide the").click()
    for state, more in (("agreed", {}), ("applied", {"Document": "No. 27", "Effective on": "2026-07-01"})):
        body.get_by_label("Next").select_option(state)
        for label, value in more.items():
            body.get_by_label(f"{label} (required)").fill(value)
        body.get_by_role("button", name="Try it").click()
        tried = body.locator("[data-bulk=tried]")
        tried.wait_for()
        assert "would change" in tried.inner_text()
        assert body.locator(f"[data-balance] [data-count={state}]").count() == 1
        body.get_by_role("button", name="Decide all").click()
        body.locator("[data-bulk=done]").wait_for()
        body.get_by_label("State").first.select_option(state)
    body.get_by_role("button", name="Blueprint", exact=True).click()
    body.get_by_role("button", name="Draw the draft").click()
    body.locator("[data-blueprint='2']").wait_for()
    diff = body.locator("[data-diff='blueprint/1/2']")
    diff.locator(".changes button").first.click()
    page.wait_until_drawn()
    drawn = "window.duogui.map.queryRenderedFeatures({ layers: ['overlay:version-diff:fill'] }).length"
    assert page.evaluate(drawn) > 0
    body.get_by_role("button", name="Publish the blueprint").click()
    body.get_by_text("It is published.").wait_for()
    assert page.errors == []


def draft_of_city_plan(database_url: str, folder: Path) -> int:
    """Import a draft of the city plan in which one residential zone is farmland; return its number."""
    (entry,) = (
        layer
        for layer in json.loads((sample_folder() / "manifest.json").read_text("utf-8"))["layers"]
        if layer["to"] == "city_plan"
    )
    zones = gpd.read_file(sample_folder() / entry["file"], encoding="GBK").set_crs("EPSG:4547", allow_override=True)
    zones.loc[zones.index[zones["YDDM"].str.startswith("R")][0], "YDDM"] = "E2"
    zones.to_file(folder / "draft.gpkg")
    request = ImportRequest(
        path=folder / "draft.gpkg",
        to="city_plan",
        kind="plan",
        mapping=entry["map"],
        valid_from=date(2026, 1, 1),
        accuracy_m=entry["accuracy_m"],
    )
    engine = make_engine(database_url)
    number = import_file(engine, request, actor="tests", today=today()).number
    engine.dispose()
    return number


def test_a_comparison_is_run_found_by_its_address_and_asked_what_a_draft_would_change(
    open_workbench: Callable[..., MapPage], workbench: Workbench, changeable_sample_url: str, tmp_path: Path
):
    page = open_workbench("#view=plans")
    body = page.page
    body.get_by_role("button", name="新的比对").click()
    body.get_by_role("checkbox", name="城市规划").check()
    body.get_by_role("checkbox", name="土地利用规划").check()
    body.get_by_role("checkbox", name="生态保护红线").check()
    body.get_by_label("适用日期").fill("2026-06-30")
    before = body.locator("select").first.locator("option").count()
    body.get_by_role("button", name="开始比对").click()
    page.until(lambda: body.locator("select").first.locator("option").count() > before, "the new comparison")
    body.locator("[data-matrix=status]").wait_for()
    assert "comparison=" in page.evaluate("window.location.hash")

    # What if a draft of the city plan were in force? Looked at and discarded first, then asked again and kept.
    draft = draft_of_city_plan(changeable_sample_url, tmp_path)
    page.page.reload()
    body.get_by_role("button", name="推演", exact=True).click()
    branch = "article[data-branch][data-status={}]".format
    drawn = "window.duogui.map.queryRenderedFeatures({ layers: ['overlay:plan-branch:fill'] }).length"
    for made, (button, status) in enumerate((("放弃", "discarded"), ("采用并发布", "kept")), start=1):
        body.get_by_role("button", name="开始推演").click()
        opened = body.locator(branch("open"))
        opened.wait_for()
        assert f"第 {draft} 版" in opened.inner_text()
        opened.get_by_role("button", name="在地图上显示").click()
        page.wait_until_drawn()
        page.until(lambda: page.evaluate(drawn) > 0, "the patches that go and come")
        opened.get_by_role("button", name=button).click()
        opened.wait_for(state="detached")
        versions = httpx2.get(f"{workbench.base_url}/layers/city_plan").json()["versions"]
        in_force = next(version["number"] for version in versions if version["status"] == "in_force")
        assert (in_force == draft) == (status == "kept"), f"after {made}"
    compared = httpx2.get(f"{workbench.base_url}/plan-comparisons").json()["plan_comparisons"][0]
    assert f"comparison={compared['plan_comparison_id']}" in page.evaluate("window.location.hash")
    assert {plan["layer"]: plan["version"] for plan in compared["summary"]["plans"]}["city_plan"] == draft
    assert page.errors == []
