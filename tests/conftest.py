"""One private PostGIS cluster for the whole run; databases of their own for those who change something."""

import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from fcntl import LOCK_EX, LOCK_UN, flock
from pathlib import Path

import pytest
import structlog
from hypothesis import settings
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.db import schema
from app.db.cluster import PrivateCluster
from app.db.engine import make_engine
from app.demo import load_sample
from gis.formats import reader_pipe
from tests.databases import Databases
from tests.reading_processes import ReadingProcesses

DATA_DIR_VARIABLE = "DUOGUI_TESTS_CLUSTER"
STORAGE_SRID = 4490
MakeTemplate = Callable[[str, Callable[[Engine, Path], object]], str]

# How long an example takes says something about the machine, not about the code.
settings.register_profile("duogui", deadline=None)
settings.load_profile("duogui")

# The default renderer draws a traceback with every local variable, which takes a minute where those are layers.
structlog.configure(processors=[structlog.processors.add_log_level, structlog.processors.KeyValueRenderer()])


def pytest_configure(config: pytest.Config) -> None:
    """Name the cluster's folder before the workers start, so that all of them share it."""
    for name in [name for name in os.environ if name.startswith("DUOGUI_") and name != "DUOGUI_TEST_DATA"]:
        if not hasattr(config, "workerinput"):
            del os.environ[name]
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="duogui-tests-"))
        # The database server may run as another user, who has to get through.
        folder.chmod(0o755)
        os.environ[DATA_DIR_VARIABLE] = str(folder)


def pytest_collection_finish() -> None:
    """Leave modules and tests out of garbage collections: a worker holds a gigabyte of them to its end."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster when the last worker is done."""
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ.pop(DATA_DIR_VARIABLE))
    PrivateCluster(folder).stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="session", autouse=True)
def reading_processes() -> Iterator[None]:
    """Fork the processes that read files, instead of starting Python anew for each."""
    with ReadingProcesses(reader_pipe.ENVIRONMENT) as processes, pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_pipe, "start_reader", processes.start)
        yield


@pytest.fixture(scope="session")
def cluster_dir() -> Path:
    """Return the folder that all workers share."""
    return Path(os.environ[DATA_DIR_VARIABLE])


@pytest.fixture(scope="session")
def cluster(cluster_dir: Path) -> PrivateCluster:
    """Return a running private cluster that does not wait for the disk."""
    cluster = PrivateCluster(cluster_dir, durable=False)
    cluster.ensure_running()
    return cluster


@pytest.fixture(scope="session")
def databases(cluster: PrivateCluster) -> Iterator[Databases]:
    """Return what copies and drops databases of the cluster."""
    databases = Databases(cluster)
    yield databases
    databases.close()


@pytest.fixture(scope="session")
def template_database(cluster: PrivateCluster, cluster_dir: Path) -> str:
    """Return the name of a database that the migrations built; it is copied, never used."""
    name = "template_migrated"
    with once(cluster_dir / f"{name}.done") as is_first:
        if is_first:
            engine = make_engine(cluster.create_database(name))
            schema.upgrade(engine, srid=STORAGE_SRID)
            engine.dispose()
    return name


class once:  # noqa: N801  reads as a word: `with once(marker) as is_first`
    """Let the first worker do something while the others wait for it."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __enter__(self) -> bool:
        self.lock = self.marker.with_suffix(".lock").open("w")
        flock(self.lock, LOCK_EX)
        return not self.marker.exists()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.marker.touch()
        flock(self.lock, LOCK_UN)
        self.lock.close()


@pytest.fixture(scope="session")
def database_url(databases: Databases, template_database: str) -> str:
    """Return this worker's own database."""
    return databases.copy(template_database, f"worker_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    """Return an engine on this worker's database; leave it as you found it (see ``session``, ``fresh_engine``)."""
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """Return a session whose changes, commits included, are taken back after the test."""
    with engine.connect() as connection, connection.begin() as outer:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        outer.rollback()


@pytest.fixture(scope="session")
def make_template(databases: Databases, cluster_dir: Path, template_database: str) -> MakeTemplate:
    """Return a function that fills a database once for all workers and gives its name; it is copied, never used."""

    def make_template(name: str, fill: Callable[[Engine, Path], object]) -> str:
        with once(cluster_dir / f"{name}.done") as is_first:
            if is_first:
                folder = cluster_dir / name
                folder.mkdir()
                engine = make_engine(databases.copy(template_database, name))
                fill(engine, folder)
                engine.dispose()
        return name

    return make_template


@pytest.fixture
def fresh_template(template_database: str) -> str:
    """Return the name of what ``fresh_url`` copies: a database without layers. Tests that begin with some override it."""
    return template_database


@pytest.fixture
def fresh_url(databases: Databases, fresh_template: str) -> Iterator[str]:
    """Return a migrated database of the test's own, for what commits by itself."""
    with databases.copied(fresh_template) as url:
        yield url


@pytest.fixture
def fresh_engine(fresh_url: str) -> Iterator[Engine]:
    """Return an engine on a migrated database of the test's own."""
    engine = make_engine(fresh_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def sample_url(databases: Databases, cluster_dir: Path, template_database: str) -> str:
    """Return a database that holds the sample zone, checked and scanned; made once for all workers, never changed."""
    name = "sample"
    with once(cluster_dir / f"{name}.done") as is_first:
        if is_first:
            engine = make_engine(databases.copy(template_database, name))
            load_sample(engine, actor="test", bar=lambda _title: nullcontext(lambda _done, _total: None))
            engine.dispose()
            # Nobody connects to this one, so that it can be copied by whoever changes the sample.
            databases.copy(name, "sample_still")
    return databases.cluster.database_url(name)


@pytest.fixture(scope="session")
def changeable_sample_url(databases: Databases, sample_url: str) -> str:
    """Return a database of this worker with the sample zone, which tests may change."""
    return databases.copy("sample_still", f"changeable_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def sample_engine(sample_url: str) -> Iterator[Engine]:
    """Return an engine on the sample zone; only read from it."""
    engine = make_engine(sample_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def test_data() -> Path:
    """Return the folder of real data, or skip."""
    folder = os.environ.get("DUOGUI_TEST_DATA")
    if not folder:
        pytest.skip("real data is needed: set DUOGUI_TEST_DATA to the folder that holds it")
    path = Path(folder)
    assert path.is_dir(), f"DUOGUI_TEST_DATA names no folder: {folder}"
    return path
