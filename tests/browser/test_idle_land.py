"""Idle land on the map page: the register beside the map, a case from the clue to a letter, refusals with the article."""

import re

from playwright.sync_api import expect
from shapely.geometry import shape

from app.demo import sample_folder


def rows(page):
    return page.page.locator("[data-contract]")


def test_without_signing_in_the_register_says_what_it_needs(open_page):
    page = open_page("#view=idle", wait=False)
    expect(page.page.get_by_role("alert").filter(has_text="无法读取台账")).to_be_visible()


def test_the_register_lists_what_the_scan_flags_and_its_filters_stand_in_the_address(open_workbench, api):
    flagged = api.items("idle_cases")
    page = open_workbench("#view=idle")
    expect(page.page.get_by_text(f"{len(flagged)} 宗", exact=True)).to_be_visible()
    assert rows(page).count() < len(flagged), "only the rows in view are in the document"
    page.page.locator("select[data-filter=kind]").select_option("late_start")
    late = [case for case in flagged if case["properties"]["kind"] == "late_start"]
    expect(rows(page)).to_have_count(len(late))
    page.until(lambda: "kind=late_start" in page.page.url, "the filter in the address")
    page.page.reload()
    expect(rows(page)).to_have_count(len(late))
    assert page.serious_violations() == []
    assert page.errors == []


def test_a_click_on_the_map_opens_the_contract_and_marks_its_land(open_workbench, api):
    case = next(case for case in api.items("idle_cases", "limit=50&kind=idle_suspended") if case["geometry"])
    point = shape(case["geometry"]).representative_point()
    page = open_workbench("#view=idle")
    expect(rows(page).first).to_be_visible()
    page.jump_to(point.x, point.y, 17)
    page.click_at(point.x, point.y)
    contract = case["properties"]["contract_no"]
    expect(page.page.get_by_role("heading", name=contract)).to_be_visible()
    page.wait_until_drawn()
    marked = "map.queryRenderedFeatures({ layers: ['overlay:idle:chosen'] }).map((f) => f.properties.contract_no)"
    page.until(
        lambda: page.evaluate(f"() => {{ const {{ map }} = window.duogui; return {marked}; }}"), "the land marked"
    )
    assert set(page.evaluate(f"() => {{ const {{ map }} = window.duogui; return {marked}; }}")) == {contract}
    pictures = page.page.locator("img[data-scene]")
    pictures.first.scroll_into_view_if_needed()
    page.until(lambda: all(pictures.evaluate_all("all => all.map((one) => one.naturalWidth)")), "the scenes")
    assert pictures.count() == 2
    assert page.errors == []


def test_the_ledger_is_downloaded_and_the_recovery_plan_says_why_a_case_is_left_out(open_workbench, api):
    page = open_workbench("#view=idle", wait=False)
    for button, name in (("台账 XLSX", "idle-ledger.xlsx"), ("台账 CSV", "idle-ledger.csv")):
        with page.page.expect_download() as started:
            page.page.get_by_role("button", name=button).click()
        assert started.value.suggested_filename == name
    page.page.get_by_role("button", name="表格导入").click()
    expect(page.page.locator("[data-table=contracts]")).to_contain_text("出让合同.csv")
    page.page.set_input_files("input[type=file]", sample_folder() / "出让合同.csv")
    page.page.get_by_role("button", name="导入", exact=True).click()
    expect(page.page.locator("[data-table-report]")).to_contain_text("该文件已是现行表格，未作改动。")
    assert page.serious_violations() == []
    page.page.get_by_role("button", name="收回计划").click()
    page.page.get_by_label("用途代码").fill("0601")
    page.page.get_by_label("面积（平方米）").fill("20000")
    page.page.locator("[data-plan]").click()
    expect(page.page.get_by_text("可满足")).to_be_visible()
    assert page.errors == []


def test_a_case_goes_from_the_clue_to_a_letter_and_a_refusal_names_the_article(open_workbench, api):
    case = api.items("idle_cases", "limit=1&kind=idle_not_started")[0]
    page = open_workbench(f"#view=idle&contract={case['properties']['contract_no']}", wait=False)
    for mark in ("agreed_start", "amber", "red"):
        expect(page.page.locator(f"circle[data-mark={mark}]")).to_have_count(1)
    expect(page.page.locator("[data-day=amber]")).to_contain_text("待核实")
    expect(page.page.locator("[data-day=red]")).to_contain_text("第二条第一款")
    page.page.get_by_role("button", name="立案").click()
    expect(page.page.locator("[data-stage]")).to_have_text("线索")

    page.page.get_by_role("button", name="发出调查通知书").click()
    form = page.page.get_by_role("form", name="发出调查通知书")
    form.get_by_label("文号").fill("调查〔2026〕1号")
    page.page.reload()
    page.page.get_by_role("button", name="发出调查通知书").click()
    expect(form.get_by_label("文号")).to_have_value("调查〔2026〕1号")
    form.get_by_role("button", name="办理").click()
    expect(page.page.locator("[data-stage]")).to_have_text("调查")
    expect(page.page.locator("[data-made=notify_survey]")).to_contain_text("调查〔2026〕1号")

    page.page.get_by_role("button", name="认定闲置土地").click()
    form = page.page.get_by_role("form", name="认定闲置土地")
    form.get_by_role("button", name="办理").click()
    expect(form.get_by_role("alert").first).to_have_text("请填写")
    form.get_by_label("闲置类型").select_option("idle_not_started")
    form.get_by_label("闲置原因").select_option("E")
    form.get_by_label("认定的事实与依据").fill("现场未动工")
    form.get_by_role("button", name="办理").click()
    expect(form.locator("[data-refused]")).to_contain_text(re.compile("第[一二三四五六七八九十]+条"))
    expect(page.page.locator("[data-stage]")).to_have_text("调查")

    page.page.get_by_label("出具机关").fill("某县自然资源局")
    page.page.locator("[data-issue=survey_notice]").click()
    with page.page.expect_download() as started:
        page.page.locator("[data-letter=survey_notice]").click()
    assert started.value.suggested_filename.endswith(".pdf")
    assert page.serious_violations() == []
    # The refusal is an answer of 409, which the browser notes by itself.
    assert [error for error in page.errors if "409" not in error] == []
