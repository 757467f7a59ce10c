"""Sign-in: nothing can be changed without it, and no script of the page ever holds the key."""

import re
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from app.db.engine import make_engine
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key, revoke_key
from app.keys.sessions import make_link

STORED = "[JSON.stringify(localStorage), JSON.stringify(sessionStorage), document.cookie].join()"


@pytest.fixture(scope="module")
def key(sample_url: str) -> Iterator[tuple[str, str]]:
    """Return the name of a key that may write, and the key."""
    engine = make_engine(sample_url)
    name = f"规划科 {uuid4().hex[:8]}"
    with write_session(engine, actor="tests") as session:
        plaintext = create_key(session, name, Scope.WRITE)
    yield name, plaintext
    with write_session(engine, actor="tests") as session:
        revoke_key(session, name)
    engine.dispose()


def test_without_signing_in_the_page_says_that_it_changes_nothing(open_page):
    page = open_page(wait=False)
    expect(page.page.locator("[data-read-only]")).to_contain_text("只读：可以查看和检查，不能修改。")


def test_a_key_signs_in_and_is_kept_nowhere_in_the_page(open_page, key):
    name, plaintext = key
    page = open_page("#tab=findings", wait=False)
    page.page.locator("[data-read-only]").get_by_role("button", name="登录").click()
    dialog = page.page.get_by_role("dialog")
    dialog.get_by_label("密钥").fill("duogui_" + "A" * 43)
    dialog.get_by_label("密钥").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("was revoked")
    dialog.get_by_label("密钥").fill(plaintext)
    # The page is loaded again for another caller. One that is left at that moment keeps Chromium from ending its profile.
    with page.page.expect_navigation():
        dialog.get_by_role("button", name="登录").click()
    expect(page.page.locator("[data-holder]")).to_have_text(name)
    expect(page.page.locator("[data-read-only]")).to_have_count(0)
    expect(page.tab("findings")).to_have_attribute("aria-selected", "true")
    stored = page.evaluate(STORED)
    assert plaintext not in stored
    assert "duogui_session" not in stored
    (cookie,) = page.page.context.cookies()
    assert (cookie["name"], cookie["httpOnly"], cookie["sameSite"]) == ("duogui_session", True, "Strict")
    page.page.locator("[data-holder]").click()
    with page.page.expect_navigation():
        page.page.get_by_role("dialog").get_by_role("button", name="退出登录").click()
    expect(page.page.locator("[data-read-only]")).to_have_count(1)


def test_a_link_signs_in_once_and_leaves_the_address(open_page, sample_url, key):
    engine = make_engine(sample_url)
    with write_session(engine, actor="tests") as session:
        secret = make_link(session, key[0])
    engine.dispose()
    page = open_page(f"#sign-in={secret}", wait=False)
    expect(page.page.locator("[data-holder]")).to_have_text(key[0])
    assert secret not in page.page.url
    page.wait_until_drawn()
    assert page.errors == []
    assert len(page.rendered("parcels")) > 0

    again = open_page(f"#sign-in={secret}", wait=False)
    expect(again.page.locator("[data-notice=session]")).to_contain_text("登录链接未能生效")
    expect(again.page.locator("[data-read-only]")).to_have_count(1)


def test_a_service_that_asks_for_a_key_offers_to_sign_in(open_page, fail_with):
    refuse = fail_with(401, "Key required", "Reading needs a key.")
    page = open_page(prepare=lambda page: page.page.route(re.compile(r"/collections"), refuse), wait=False)
    notice = page.page.locator('[data-notice="collections"]')
    expect(notice).to_contain_text("此操作需要登录。")
    notice.get_by_role("button", name="登录").click()
    expect(page.page.get_by_role("dialog").get_by_label("密钥")).to_be_visible()
