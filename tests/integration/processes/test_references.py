"""Inputs by reference: read from hosts that are listed and from no other, and held to the same schema as values."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.main import create_app
from app.ogc.processes import references
from app.settings import Settings

from .conftest import URL
from .test_executing import SITE, execute

LIMIT = 4096
DOCUMENTS = {
    "/site": json.dumps(SITE).encode(),
    "/plan": b'"plan_of_elsewhere"',
    "/number": b"7",
    "/text": b"POLYGON EMPTY",
    "/link": b'{"href": "/site"}',
    "/qualified": json.dumps({"value": SITE}).encode(),
    "/deep": b"[" * 2000,
    "/long": b" " * (LIMIT + 1),
    "/half": b'"p"' + b" " * (LIMIT // 2),
}
# How many turns at the database were free at each request.
free_turns: list[int] = []


class Handler(BaseHTTPRequestHandler):
    turns_left: Any = None

    def do_GET(self) -> None:
        if self.turns_left is not None:
            free_turns.append(self.turns_left())
        if self.path == "/late":
            time.sleep(1)
        found = DOCUMENTS.get(self.path)
        self.send_response(302 if self.path == "/moved" else 404 if found is None else 200)
        self.send_header("Location", "/site")
        self.end_headers()
        # Who has read enough does not wait for the rest.
        with suppress(BrokenPipeError):
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


def test_no_turn_at_the_database_is_held_while_another_host_is_waited_for(
    following: TestClient, elsewhere: str, city_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_turns.clear()
    state = following.app.state  # type: ignore[attr-defined]
    monkeypatch.setattr(Handler, "turns_left", staticmethod(lambda: state.database_turns.value))
    assert execute(following, "site.check", {"sites": {"href": f"{elsewhere}/site"}}).status_code == 200
    assert free_turns == [city_settings.pool_size]


def test_who_may_not_execute_a_process_has_nothing_fetched(
    following: TestClient, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    free_turns.clear()
    monkeypatch.setattr(Handler, "turns_left", staticmethod(lambda: 0))
    assert execute(following, "idle.scan", {"as_of": {"href": f"{elsewhere}/number"}}).status_code == 401
    # Nor is anything fetched for what is no input.
    assert execute(following, "site.check", {"nope": {"href": f"{elsewhere}/number"}}).status_code == 400
    assert free_turns == []


def test_all_references_of_a_request_share_its_bytes_and_its_time(
    following: TestClient, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = [{"href": f"{elsewhere}/half"}] * 2
    refused = execute(following, "plan.compare", {"plans": halves})
    assert (refused.status_code, "inputs.plans.href: 127.0.0.1 answered more than the 2,045 bytes that are left" in refused.text) == (400, True)  # fmt: skip
    monkeypatch.setattr(references, "DEADLINE_S", 0.5)
    late = {"plans": [{"href": f"{elsewhere}/plan"}, {"href": f"{elsewhere}/late"}]}
    refused = execute(following, "plan.compare", late)
    assert (refused.status_code, "together took longer than 0.5 s" in refused.json()["detail"]) == (400, True)


def test_what_is_referred_to_is_the_value_itself(following: TestClient, elsewhere: str) -> None:
    """A document that looks like a reference or a qualified value is not followed further."""
    for path in ("/link", "/qualified"):
        refused = execute(following, "site.check", {"sites": {"href": elsewhere + path}})
        assert (refused.status_code, "type: found None" in refused.json()["detail"]) == (422, True), refused.text


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
