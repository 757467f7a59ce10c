import gzip
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pydantic import ValidationError

from app import map_page
from app.map_page import CONTENT_SECURITY_POLICY
from app.settings import Settings


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    assets = tmp_path / "dist" / "assets"
    assets.mkdir(parents=True)
    (tmp_path / "dist" / "index.html").write_text("<!doctype html><title>多规</title>", encoding="utf-8")
    for name in ("index-AbC_1.js", "worker-1.mjs", "index-1.css", "mark-1.svg", "notes.txt", ".hidden.js"):
        (assets / name).write_text("content")
    (tmp_path / "secret.js").write_text("secret")
    return tmp_path / "dist"


@pytest.fixture
def client(dist: Path) -> TestClient:
    app = FastAPI(redirect_slashes=False)
    app.include_router(map_page.router)
    app.dependency_overrides[map_page.built_page_folder] = lambda: dist
    app.state.settings = Settings()
    return TestClient(app)


def test_the_page_is_html_that_is_asked_for_anew_each_time(client: TestClient):
    answer = client.get("/map")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "多规" in answer.text


def test_the_page_may_load_from_its_own_origin_only(client: TestClient):
    headers = client.get("/map").headers
    assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY
    directives = dict(part.strip().split(" ", 1) for part in CONTENT_SECURITY_POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert "http" not in CONTENT_SECURITY_POLICY
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("index-AbC_1.js", "text/javascript; charset=utf-8"),
        ("worker-1.mjs", "text/javascript; charset=utf-8"),
        ("index-1.css", "text/css; charset=utf-8"),
        ("mark-1.svg", "image/svg+xml"),
    ],
)
def test_a_file_of_the_page_has_its_media_type_and_is_kept_for_good(client: TestClient, name: str, media_type: str):
    answer = client.get(f"/map/assets/{name}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_a_file_comes_as_the_build_compressed_it_to_who_understands_that(client: TestClient, dist: Path):
    (dist / "assets" / "index-AbC_1.js.gz").write_bytes(gzip.compress(b"compressed"))
    (dist / "assets" / "index-AbC_1.js.br").write_bytes(b"smaller")
    path = "/map/assets/index-AbC_1.js"
    answer = client.get(path, headers={"Accept-Encoding": "gzip"})
    assert (answer.text, answer.headers["content-encoding"]) == ("compressed", "gzip")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert client.head(path, headers={"Accept-Encoding": "gzip, br"}).headers["content-encoding"] == "br"
    plain = client.get(path, headers={"Accept-Encoding": "identity"})
    assert (plain.text, "content-encoding" in plain.headers) == ("content", False)
    assert client.get(f"{path}.gz").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["missing.js", "notes.txt", ".hidden.js", "..%2Findex.html", "..%2F..%2Fsecret.js", "%2e%2e", "a%00.js", "js"],
)
def test_what_is_no_file_of_the_page_is_not_found(client: TestClient, name: str):
    assert client.get(f"/map/assets/{name}").status_code == 404


def test_head_answers_like_get_without_a_body(client: TestClient):
    for path in ("/map", "/map/assets/index-1.css"):
        answer = client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


def test_a_final_slash_leads_to_the_page(client: TestClient):
    answer = client.get("/map/", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "../map")
    assert client.get("/map/").status_code == 200


def test_a_page_that_is_not_built_says_how_to_build_it(client: TestClient, dist: Path):
    (dist / "index.html").unlink()
    answer = client.get("/map")
    assert answer.status_code == 503
    assert answer.text.count("make web") == 2
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


def test_the_built_page_is_looked_for_beside_its_source():
    assert map_page.built_page_folder().parent.joinpath("package.json").is_file()


def test_a_base_map_is_none_unless_it_is_set(client: TestClient):
    assert client.get("/map/settings").json() == {"base_map": None}


def test_the_policy_is_extended_by_just_the_host_of_the_base_map(client: TestClient):
    template = "https://t0.tianditu.gov.cn/vec_w/wmts?TILEMATRIX={z}&TILEROW={y}&TILECOL={x}&tk=secret"
    client.app.state.settings = Settings(base_map_url=template, base_map_attribution="天地图")
    assert client.get("/map/settings").json()["base_map"] == {"template": template, "attribution": "天地图"}
    for path in ("/map", "/map/assets/worker-1.mjs"):
        policy = client.get(path).headers["content-security-policy"]
        added = set(policy.replace(";", "").split()) - set(CONTENT_SECURITY_POLICY.replace(";", "").split())
        assert added == {"https://t0.tianditu.gov.cn"}
        assert "img-src 'self' https://t0.tianditu.gov.cn data: blob:;" in policy
        assert policy.count("https://t0.tianditu.gov.cn") == 1
        assert "script-src 'self';" in policy


@pytest.mark.parametrize(
    "template",
    [
        "https://tiles.example/{z}/{x}.png",
        "ftp://tiles.example/{z}/{x}/{y}",
        "https://tiles.example; script-src *//{z}/{x}/{y}",
        "https://*.example/{z}/{x}/{y}",
        "https://tiles.example/{z}/{x}/{y} https://other.example",
    ],
)
def test_an_address_that_is_no_template_of_one_host_is_refused(template: str):
    with pytest.raises(ValidationError, match="base_map_url"):
        Settings(base_map_url=template)
