"""Starting the service."""

import fastapi.routing
import pytest
from fastapi.testclient import TestClient

from app.main import build_routes, create_app
from app.settings import Settings


def test_no_request_waits_for_routes_to_be_built(tmp_path, monkeypatch: pytest.MonkeyPatch):
    built = []
    work_out = fastapi.routing.get_dependant
    monkeypatch.setattr(
        fastapi.routing, "get_dependant", lambda *args, **options: built.append(1) or work_out(*args, **options)
    )
    app = create_app(Settings(data_dir=tmp_path))
    built.clear()
    build_routes(app)
    assert len(built) > 100
    built.clear()
    # Not as a context: the database is not opened.
    assert TestClient(app).get("/map/nothing").status_code == 404
    assert built == []
