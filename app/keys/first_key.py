"""The first key of an installation: made at first start, kept in a file that only the service's user can read."""

import os
import secrets
import stat
from pathlib import Path

from sqlalchemy import Engine

from app.db.sessions import write_session
from app.keys import repository
from app.keys.access import Scope
from app.keys.errors import FirstKeyFileError
from app.keys.service import KEY_PATTERN, new_plaintext, register_key

FIRST_KEY_FILE = "first-key"
FIRST_KEY_NAME = "first-key"
MADE_BY = "duogui"


def ensure_first_key(engine: Engine, data_dir: Path) -> Path | None:
    """Make the first key, of scope ``write``, where no key was ever made; return its file, or None when there are keys.

    The key itself goes to the file and nowhere else, least of all to a log. The file is written before the database
    commits: a start that is killed in between leaves a key that opens nothing yet, and the next start registers it.

    Raises
    ------
    FirstKeyFileError
        The data folder cannot be written.
    """
    path = data_dir / FIRST_KEY_FILE
    with write_session(engine, actor=MADE_BY) as session:
        repository.lock_first_key(session)
        if repository.has_any(session):
            return None
        plaintext = _read_private(path)
        if plaintext is None:
            plaintext = new_plaintext()
            _write_private(path, plaintext)
        register_key(session, plaintext, FIRST_KEY_NAME, Scope.WRITE, None)
    return path


def _read_private(path: Path) -> str | None:
    """Return the key in the file; None where there is none that nobody else could have read or written."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        # Missing, a symbolic link, or another user's: a new file takes its place.
        return None
    with os.fdopen(descriptor, encoding="utf-8", errors="replace") as file:
        facts = os.fstat(descriptor)
        is_private = stat.S_ISREG(facts.st_mode) and facts.st_uid == os.geteuid() and not facts.st_mode & 0o077
        found = file.read(1000).strip() if is_private else ""
    return found if KEY_PATTERN.fullmatch(found) else None


def _write_private(path: Path, plaintext: str) -> None:
    """Write the file whole or not at all, readable by its owner alone from its first moment."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(plaintext + "\n")
            file.flush()
            os.fsync(descriptor)
        draft.replace(path)
    except OSError as error:
        raise FirstKeyFileError(
            f"The first key cannot be written to {path}: {error.strerror}. Make the data folder writable for the user "
            "that runs the service, or point DUOGUI_DATA_DIR at another one."
        ) from error
