"""Nothing fails silently: every failed request is shown in words where its result would have stood."""

import re

import pytest
from playwright.sync_api import Route, expect

OUTAGE = (503, "Database unavailable", "The database does not answer.")


def test_a_failing_list_of_layers_is_told_in_the_services_words_and_can_be_tried_again(open_page, fail_with):
    route = re.compile(r"/collections$")
    page = open_page(prepare=lambda page: page.page.route(route, fail_with(*OUTAGE)))
    notice = page.page.locator('[data-notice="collections"]')
    for words in ("无法读取图层列表", "Database unavailable", "The database does not answer.", "HTTP 503"):
        expect(notice).to_contain_text(words)
    page.page.unroute(route)
    notice.get_by_role("button", name="重试").click()
    expect(notice).to_have_count(0)
    page.wait_until_drawn()
    assert len(page.rendered("parcels")) > 0


def test_failed_tiles_are_told_and_drawn_when_tried_again(open_page, fail_with):
    route = re.compile(r"/collections/parcels/tiles/WebMercatorQuad/\d+/")
    page = open_page(prepare=lambda page: page.page.route(route, fail_with(*OUTAGE)))
    notice = page.page.locator('[data-notice="tiles:parcels"]')
    expect(notice).to_contain_text("The database does not answer.")
    expect(page.row("parcels").locator(".warning")).to_have_attribute("title", re.compile(r"瓦片载入失败"))
    assert page.rendered("parcels") == []
    assert len(page.rendered("findings")) > 0
    page.page.unroute(route)
    notice.get_by_role("button", name="重试").click()
    page.until(lambda: page.rendered("parcels"), "the tiles that had failed")
    page.wait_until_drawn()
    expect(notice).to_have_count(0)


def test_a_tile_that_is_not_found_is_a_failure_too(open_page, fail_with):
    route = re.compile(r"/collections/findings/tiles/WebMercatorQuad/\d+/")
    page = open_page(
        prepare=lambda page: page.page.route(route, fail_with(404, "Not found", "There is no such layer."))
    )
    expect(page.page.locator('[data-notice="tiles:findings"]')).to_contain_text("There is no such layer.")


def test_failed_tiles_are_forgotten_when_they_leave_the_view(open_page, fail_with):
    page = open_page("#map=14/28.24/113.08")
    route = re.compile(r"/collections/parcels/tiles/WebMercatorQuad/16/")
    page.page.route(route, fail_with(*OUTAGE))
    page.jump_to(113.08, 28.24, 16, wait=False)
    notice = page.page.locator('[data-notice="tiles:parcels"]')
    expect(notice).to_have_count(1)
    page.jump_to(113.08, 28.24, 14)
    expect(notice).to_have_count(0)


def test_a_layer_without_its_legend_is_not_drawn_and_says_so(open_page, fail_with):
    route = re.compile(r"/collections/city_plan/legend$")
    page = open_page(prepare=lambda page: page.page.route(route, fail_with(*OUTAGE)))
    page.toggle("city_plan")
    notice = page.page.locator('[data-notice="layer:city_plan"]')
    expect(notice).to_contain_text("The database does not answer.")
    assert page.rendered("city_plan") == []
    page.page.unroute(route)
    notice.get_by_role("button", name="重试").click()
    page.until(lambda: page.rendered("city_plan"), "the layer")
    expect(notice).to_have_count(0)


@pytest.mark.parametrize("away", ["for a moment", "until the list has failed"])
def test_a_lost_connection_is_told_and_the_service_asked_again_until_it_answers(open_page, away):
    route = re.compile(r"/collections/findings/items\?")
    asked: list[Route] = []
    is_back = False

    def drop(route: Route) -> None:
        asked.append(route)
        if is_back:
            route.continue_()
        else:
            route.abort()

    page = open_page(wait=False)
    expect(page.page.locator("[data-layers=ready]")).to_have_count(1)
    page.page.route(route, drop)
    page.open_tab("findings")
    lost = page.page.locator("p.lost")
    expect(lost).to_be_visible()
    if away == "until the list has failed":
        expect(page.page.locator("#panel-findings").get_by_role("alert")).to_contain_text("服务没有应答。")
    is_back, dropped = True, len(asked)
    expect(page.page.locator("#panel-findings button[data-finding]").first).to_be_visible()
    expect(lost).to_have_count(0)
    assert len(asked) > dropped >= 1


def test_a_failing_list_keeps_its_place(open_page, fail_with):
    route = re.compile(r"/collections/findings/items\?")
    page = open_page(prepare=lambda page: page.page.route(route, fail_with(*OUTAGE)))
    page.open_tab("findings")
    panel = page.page.locator("#panel-findings")
    expect(panel.get_by_role("alert")).to_contain_text("The database does not answer.")
    page.page.unroute(route)
    panel.get_by_role("button", name="重试").click()
    page.until(lambda: panel.locator("button[data-finding]").count(), "the list")
    expect(panel.get_by_role("alert")).to_have_count(0)


def test_a_parcel_that_does_not_exist_is_a_problem_not_an_empty_panel(open_page):
    page = open_page("#parcel=parcels/no-such-parcel")
    alert = page.page.locator("aside[aria-labelledby=detail-heading]").get_by_role("alert").first
    expect(alert).to_contain_text("无法读取宗地")
    expect(alert).to_contain_text("HTTP 404")


def test_failing_findings_of_a_parcel_do_not_read_as_none(open_page, api, fail_with):
    finding = api.items("findings", "limit=1")[0]["properties"]
    route = re.compile(r"/collections/findings/items\?")
    page = open_page(
        f"#parcel={finding['target_layer']}/{finding['target_id']}",
        prepare=lambda page: page.page.route(route, fail_with(*OUTAGE)),
    )
    section = page.page.locator("section[aria-labelledby=findings-heading]")
    expect(section.get_by_role("alert")).to_contain_text("The database does not answer.")
    expect(section).not_to_contain_text("没有记录检查结果")


def test_a_service_that_does_not_answer_is_named_as_such(open_page):
    route = re.compile(r"/collections$")
    page = open_page(prepare=lambda page: page.page.route(route, lambda route: route.abort()))
    expect(page.page.locator('[data-notice="collections"]')).to_contain_text("服务没有应答。")
