"""Every view in both themes: no serious fault that axe knows, and usable without a mouse."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

VIEWS = Path(__file__).parents[2] / "app" / "web" / "src" / "views"
CORNERS = "(box) => box.map((at) => window.duogui.map.project(at)).map(({ x, y }) => [x, y])"
COLLECTIONS = "async () => (await (await fetch('collections')).json()).collections"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_serious_fault(open_page, api, scheme):
    parcel = api.items("parcels", "limit=1")[0]["id"]
    page = open_page(f"#parcel=parcels/{parcel}", color_scheme=scheme, wait=False)
    expect(page.page.locator("[data-parcel-code]")).to_be_visible()
    page.until(lambda: page.page.locator("[data-collection]").count(), "the layers")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    page.page.get_by_role("group", name="地图工具").get_by_role("button", name="卷帘").click()
    expect(page.page.locator("[data-tool]")).to_be_visible()
    assert page.serious_violations() == []


def test_the_theme_is_the_systems_until_it_is_chosen(open_page):
    page = open_page(color_scheme="dark", wait=False)
    document = page.page.locator("html")
    expect(document).to_have_attribute("data-theme", "dark")
    page.page.locator("[data-theme-switch]").click()
    expect(document).to_have_attribute("data-theme", "light")
    page.page.reload()
    expect(document).to_have_attribute("data-theme", "light")


def test_every_view_of_the_rail_opens_by_keyboard_and_stands_in_the_address(open_page):
    page = open_page(wait=False)
    expect(page.page.locator("[data-view]").first).to_be_visible()
    views = [button.get_attribute("data-view") for button in page.page.locator("[data-view]").all()]
    assert "map" in views
    assert set(views) <= {folder.name for folder in VIEWS.iterdir() if folder.is_dir()}
    for view in [*(view for view in views if view != "map"), "map"]:
        button = page.page.locator(f"[data-view={view}]")
        button.focus()
        page.page.keyboard.press("Enter")
        expect(button).to_have_attribute("aria-current", "page")
        page.until(lambda view=view: (f"view={view}" in page.page.url) == (view != "map"), "the view in the address")
        expect(page.page.locator("#view-heading")).to_be_visible()
    assert page.errors == []


def test_on_a_tablet_no_view_is_cut_off_or_has_a_serious_fault(open_workbench):
    page = open_workbench(viewport={"width": 820, "height": 1180}, has_touch=True, wait=False)
    page.until(lambda: page.page.locator("[data-collection]").count(), "the layers")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    rail = page.page.locator("[data-view=map]").bounding_box()
    assert rail["height"] >= 44, "a finger needs room"
    panel = page.page.locator(".sidebar > aside").bounding_box()
    assert panel["y"] + panel["height"] <= 1180
    for view in ("dashboard", "jobs", "plans", "site-check", "deliveries", "idle", "map"):
        page.page.locator(f"[data-view={view}]").click()
        expect(page.page.locator("#view-heading")).to_be_visible()
        page.until(lambda: not page.page.locator(".progress.active").count(), "the end of loading")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
        # What is not there yet cannot be reached by keyboard either.
        page.until(lambda: page.serious_violations() == [], f"{view} without serious faults")


@pytest.mark.parametrize("fragment", ["", "#view=dashboard"])
def test_on_a_tablet_the_map_shows_the_zone_above_the_panel(open_workbench, fragment):
    page = open_workbench(fragment, viewport={"width": 820, "height": 1180}, has_touch=True, wait=False)
    page.until(lambda: page.page.locator("[data-layers=ready]").count(), "the layers")
    if fragment:
        page.page.locator("[data-view=map]").click()
        page.page.get_by_role("button", name="显示全部").click()
    page.wait_until_drawn()
    (parcels,) = [one for one in page.evaluate(COLLECTIONS) if one["id"] == "parcels"]
    west, south, east, north = parcels["extent"]["spatial"]["bbox"][0]
    panel = page.page.locator(".sidebar > aside")

    def is_above() -> bool:
        (left, top), (right, bottom) = page.evaluate(CORNERS, [[west, north], [east, south]])
        return left >= 0 and top >= 0 and right <= 820 and bottom <= panel.bounding_box()["y"]

    page.until(is_above, "the zone above the panel")
    assert page.errors == []
