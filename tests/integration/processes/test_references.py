"""Inputs by reference: read from hosts that are listed and from no other, and held to the same schema as values."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.main import create_app
from app.settings import Settings

from .conftest import URL
from .test_executing import SITE, execute

LIMIT = 4096
DOCUMENTS = {
    "/site": json.dumps(SITE).encode(),
    "/plan": b'"plan_of_elsewhere"',
    "/number": b"7",
    "/text": b"POLYGON EMPTY",
    "/deep": b"[" * 2000,
    "/long": b" " * (LIMIT + 1),
}


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        found = DOCUMENTS.get(self.path)
        self.send_response(302 if self.path == "/moved" else 404 if found is None else 200)
        self.send_header("Location", "/site")
        self.end_headers()
        self.wfile.write(found or b"")

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """Return the address of a server that has some documents."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def following(city: Engine, city_settings: Settings) -> Iterator[TestClient]:
    """Return a client of a service whose operator lists that server's host."""
    settings = city_settings.model_copy(update={"remote_hosts": ("127.0.0.1",), "max_body_bytes": LIMIT})
    with TestClient(create_app(settings, city), base_url=URL) as client:
        yield client


def test_a_reference_is_worth_what_it_leads_to(following: TestClient, elsewhere: str) -> None:
    by_value = execute(following, "site.check", {"sites": SITE}).json()
    link = {"href": f"{elsewhere}/site", "type": "application/geo+json", "rel": "data"}
    by_reference = execute(following, "site.check", {"sites": link})
    assert by_reference.status_code == 200, by_reference.text
    assert by_reference.json()["digest"] == by_value["digest"]


def test_an_item_of_a_list_may_be_a_reference(following: TestClient, elsewhere: str) -> None:
    refused = execute(following, "plan.compare", {"plans": ["city_plan", {"href": f"{elsewhere}/plan"}]})
    assert (refused.status_code, "no layer 'plan_of_elsewhere'" in refused.json()["detail"]) == (404, True)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/number", "inputs.sites: "),
        ("/text", "inputs.sites.href: 127.0.0.1 answered something that is no JSON"),
        ("/deep", "inputs.sites.href: 127.0.0.1 answered something that is no JSON"),
        ("/long", "inputs.sites.href: 127.0.0.1 answered more than the 4,096 bytes"),
        ("/missing", "inputs.sites.href: 127.0.0.1 answered 404"),
        ("/moved", "inputs.sites.href: 127.0.0.1 answered 302"),
    ],
)
def test_what_is_no_value_there_is_refused_by_the_name_of_the_input(
    following: TestClient, elsewhere: str, path: str, said: str
) -> None:
    refused = execute(following, "site.check", {"sites": {"href": elsewhere + path}})
    assert refused.status_code == 400, refused.text
    assert said in refused.json()["detail"]


def test_nobody_is_asked_who_is_not_listed_or_does_not_answer(
    client: TestClient, following: TestClient, elsewhere: str
) -> None:
    refused = execute(client, "site.check", {"sites": {"href": f"{elsewhere}/site"}})
    assert (refused.status_code, "DUOGUI_REMOTE_HOSTS" in refused.json()["detail"]) == (400, True)
    silent = execute(following, "site.check", {"sites": {"href": "http://127.0.0.1:1/site"}})
    assert (silent.status_code, "did not answer" in silent.json()["detail"]) == (400, True)
    many = [{"href": f"{elsewhere}/plan"}] * 11
    refused = execute(following, "plan.compare", {"plans": many})
    assert (refused.status_code, "at most 10 references" in refused.json()["detail"]) == (400, True)
