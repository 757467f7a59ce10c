"""The documents of the API as pages: linked, escaped, without scripts."""

import re

import pytest
from fastapi.testclient import TestClient

PAGES = [
    "/",
    "/conformance",
    "/collections",
    "/collections/parcels",
    "/collections/parcels/items",
    "/collections/parcels/items/p1",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_browser_gets_a_page_and_a_program_gets_json(client: TestClient, path: str):
    browser = client.get(path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
    assert browser.status_code == 200
    assert browser.headers["content-type"].startswith("text/html")
    assert "<script" not in browser.text
    assert "default-src 'none'" in browser.headers["content-security-policy"]
    for accept in ("*/*", "application/json", "application/geo+json,*/*", ""):
        assert "json" in client.get(path, headers={"Accept": accept}).headers["content-type"]


@pytest.mark.parametrize("path", PAGES)
def test_every_link_of_a_page_leads_somewhere(client: TestClient, path: str):
    text = client.get(path, params={"f": "html"}).text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"', text)]
    assert len(links) > 3
    for link in links:
        if "opengis.net" in link or "/map" in link or "{" in link or "export" in link:
            continue
        target = path + link if link.startswith("?") else link
        assert client.get(target).status_code == 200, link


def test_pages_of_items_lead_through_all_of_them(client: TestClient):
    seen, path = [], "/collections/parcels/items?f=html&limit=10"
    while path:
        text = client.get(path).text
        seen += re.findall(r'/items/(p\d+)\?f=html"', text)
        following = re.findall(r'<td>next</td><td><a href="([^"]+)"', text)
        path = following[0].replace("&amp;", "&") if following else ""
    assert len(seen) == len(set(seen)) == 25


def test_what_a_feature_says_is_text_and_never_markup(client: TestClient):
    text = client.get("/collections/parcels/items", params={"f": "html", "q": "<b>x</b>"}).text
    assert "<b>x" not in text
    assert "q=%3Cb%3Ex" in text
