"""A front end on another origin may call the API where the settings list it, and only there."""

import pytest
from playwright.sync_api import Browser, Page

from .conftest import leave

CALL = """async ([url, headers]) => {
    try {
        const answer = await fetch(url, { headers });
        const names = ['x-request-id', 'content-length', 'server'].filter((name) => answer.headers.has(name));
        return { status: answer.status, body: await answer.json(), headers: names };
    } catch (error) {
        return { error: error.name };
    }
}"""


@pytest.fixture
def page(chromium: Browser):
    context = chromium.new_context()
    yield context.new_page()
    leave(context)


def call(page: Page, site: str, url: str, headers: dict[str, str] | None = None) -> dict:
    page.goto(site)
    assert page.evaluate("location.origin") == site
    return page.evaluate(CALL, [url, headers or {}])


def test_a_listed_site_reads_the_api(page, listed_site, served_sample):
    answer = call(page, listed_site, f"{served_sample}/collections/parcels/items?limit=3")
    assert answer["status"] == 200
    assert len(answer["body"]["features"]) == 3
    assert "x-request-id" in answer["headers"]


def test_a_listed_site_may_send_a_key_and_reads_the_refusal(page, listed_site, served_sample):
    # A header of one's own makes the browser ask first (preflight).
    answer = call(page, listed_site, f"{served_sample}/collections", {"Authorization": "Bearer no-such-key"})
    assert answer["status"] == 401
    assert answer["body"]["status"] == 401


def test_an_unlisted_site_is_refused_by_the_browser(page, unlisted_site, served_sample):
    for headers in ({}, {"Authorization": "Bearer no-such-key"}):
        assert call(page, unlisted_site, f"{served_sample}/collections", headers) == {"error": "TypeError"}


def test_no_site_may_show_the_map_page_in_a_frame(page, listed_site, served_sample):
    page.goto(listed_site)
    page.evaluate(
        """(url) => new Promise((resolve) => {
            const frame = document.createElement('iframe');
            frame.addEventListener('load', resolve);
            frame.src = url;
            document.body.append(frame);
        })""",
        f"{served_sample}/map",
    )
    assert len(page.frames) == 2
    assert page.frames[1].locator("#app").count() == 0
