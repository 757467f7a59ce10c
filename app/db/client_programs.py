"""PostgreSQL's own client programs: ``psql``, ``pg_dump`` and ``pg_restore``, run on the service's connection."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from psycopg.conninfo import make_conninfo
from sqlalchemy import make_url

from app.db.cluster.binaries import INSTALL_PATTERNS
from app.errors import AppError


class ClientProgramMissingError(AppError):
    """A client program is not installed, or none that is new enough for the server."""

    def __init__(self, program: str, server_major: int) -> None:
        super().__init__(
            "client-program-missing",
            "Client program missing",
            500,
            f"{program} of PostgreSQL {server_major} or newer is not installed. Install it: "
            f"apt-get install postgresql-client-{server_major} (or the newest postgresql-client).",
        )


def find_client_program(
    program: str, server_major: int, *, patterns: Sequence[str] = INSTALL_PATTERNS, search_path: str | None = None
) -> Path:
    """Return the installed program whose version is nearest to the server's and not older than it.

    Raises
    ------
    ClientProgramMissingError
    """
    found = [path for pattern in patterns for path in Path("/").glob(f"{pattern.lstrip('/')}/{program}")]
    on_path = shutil.which(program, path=search_path)
    # Debian's wrapper in /usr/bin picks a version by its own rules; its targets are in the folders above.
    if on_path is not None and not found:
        found = [Path(on_path)]
    fitting = {major: path for path in found if (major := _major_of(path)) >= server_major}
    if not fitting:
        raise ClientProgramMissingError(program, server_major)
    return fitting[min(fitting)]


def connection_arguments(url: str) -> tuple[list[str], dict[str, str]]:
    """Return the option and the environment that point a client program at a SQLAlchemy URL.

    The password goes into the environment: everybody on the machine can read a command line.
    """
    parts = make_url(url)
    named = {"host": parts.host, "port": parts.port, "user": parts.username, "dbname": parts.database}
    query = {name: value if isinstance(value, str) else ",".join(value) for name, value in parts.query.items()}
    conninfo = make_conninfo("", **(named | query))
    environment = {**os.environ, "LC_ALL": "C.UTF-8"}
    if parts.password is not None:
        environment["PGPASSWORD"] = str(parts.password)
    return ["--dbname", conninfo], environment


def run_client_program(
    command: Sequence[str | Path], environment: Mapping[str, str] | None = None
) -> tuple[int, str, str]:
    """Run a client program to its end and return its exit code, its output and its complaints."""
    done = subprocess.run(
        [str(part) for part in command],
        env=None if environment is None else dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace").strip()


def _major_of(program: Path) -> int:
    # `pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`
    code, said, _ = run_client_program([program, "--version"])
    words = re.search(r"\(PostgreSQL\) (\d+)", said)
    return int(words[1]) if code == 0 and words is not None else 0
