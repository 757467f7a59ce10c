import re

import pytest
from sqlalchemy import Engine, text

from app.db.sessions import read_session, write_session
from app.keys import service
from app.keys.access import Actor, Scope
from app.keys.errors import InvalidKeyError, KeyNameError, KeyNotFoundError, KeysRequiredError
from app.settings import Settings


@pytest.fixture
def office_key(fresh_engine: Engine) -> str:
    with write_session(fresh_engine, actor="local:chief") as session:
        return service.create_key(session, "规划科", Scope.CHECK, "自然资源局")


def present(engine: Engine, plaintext: str) -> Actor:
    with read_session(engine) as session:
        return service.authenticate(session, plaintext)


def test_a_key_tells_who_presents_it(fresh_engine: Engine, office_key: str) -> None:
    assert present(fresh_engine, office_key) == Actor("规划科", Scope.CHECK, "自然资源局")


def test_the_database_holds_no_plaintext(fresh_engine: Engine, office_key: str) -> None:
    with fresh_engine.connect() as connection:
        row = connection.execute(text("select row_to_json(k)::text from access_key k")).scalar_one()
    assert office_key not in row
    assert service.digest(office_key) in row


@pytest.mark.parametrize("presented", ["", "duogui_", "secret", "duogui_" + "A" * 43, "duogui_" + "A" * 5000, "\x00"])
def test_what_is_no_key_opens_nothing(fresh_engine: Engine, office_key: str, presented: str) -> None:
    with pytest.raises(InvalidKeyError):
        present(fresh_engine, presented)


def test_a_changed_key_opens_nothing(fresh_engine: Engine, office_key: str) -> None:
    other = "A" if office_key[-1] != "A" else "B"
    with pytest.raises(InvalidKeyError):
        present(fresh_engine, office_key[:-1] + other)


def test_a_revoked_key_opens_nothing_and_stays_in_the_list(fresh_engine: Engine, office_key: str) -> None:
    with write_session(fresh_engine, actor="local:chief") as session:
        service.revoke_key(session, "规划科")
    with pytest.raises(InvalidKeyError):
        present(fresh_engine, office_key)
    with read_session(fresh_engine) as session:
        (listed,) = service.list_keys(session)
    assert (listed.name, listed.created_by, listed.revoked_by) == ("规划科", "local:chief", "local:chief")
    assert listed.revoked_at is not None


def test_revoking_again_keeps_who_revoked_first(fresh_engine: Engine, office_key: str) -> None:
    for actor in ("local:first", "local:second"):
        with write_session(fresh_engine, actor=actor) as session:
            revoked = service.revoke_key(session, "规划科")
    assert revoked.revoked_by == "local:first"


def test_a_name_is_given_once_even_after_it_was_revoked(fresh_engine: Engine, office_key: str) -> None:
    with write_session(fresh_engine, actor="local:chief") as session:
        with pytest.raises(KeyNameError, match="in use"):
            service.create_key(session, "规划科", Scope.READ)
        service.revoke_key(session, "规划科")
        with pytest.raises(KeyNameError, match="revoked"):
            service.create_key(session, "规划科", Scope.READ)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 101, " padded", "tab\t", "\x7f"])
def test_an_unusable_name_is_refused(fresh_engine: Engine, name: str) -> None:
    with write_session(fresh_engine, actor="local:chief") as session, pytest.raises(KeyNameError, match="does not fit"):
        service.create_key(session, name, Scope.READ)


def test_a_key_that_is_not_there_cannot_be_revoked(fresh_engine: Engine) -> None:
    with write_session(fresh_engine, actor="local:chief") as session, pytest.raises(KeyNotFoundError, match="nobody"):
        service.revoke_key(session, "nobody")


def require(engine: Engine, **settings: object) -> None:
    with read_session(engine) as session:
        service.require_keys_for_address(Settings.model_validate(settings), session)


def test_without_keys_the_service_stays_on_loopback(fresh_engine: Engine) -> None:
    require(fresh_engine, host="127.0.0.1")
    require(fresh_engine, host="::1")
    with pytest.raises(KeysRequiredError, match=re.escape("`duogui key add NAME")):
        require(fresh_engine, host="0.0.0.0")  # noqa: S104  that is what is refused


def test_public_reads_need_no_key_at_another_address(fresh_engine: Engine) -> None:
    require(fresh_engine, host="192.0.2.1", public_reads=True)


def test_an_active_key_opens_another_address_and_a_revoked_one_does_not(fresh_engine: Engine, office_key: str) -> None:
    require(fresh_engine, host="192.0.2.1")
    with write_session(fresh_engine, actor="local:chief") as session:
        service.revoke_key(session, "规划科")
    with pytest.raises(KeysRequiredError):
        require(fresh_engine, host="192.0.2.1")
