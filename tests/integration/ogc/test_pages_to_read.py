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
def test_what_has_the_weight_0_is_never_sent(client: TestClient, path: str):
    json = "application/geo+json" if "items" in path else "application/json"
    sent = {
        f"{json};q=0, */*": "text/html",
        f"{json};q=0.4, text/html;q=0.5": "text/html",
        f"text/html;q=0.4, {json};q=0.5": json,
        "text/html;q=0, */*;q=0.1": json,
        "text/html;Q=0.0 , application/*": json,
        # Who reads one kind of JSON reads another.
        "application/problem+json, text/html;q=0": json,
    }
    for accept, media_type in sent.items():
        answer = client.get(path, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, media_type), accept
    for accept in (f"{json};q=0", "*/*;q=0", f"{json};q=0, text/html;q=0, */*", "application/*;q=0, text/html;q=0.000"):
        refused = client.get(path, headers={"Accept": accept})
        assert (refused.status_code, refused.json()["type"]) == (406, "urn:duogui:problem:not-acceptable"), accept
        assert f"offered are {json}, text/html" in refused.json()["detail"]
        # What `f` names was asked for in so many words.
        assert client.get(path, params={"f": "json"}, headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize(
    "path", ["/collections/parcels/queryables", "/processes", "/tileMatrixSets", "/collections/parcels/tiles"]
)
def test_where_there_is_json_alone_the_weight_0_leaves_nothing(client: TestClient, path: str):
    json = client.get(path).headers["content-type"].split(";")[0]
    for accept in (f"{json};q=0", "*/*;q=0", f"{json};q=0, text/html"):
        assert client.get(path, headers={"Accept": accept}).status_code == 406
    assert client.get(path, headers={"Accept": f"*/*;q=0, {json};q=0.001"}).status_code == 200


def test_a_file_is_sent_to_who_takes_nothing_else(client: TestClient):
    answer = client.get("/collections/parcels/items", params={"f": "csv"}, headers={"Accept": "text/csv"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (200, "text/csv")


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
