"""Sign-in of a browser: a session is whose key it began with, ends in time, and serves no other site's page."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import Engine, text

from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key, revoke_key
from app.keys.sessions import make_link
from app.main import create_app
from app.settings import Settings

LOCAL = "http://127.0.0.1:8000"
FROM_PAGE = {"X-Duogui-Page": "1", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def key(fresh_engine: Engine) -> str:
    with write_session(fresh_engine, actor="local:chief") as session:
        return create_key(session, "规划科", Scope.WRITE, "自然资源局")


@pytest.fixture
def browser(fresh_engine: Engine, tmp_path: Path) -> Iterator[TestClient]:
    """Return what keeps cookies and comes from this machine."""
    settings = Settings(data_dir=tmp_path, pool_size=4)
    with TestClient(create_app(settings, fresh_engine), base_url=LOCAL) as client:
        yield client


def sign_in(browser: TestClient, **presented: str) -> Response:
    return browser.post("/session", json=presented, headers=FROM_PAGE)


def link(engine: Engine, **options: timedelta) -> str:
    with write_session(engine, actor="local:chief") as session:
        return make_link(session, "规划科", **options)


def start_scan(browser: TestClient, **headers: str) -> int:
    return browser.post("/idle-scans", json={}, headers=headers).status_code


def test_without_signing_in_a_local_caller_may_check_and_change_nothing(browser: TestClient, key: str) -> None:
    answer = browser.get("/session")
    assert answer.json() == {"holder": None, "office": None, "scope": "check", "expires_at": None}
    assert answer.headers["cache-control"] == "no-store"
    assert start_scan(browser, **FROM_PAGE) == 401


def test_a_key_signs_in_and_the_cookie_is_out_of_reach_of_scripts_and_other_sites(
    browser: TestClient, key: str
) -> None:
    answer = sign_in(browser, key=key)
    assert answer.status_code == 201
    assert (answer.json()["holder"], answer.json()["office"], answer.json()["scope"]) == (
        "规划科",
        "自然资源局",
        "write",
    )
    attributes = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes
    assert "secure" not in attributes, "a browser would not send it back to http://127.0.0.1"
    assert key not in answer.headers["set-cookie"]
    assert browser.get("/session").json()["holder"] == "规划科"
    assert start_scan(browser, **FROM_PAGE) == 201


def test_over_https_the_cookie_stays_on_https(fresh_engine: Engine, tmp_path: Path, key: str) -> None:
    settings = Settings.model_validate(
        {"data_dir": tmp_path, "pool_size": 4, "host": "192.0.2.1", "public_url": "https://gis.example.cn"}
    )
    with TestClient(create_app(settings, fresh_engine), base_url="http://gis.example.cn") as client:
        assert client.get("/session").json()["scope"] is None
        assert "Secure" in sign_in(client, key=key).headers["set-cookie"]


def test_what_is_stored_of_a_session_and_a_link_opens_nothing(
    browser: TestClient, fresh_engine: Engine, key: str
) -> None:
    secret = link(fresh_engine)
    sign_in(browser, key=key)
    cookie = browser.cookies["duogui_session"]
    with fresh_engine.connect() as connection:
        rows = connection.execute(
            text(
                "select (select json_agg(s) from page_session s)::text || (select json_agg(l) from sign_in_link l)::text"
            )
        ).scalar_one()
    assert len(rows) > 200
    assert cookie not in rows
    assert secret not in rows


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Duogui-Page": "0"},
        {"X-Duogui-Page": "1", "Sec-Fetch-Site": "cross-site"},
        {"X-Duogui-Page": "1", "Sec-Fetch-Site": "same-site"},
        {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_a_change_that_another_sites_page_sends_with_the_cookie_is_refused(
    browser: TestClient, key: str, headers: dict[str, str]
) -> None:
    sign_in(browser, key=key)
    answer = browser.post("/idle-scans", json={}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:duogui:problem:request-not-from-page"
    assert browser.delete("/session", headers=headers).status_code == 403
    assert browser.get("/session").json()["holder"] == "规划科"


def test_a_page_of_another_site_cannot_sign_a_browser_in(browser: TestClient, key: str) -> None:
    answer = browser.post("/session", json={"key": key})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_no_listed_origin_may_send_the_header_of_the_page(fresh_engine: Engine, tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, pool_size=4, cors_origins=("https://front.example",))
    asked = {
        "Origin": "https://front.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "x-duogui-page",
    }
    with TestClient(create_app(settings, fresh_engine), base_url=LOCAL) as client:
        answer = client.options("/idle-scans", headers=asked)
    assert answer.status_code == 400
    assert "access-control-allow-credentials" not in answer.headers


def test_a_session_that_is_over_is_none(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    sign_in(browser, key=key)
    with fresh_engine.begin() as connection:
        ended = connection.execute(text("update page_session set expires_at = now() - interval '1 second'"))
        assert ended.rowcount == 1
    assert browser.get("/session").json()["holder"] is None
    assert start_scan(browser, **FROM_PAGE) == 401


def test_a_session_lasts_as_long_as_the_settings_say(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    sign_in(browser, key=key)
    with fresh_engine.connect() as connection:
        lifetime = connection.execute(text("select expires_at - created_at from page_session")).scalar_one()
    assert lifetime == timedelta(hours=12)


def test_signing_out_ends_the_session_for_whoever_kept_the_cookie(browser: TestClient, key: str) -> None:
    sign_in(browser, key=key)
    kept = browser.cookies["duogui_session"]
    answer = browser.delete("/session", headers=FROM_PAGE)
    assert answer.status_code == 204
    assert 'duogui_session=""' in answer.headers["set-cookie"]
    browser.cookies.set("duogui_session", kept)
    assert browser.get("/session").json()["holder"] is None


def test_signing_out_without_a_session_changes_nothing(browser: TestClient) -> None:
    assert browser.delete("/session").status_code == 204


def test_revoking_the_key_ends_its_sessions_and_links(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    secret = link(fresh_engine)
    sign_in(browser, key=key)
    with write_session(fresh_engine, actor="local:chief") as session:
        revoke_key(session, "规划科")
    assert browser.get("/session").json()["holder"] is None
    assert sign_in(browser, link=secret).status_code == 401


def test_a_link_signs_in_once(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    secret = link(fresh_engine)
    assert sign_in(browser, link=secret).json()["holder"] == "规划科"
    again = sign_in(browser, link=secret)
    assert again.status_code == 401
    assert again.json()["type"] == "urn:duogui:problem:sign-in-link-refused"


def test_an_old_link_opens_nothing(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    assert sign_in(browser, link=link(fresh_engine, lifetime=timedelta(seconds=-1))).status_code == 401


@pytest.mark.parametrize("presented", [{"key": "duogui_" + "A" * 43}, {"key": "x"}, {"link": "A" * 43}, {"link": ""}])
def test_what_is_no_key_and_no_link_opens_nothing(browser: TestClient, key: str, presented: dict[str, str]) -> None:
    answer = sign_in(browser, **presented)
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("body", [{}, {"key": "a", "link": "b"}, {"key": None}, {"name": "规划科"}])
def test_a_body_that_presents_not_exactly_one_thing_is_refused_without_repeating_it(
    browser: TestClient, body: dict[str, str]
) -> None:
    answer = browser.post("/session", json=body, headers=FROM_PAGE)
    assert answer.status_code == 400
    assert answer.json()["type"] == "urn:duogui:problem:invalid-parameter"


def test_a_key_in_a_header_goes_before_the_session(browser: TestClient, fresh_engine: Engine, key: str) -> None:
    with write_session(fresh_engine, actor="local:chief") as session:
        reader = create_key(session, "reader", Scope.READ)
    sign_in(browser, key=key)
    header = {"Authorization": f"Bearer {reader}"}
    assert browser.get("/session", headers=header).json()["holder"] == "reader"
    assert start_scan(browser, **header) == 403
