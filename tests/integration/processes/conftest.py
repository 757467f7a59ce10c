"""A served city whose processes are executed: one database for the whole folder."""

import os
from collections.abc import Callable, Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.engine import make_engine
from app.db.sessions import write_session
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job
from app.keys.access import Scope
from app.keys.service import create_key
from app.main import create_app
from app.settings import Settings
from tests.databases import Databases
from tests.integration.ogc.city import build_city

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def city_url(databases: Databases, template_database: str) -> str:
    return databases.copy(template_database, f"processes_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}")


@pytest.fixture(scope="session")
def city(city_url: str) -> Iterator[Engine]:
    """Return an engine on a database that holds the city; jobs are stored in it, layers are not changed."""
    engine = make_engine(city_url)
    build_city(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def city_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("processes"), pool_size=4, public_reads=True)


@pytest.fixture(scope="session")
def client(city: Engine, city_settings: Settings) -> Iterator[TestClient]:
    """Return a client on this machine that presents no key."""
    with TestClient(create_app(city_settings, city), base_url=URL) as client:
        yield client


@pytest.fixture(scope="session")
def keys(city: Engine) -> dict[Scope, dict[str, str]]:
    """Return the headers that present a key of each scope."""
    with write_session(city, actor="tests") as session:
        return {scope: {"X-API-Key": create_key(session, f"{scope.value} key", scope)} for scope in Scope}


@pytest.fixture(scope="session")
def run_jobs(city: Engine) -> Callable[[], int]:
    """Return a function that does what a worker does with all jobs that wait, and tells how many there were."""

    def run_jobs() -> int:
        with city.connect() as connection:
            waiting = list(connection.scalars(text("select id from job where status = 'accepted' order by created_at")))
        for job_id in waiting:
            run_job(city, job_id, KINDS)
        return len(waiting)

    return run_jobs
