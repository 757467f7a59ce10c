"""Chinese and English: chosen by the browser, changed by the reader, remembered."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize(("locale", "title", "tag"), [("zh-CN", "多规", "zh-CN"), ("en-US", "Duogui", "en-GB")])
def test_the_language_is_the_one_of_the_browser(open_page, locale, title, tag):
    page = open_page(locale=locale, wait=False)
    expect(page.page.locator("h1 .name")).to_have_text(title)
    assert page.evaluate("document.documentElement.lang") == tag


def test_the_reader_changes_the_language_and_the_page_remembers_it(open_page, api):
    page = open_page()
    title = api.collections()["ecological_redline"]["duogui"]
    expect(page.row("ecological_redline")).to_contain_text(title["title_zh"])
    page.page.get_by_role("button", name="English").click()
    expect(page.row("ecological_redline")).to_contain_text(title["title_en"])
    expect(page.tab("findings")).to_contain_text("Findings")
    assert page.evaluate("document.documentElement.lang") == "en-GB"
    page.page.reload()
    page.wait_until_drawn()
    expect(page.row("ecological_redline")).to_contain_text(title["title_en"])
    page.page.get_by_role("button", name="中文").click()
    expect(page.row("ecological_redline")).to_contain_text(title["title_zh"])
    assert page.errors == []


def test_a_finding_leads_with_the_language_in_use_and_keeps_the_other(open_page, api):
    finding = next(f for f in api.items("findings") if f["properties"]["text_zh"] and f["properties"]["text_en"])
    properties = finding["properties"]
    for locale, first, second in (("zh-CN", "text_zh", "text_en"), ("en-US", "text_en", "text_zh")):
        page = open_page(f"#parcel={properties['target_layer']}/{properties['target_id']}", locale=locale)
        paragraphs = page.detail.locator(f'[data-finding="{finding["id"]}"] > p')
        expect(paragraphs.nth(0)).to_have_text(" ".join(properties[first].split()))
        expect(paragraphs.nth(1)).to_have_text(" ".join(properties[second].split()))
