"""The lists of findings and idle land: all of them, page by page, filtered, each shown on the map."""

import pytest
from playwright.sync_api import expect
from shapely.geometry import box, shape


def within(view: tuple[float, float, float, float], geometry: dict) -> bool:
    return box(*view).contains(shape(geometry))


def test_each_finding_in_the_list_shows_itself_on_the_map(open_page, api):
    findings = {str(feature["id"]): feature for feature in api.items("findings")}
    page = open_page("#tab=findings")
    items = page.page.locator("#panel-findings button[data-finding]")
    page.until(lambda: items.count() > 0, "the list of findings")
    shown = [item.get_attribute("data-finding") for item in items.all()]
    assert len(shown) == min(50, len(findings))
    for finding_id in shown[::3]:
        page.page.locator(f'#panel-findings button[data-finding="{finding_id}"]').click()
        feature = findings[finding_id]
        page.until(
            lambda feature=feature: within(page.view(), feature["geometry"]), f"the finding {finding_id} in view"
        )
        expect(page.detail).to_have_attribute("data-parcel", str(feature["properties"]["target_id"]))
        expect(page.detail.locator(".chosen")).to_have_attribute("data-finding", finding_id)
    page.wait_until_drawn()
    assert shown[::3][-1] in page.rendered_ids("findings")
    assert page.errors == []


def test_the_list_is_read_to_its_end_without_loss_or_repetition(open_page, api):
    total = len(api.items("findings"))
    assert total > 50, "the sample has more findings than a page of the list"
    page = open_page("#tab=findings", wait=False)
    items = page.page.locator("#panel-findings button[data-finding]")
    more = page.page.get_by_role("button", name="继续载入")
    expect(more).to_be_visible()
    while more.count():
        before = items.count()
        more.click()
        page.until(lambda before=before: items.count() > before, "the next page of the list")
        page.until(lambda: not page.page.locator(".progress.active").count(), "the end of loading")
    ids = page.evaluate(
        "() => [...document.querySelectorAll('#panel-findings button[data-finding]')].map((e) => e.dataset.finding)"
    )
    assert len(ids) == len(set(ids)) == total


@pytest.mark.parametrize("verdict", ["DENY", "WARN"])
def test_findings_are_filtered_by_verdict(open_page, api, verdict):
    expected = api.items("findings", f"limit=10000&verdict={verdict}")
    page = open_page("#tab=findings", wait=False)
    page.page.locator('[data-filter="verdict"]').select_option(verdict)
    items = page.page.locator("#panel-findings button[data-finding]")
    expect(items).to_have_count(min(50, len(expected)))
    badges = page.page.locator("#panel-findings [data-verdict]")
    assert {badge.get_attribute("data-verdict") for badge in badges.all()} == ({verdict} if expected else set())


def test_findings_are_filtered_by_control_layer(open_page, api):
    expected = {str(feature["id"]) for feature in api.items("findings", "limit=50&control_layer=ecological_redline")}
    assert expected
    page = open_page("#tab=findings", wait=False)
    page.page.locator('[data-filter="control_layer"]').select_option("ecological_redline")
    items = page.page.locator("#panel-findings button[data-finding]")
    expect(items).to_have_count(len(expected))
    assert {item.get_attribute("data-finding") for item in items.all()} == expected


def test_each_idle_case_shows_its_parcel(open_page, api):
    cases = {str(feature["id"]): feature for feature in api.items("idle_cases", "limit=50")}
    page = open_page("#tab=idle")
    items = page.page.locator("#panel-idle button[data-idle-case]")
    expect(items).to_have_count(len(cases))
    assert {item.get_attribute("data-idle-case") for item in items.all()} == set(cases)
    placed = [name for name, case in cases.items() if case["geometry"]]
    for case_id in placed[::6]:
        page.page.locator(f'#panel-idle button[data-idle-case="{case_id}"]').click()
        target_id = str(cases[case_id]["properties"]["target_id"])
        expect(page.detail).to_have_attribute("data-parcel", target_id)
        expect(page.detail.locator(f'[data-idle-case="{case_id}"]')).to_be_visible()
        page.until(lambda c=case_id: within(page.view(), cases[c]["geometry"]), "the parcel in view")


def test_an_idle_case_whose_parcel_is_not_known_is_shown_all_the_same(open_page, api):
    case = api.items("idle_cases", "limit=1&parcel_match=none")[0]
    assert case["geometry"] is None
    page = open_page("#tab=idle", wait=False)
    page.page.locator(f'#panel-idle button[data-idle-case="{case["id"]}"]').click()
    panel = page.page.locator("aside[aria-labelledby=detail-heading]")
    expect(panel.locator("h2")).to_have_text(case["properties"]["parcel_code"])
    expect(panel).to_contain_text("宗地图层中没有合同所列编号的宗地。")
    expect(panel).to_contain_text(case["properties"]["reason_zh"])


def test_idle_cases_are_filtered_by_kind(open_page, api):
    expected = api.items("idle_cases", "limit=50&kind=late_start")
    assert expected
    page = open_page("#tab=idle", wait=False)
    page.page.locator('[data-filter="kind"]').select_option("late_start")
    expect(page.page.locator("#panel-idle button[data-idle-case]")).to_have_count(len(expected))
    kinds = page.page.locator("#panel-idle [data-idle-kind]")
    assert {kind.get_attribute("data-idle-kind") for kind in kinds.all()} == {"late_start"}


def test_the_arrow_keys_move_between_the_tabs(open_page):
    page = open_page(wait=False)
    page.tab("layers").focus()
    page.page.keyboard.press("ArrowRight")
    expect(page.tab("findings")).to_be_focused()
    expect(page.page.locator("#panel-findings")).to_be_visible()
    page.page.keyboard.press("ArrowLeft")
    page.page.keyboard.press("ArrowLeft")
    expect(page.tab("idle")).to_be_focused()
