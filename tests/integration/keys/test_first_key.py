import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.db.sessions import read_session, write_session
from app.keys import first_key, service
from app.keys.access import Actor, Scope
from app.keys.errors import FirstKeyFileError
from app.keys.first_key import ensure_first_key


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """Leave files open to everybody by default: the key's must be private in spite of it."""
    former = os.umask(0)
    yield
    os.umask(former)


def present(engine: Engine, path: Path) -> Actor:
    with read_session(engine) as session:
        return service.authenticate(session, path.read_text().strip())


def count_keys(engine: Engine) -> int:
    with read_session(engine) as session:
        return len(service.list_keys(session))


def test_the_first_start_leaves_a_key_that_may_write_in_a_private_file(fresh_engine: Engine, tmp_path: Path) -> None:
    path = ensure_first_key(fresh_engine, tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "first-key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert present(fresh_engine, path) == Actor("first-key", Scope.WRITE)
    assert [file.name for file in path.parent.iterdir()] == ["first-key"]


def test_a_later_start_makes_no_key(fresh_engine: Engine, tmp_path: Path) -> None:
    path = ensure_first_key(fresh_engine, tmp_path)
    assert path is not None
    written = path.read_bytes()
    assert ensure_first_key(fresh_engine, tmp_path) is None
    assert path.read_bytes() == written
    assert count_keys(fresh_engine) == 1


def test_where_keys_were_made_there_is_no_first_key_even_after_all_are_revoked(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    with write_session(fresh_engine, actor="local:chief") as session:
        service.create_key(session, "planner", Scope.READ)
        service.revoke_key(session, "planner")
    assert ensure_first_key(fresh_engine, tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_two_first_starts_at_once_agree_on_one_key(fresh_engine: Engine, tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda _: ensure_first_key(fresh_engine, tmp_path), range(2)))
    assert sorted(path is not None for path in made) == [False, True]
    assert count_keys(fresh_engine) == 1
    assert present(fresh_engine, tmp_path / "first-key").scope is Scope.WRITE


def test_a_start_killed_before_the_commit_is_made_good_by_the_next(
    fresh_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(first_key, "register_key", die)
        with pytest.raises(KeyboardInterrupt):
            ensure_first_key(fresh_engine, tmp_path)
    written = (tmp_path / "first-key").read_bytes()
    assert count_keys(fresh_engine) == 0
    path = ensure_first_key(fresh_engine, tmp_path)
    assert path is not None
    assert path.read_bytes() == written
    assert present(fresh_engine, path) == Actor("first-key", Scope.WRITE)


@pytest.mark.parametrize("content", ["", "duogui_cut-sho", "something else"])
def test_a_file_that_holds_no_key_is_replaced(fresh_engine: Engine, tmp_path: Path, content: str) -> None:
    (tmp_path / "first-key").touch(0o600)
    (tmp_path / "first-key").write_text(content)
    path = ensure_first_key(fresh_engine, tmp_path)
    assert path is not None
    assert present(fresh_engine, path).scope is Scope.WRITE


def test_a_key_that_others_could_read_is_not_taken_over(fresh_engine: Engine, tmp_path: Path) -> None:
    known = service.new_plaintext()
    (tmp_path / "first-key").write_text(known)
    path = ensure_first_key(fresh_engine, tmp_path)
    assert path is not None
    assert path.read_text().strip() != known
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_place_of_the_file_is_replaced_and_not_followed(fresh_engine: Engine, tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.touch(0o600)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "first-key").symlink_to(target)
    path = ensure_first_key(fresh_engine, tmp_path / "data")
    assert path is not None
    assert not path.is_symlink()
    assert target.read_text() == ""


def test_a_data_folder_that_cannot_be_written_is_told_in_a_sentence_and_leaves_no_key(
    fresh_engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FirstKeyFileError, match="DUOGUI_DATA_DIR"):
        ensure_first_key(fresh_engine, tmp_path / "file")
    assert count_keys(fresh_engine) == 0
