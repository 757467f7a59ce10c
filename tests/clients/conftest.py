"""A served city on a real socket, for programs that speak HTTP themselves."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.db.engine import make_engine
from app.db.sessions import write_session
from app.keys.access import Scope
from app.keys.service import create_key
from tests.databases import Databases
from tests.integration.ogc.city import build_city, layer_of_its_own

MANY = 2345
SERVER = Path(__file__).parent / "server_process.py"
START_TIMEOUT_S = 60


@dataclass
class Served:
    """A service that runs: its address, a key, the file that gets a line for each request, and its database."""

    url: str
    key: str
    log: Path
    database_url: str = ""
    seen: int = 0

    @property
    def requests(self) -> list[str]:
        """Return the requests of the running test."""
        return self._lines()[self.seen :]

    def forget_requests(self) -> None:
        """Let the next test see its own requests only."""
        self.seen = len(self._lines())

    def _lines(self) -> list[str]:
        return self.log.read_text(encoding="utf-8").splitlines()


@pytest.fixture(scope="session")
def server(databases: Databases, template_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serve the city, with one more layer of many parcels, until the tests are through."""
    url = databases.copy(template_database, f"clients_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")
    folder = tmp_path_factory.mktemp("clients")
    log = folder / "requests.log"
    engine = make_engine(url)
    build_city(engine)
    with write_session(engine, actor="tests") as session:
        key = create_key(session, "client", Scope.READ)
    with layer_of_its_own(engine, "many_parcels", MANY):
        process = subprocess.Popen([sys.executable, SERVER, url, folder, log])
        try:
            yield Served(address_of(process, log), key, log, url)
        finally:
            process.terminate()
            process.wait(30)
    engine.dispose()


def address_of(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until a server says where it listens, and return its address."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while not (log.exists() and log.read_text(encoding="utf-8").endswith("\n")):
        assert process.poll() is None, "the service did not start"
        assert time.monotonic() < deadline, "the service did not start in time"
        time.sleep(0.02)
    return log.read_text(encoding="utf-8").split()[0]


@pytest.fixture
def served(server: Served) -> Served:
    """Return the running service, its requests so far forgotten."""
    server.forget_requests()
    return server
