import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner, Result

from app.cli.key import app
from app.db.sessions import read_session
from app.keys import service
from app.keys.access import Actor, Scope
from app.keys.errors import InvalidKeyError, KeyNameError, KeyNotFoundError
from app.settings import get_settings


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, fresh_url: str) -> Iterator[Callable[..., Result]]:
    """Return a function that runs ``duogui key`` on the test's own database."""
    monkeypatch.setenv("DUOGUI_DATABASE_URL", fresh_url)
    get_settings.cache_clear()

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments))

    yield run
    get_settings.cache_clear()


def present(engine: Engine, plaintext: str) -> Actor:
    with read_session(engine) as session:
        return service.authenticate(session, plaintext)


def test_a_key_is_printed_alone_on_standard_output_and_works(run: Callable[..., Result], fresh_engine: Engine) -> None:
    added = run("add", "规划科", "--scope", "check", "--office", "自然资源局")
    assert added.exit_code == 0
    assert service.KEY_PATTERN.fullmatch(added.stdout.strip())
    assert "cannot be shown again" in added.stderr
    assert present(fresh_engine, added.stdout.strip()) == Actor("规划科", Scope.CHECK, "自然资源局")


def test_a_key_reads_only_unless_more_is_said(run: Callable[..., Result], fresh_engine: Engine) -> None:
    added: dict[str, Any] = json.loads(run("add", "viewer", "--json").stdout)
    assert added.items() >= {"name": "viewer", "scope": "read", "office": None}.items()
    assert present(fresh_engine, added["key"]) == Actor("viewer", Scope.READ)


def test_the_list_shows_everything_but_the_keys(run: Callable[..., Result]) -> None:
    plaintext = run("add", "viewer").stdout.strip()
    assert run("revoke", "viewer").exit_code == 0
    listed = run("list", "--json")
    (key,) = json.loads(listed.stdout)
    assert key["revoked_at"] is not None
    assert key["created_by"].startswith("local:")
    table = run("list")
    assert "viewer" in table.stdout
    for shown in (listed.stdout, table.stdout):
        assert plaintext not in shown
        assert service.digest(plaintext) not in shown


def test_a_revoked_key_stops_working(run: Callable[..., Result], fresh_engine: Engine) -> None:
    plaintext = run("add", "viewer").stdout.strip()
    revoked = json.loads(run("revoke", "viewer", "--json").stdout)
    assert (revoked["name"], revoked["revoked_by"]) == ("viewer", revoked["created_by"])
    with pytest.raises(InvalidKeyError):
        present(fresh_engine, plaintext)


def test_wrong_use_is_refused(run: Callable[..., Result]) -> None:
    assert run("add", "viewer", "--scope", "admin").exit_code == 2
    assert run("add", "viewer").exit_code == 0
    assert isinstance(run("add", "viewer").exception, KeyNameError)
    assert isinstance(run("revoke", "nobody").exception, KeyNotFoundError)
