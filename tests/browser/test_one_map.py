"""The one map: order, days, comparison, what is known at a point, search, measuring, and a sheet to print."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect
from pyproj import Geod
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile

from .conftest import ORANGE, serve

HERE = (113.08, 28.24)


def tool(page, name):
    page.page.get_by_role("group", name="地图工具").get_by_role("button", name=name).click()
    return page.page.locator("[data-tool]")


def fills(page):
    order = page.evaluate("window.duogui.map.getLayersOrder()")
    return [layer.removesuffix(":fill") for layer in order if layer.endswith(":fill")]


def test_layers_change_their_order_by_keyboard_and_the_address_keeps_it(open_page):
    page = open_page("#map=15/28.24/113.08&layers=ecological_redline,permanent_basic_farmland", wait=False)
    page.wait_until_drawn()
    below, above = fills(page)
    page.row(below).get_by_role("button").click()
    title = page.row(below).locator(".title").inner_text()
    page.page.get_by_role("button", name=f"上移{title}").press("Enter")
    assert fills(page) == [above, below]
    page.until(lambda: "order=" in page.page.url, "the order in the address")
    again = open_page(page.page.url.partition("map")[2].partition("#")[1] + page.page.url.partition("#")[2], wait=False)
    again.wait_until_drawn()
    assert fills(again) == [above, below]


def test_another_day_shows_the_layers_that_were_in_force(open_page):
    page = open_page("#map=15/28.24/113.08&layers=parcels", wait=False)
    page.wait_until_drawn()
    assert len(page.rendered("parcels")) > 0
    panel = tool(page, "查看其他日期的地图")
    panel.get_by_label("日期", exact=True).fill("2020-01-01")
    panel.get_by_label("日期", exact=True).press("Tab")
    page.until(lambda: page.rendered("parcels") == [], "the parcels to be gone")
    page.until(lambda: "as-of=2020-01-01" in page.page.url, "the day in the address")
    panel.get_by_role("button", name="今天").click()
    page.until(lambda: page.rendered("parcels"), "the parcels of today")
    assert page.errors == []


def test_two_sets_of_layers_are_compared_by_a_divider_that_the_keyboard_moves(open_page):
    page = open_page(
        "#map=14/28.24/113.08&layers=parcels&compare=2025-01-01&compare-layers=parcels,city_plan", wait=False
    )
    compared = """(layer) => {
        const map = window.duogui.compared;
        return map?.getLayer(layer) && map.areTilesLoaded() ? map.queryRenderedFeatures({ layers: [layer] }).length : -1;
    }"""
    page.until(lambda: page.evaluate(compared, "city_plan:fill") > 0, "the plan on the right")
    page.until(lambda: page.evaluate(compared, "parcels:fill") == 0, "no parcel on the right, of a day without any")
    page.wait_until_drawn()
    assert len(page.rendered("parcels")) > 0
    divider = page.page.get_by_role("slider", name="左右两侧的分界线")
    expect(divider).to_have_attribute("aria-valuenow", "50")
    divider.press("ArrowRight")
    expect(divider).to_have_attribute("aria-valuenow", "52")
    page.jump_to(113.07, 28.23, 15, wait=False)
    centre = "(name) => window.duogui[name].getCenter().toArray()"
    assert page.evaluate(centre, "compared") == pytest.approx(page.evaluate(centre, "map"))
    assert page.errors == []


def test_a_point_tells_no_data_from_nothing_there(open_page, api):
    layers = "ecological_redline,permanent_basic_farmland,urban_development_boundary"
    page = open_page(f"#map=13/28.24/113.08&layers={layers}", wait=False)
    page.wait_until_drawn()
    page.click_at(*HERE)
    near = page.page.locator("[data-without]")
    assert near.count() >= 1
    page.until(lambda: page.page.locator("[data-state=loading]").count() == 0, "the coverages")
    expect(page.page.locator("[data-point]")).to_contain_text("113.08")
    page.jump_to(114.5, 29.5, 13, wait=False)
    page.click_at(114.5, 29.5)
    for layer in layers.split(","):
        expected = api.get(f"/layers/{layer}/coverage")["geometry"] is not None
        row = page.page.locator(f'[data-without="{layer}"]')
        expect(row).to_contain_text("此处无数据" if expected else "未说明数据覆盖范围")
    assert page.page.locator("[data-state=unknown]").count() >= 1


def test_coordinates_of_a_zone_and_names_lead_to_their_place(open_page):
    page = open_page("#layers=city_plan", wait=False)
    box = page.page.get_by_role("searchbox")
    box.fill("409706.210, 3125381.910")
    page.page.get_by_label("坐标的坐标系").select_option("EPSG:4547")
    expect(page.page.locator("search")).to_contain_text("113.080000, 28.240000")
    box.fill("二类居住用地")
    box.press("Enter")
    found = page.page.locator('[data-found="city_plan"]')
    expect(found.first).to_contain_text("二类居住用地")
    box.fill("EPSG 没有的地方")
    box.press("Enter")
    expect(page.page.locator("search")).to_contain_text("没有找到“EPSG 没有的地方”。")


def test_length_and_area_are_those_of_the_ellipsoid(open_page):
    page = open_page("#map=15/28.24/113.08&layers=", wait=False)
    panel = tool(page, "量测")
    ring = [(113.078, 28.243), (113.084, 28.243), (113.084, 28.237)]
    for longitude, latitude in ring:
        page.click_at(longitude, latitude)
    area, perimeter = Geod(a=6378137, rf=298.257222101).polygon_area_perimeter(*zip(*ring, strict=True))

    def shown(name):
        return float(re.sub(r"[^\d.]", "", panel.locator(f"[data-measured={name}]").inner_text().split(" ")[0]))

    page.until(lambda: panel.locator("[data-measured=area]").count(), "the area")
    # A click hits a pixel, of 4 m here.
    assert shown("perimeter") == pytest.approx(perimeter, abs=12)
    assert shown("area") == pytest.approx(abs(area), rel=0.02)
    expect(page.detail).to_have_count(0)


@pytest.fixture(scope="module")
def served_over_a_base_map(
    sample_url: str, unlisted_site: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Serve the sample zone over pictures of another site, each of one colour."""
    settings = {"base_map_url": f"{unlisted_site}/{{z}}/{{x}}/{{y}}.png", "base_map_attribution": "Orange pictures"}
    with serve(sample_url, tmp_path_factory.mktemp("base-map"), **settings) as (base_url, _engine):
        yield base_url


@pytest.mark.parametrize(
    ("button", "name", "magic"),
    [("PNG 图片", "duogui-map.png", b"\x89PNG"), ("PDF（A4）", "duogui-map.pdf", b"%PDF-1.4")],
)
def test_the_view_becomes_a_sheet_with_its_base_map(
    open_at, served_over_a_base_map, unlisted_site, button, name, magic, tmp_path: Path
):
    page = open_at(served_over_a_base_map, "#map=14/28.24/113.08&layers=parcels,ecological_redline", wait=False)
    expect(page.page.get_by_text("Orange pictures")).to_be_visible()
    page.wait_until_drawn()
    pictures = [request for request in page.requests if request.url.startswith(unlisted_site)]
    assert pictures
    assert {request.resource_type for request in pictures} == {"image"}, "the policy admits pictures, and no fetch"
    panel = tool(page, "导出或打印当前视图")
    panel.get_by_label("图名").fill("示例区现状")
    with page.page.expect_download() as download:
        panel.get_by_role("button", name=button).click()
    assert download.value.suggested_filename == name
    download.value.save_as(tmp_path / name)
    content = (tmp_path / name).read_bytes()
    assert content.startswith(magic)
    assert len(content) > 50_000
    if name.endswith("png"):
        with MemoryFile(content) as file, pytest.warns(NotGeoreferencedWarning), file.open() as picture:
            is_orange = (picture.read()[:3] == np.reshape(ORANGE, (3, 1, 1))).all(axis=0)
        assert is_orange.mean() > 0.01, "the pictures of the base map are drawn on the sheet"
    assert page.errors == []
