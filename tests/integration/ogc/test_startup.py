"""What the application does when it starts: nothing at import, everything in its lifespan."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.db.schema import SchemaError
from app.main import create_app
from app.settings import Settings
from tests.databases import Databases

from .conftest import LOCAL


def settings_for(url: str, data_dir: Path, **changes: object) -> Settings:
    return Settings.model_validate({"database_url": url, "data_dir": data_dir, "pool_size": 2, **changes})


def test_importing_the_application_does_nothing(tmp_path: Path) -> None:
    environment = {**os.environ, "DUOGUI_DATABASE_URL": "not even a URL", "DUOGUI_DATA_DIR": str(tmp_path / "data")}
    subprocess.run([sys.executable, "-c", "import app.main"], env=environment, check=True, timeout=60)
    assert not (tmp_path / "data").exists()


def test_the_lifespan_opens_the_database_makes_the_first_key_and_closes_what_it_opened(
    fresh_url: str, tmp_path: Path
) -> None:
    app = create_app(settings_for(fresh_url, tmp_path))
    assert app.state.engine is None
    with TestClient(app, base_url=LOCAL) as client:
        assert client.get("/readyz").json() == {"status": "ready"}
        key = (tmp_path / "first-key").read_text().strip()
        assert client.get("/collections", headers={"X-API-Key": key}).status_code == 200
        engine = app.state.engine
    assert engine.pool.checkedin() == 0
    with TestClient(app, base_url=LOCAL) as client:
        assert client.get("/readyz").status_code == 200


def test_the_callers_engine_stays_open_and_its_data_folder_untouched(fresh_engine: Engine, tmp_path: Path) -> None:
    with TestClient(
        create_app(settings_for("postgresql:///elsewhere", tmp_path), fresh_engine), base_url=LOCAL
    ) as client:
        assert client.get("/collections").status_code == 200
    assert fresh_engine.pool.checkedin() > 0  # type: ignore[attr-defined]
    assert not list(tmp_path.iterdir())


def test_a_database_without_the_schema_is_not_served(databases: Databases, tmp_path: Path) -> None:
    with (
        databases.copied("template1") as url,
        pytest.raises(SchemaError, match="duogui db upgrade"),
        TestClient(create_app(settings_for(url, tmp_path))),
    ):
        pass


def test_a_database_of_another_storage_crs_is_not_served(fresh_url: str, tmp_path: Path) -> None:
    app = create_app(settings_for(fresh_url, tmp_path, storage_srid=4326))
    with pytest.raises(SchemaError, match="DUOGUI_STORAGE_SRID"), TestClient(app):
        pass


def test_a_database_that_falls_behind_while_serving_is_not_ready(fresh_engine: Engine, tmp_path: Path) -> None:
    with TestClient(create_app(settings_for("postgresql:///x", tmp_path), fresh_engine), base_url=LOCAL) as client:
        with fresh_engine.begin() as connection:
            connection.execute(text("update alembic_version set version_num = '0001'"))
        answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["type"] == "urn:duogui:problem:schema-mismatch"
    assert "retry-after" in answer.headers
