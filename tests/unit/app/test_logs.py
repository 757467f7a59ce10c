"""The log: one line an event, no secrets, no coordinates."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import redirect_stderr

import pytest
import structlog

from app.logs import configure_logging, redact_secrets


@pytest.fixture
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


def logged(environment: str) -> list[str]:
    stream = io.StringIO()
    with redirect_stderr(stream):
        configure_logging(environment)  # type: ignore[arg-type]
        log = structlog.get_logger("duogui.test")
        with structlog.contextvars.bound_contextvars(request_id="r1"):
            log.info("check.finished", parcel_count=3, url="postgresql://u:pass@db/x")
        logging.getLogger("uvicorn.error").warning("key duogui_%s seen", "A" * 43)
        log.error("request.failed", exc_info=ValueError("postgresql://u:pass@db/x"))
    return stream.getvalue().splitlines()


@pytest.mark.usefixtures("restored_logging")
def test_production_logs_a_json_object_a_line_whoever_logs() -> None:
    first, second, third = map(json.loads, logged("production"))
    assert first["event"] == "check.finished"
    assert (first["parcel_count"], first["request_id"], first["level"]) == (3, "r1", "info")
    assert first["timestamp"].endswith("Z")
    assert second["logger"] == "uvicorn.error"
    assert "ValueError" in third["exception"]


@pytest.mark.parametrize("environment", ["production", "development"])
@pytest.mark.usefixtures("restored_logging")
def test_passwords_and_keys_reach_no_log(environment: str) -> None:
    text = "\n".join(logged(environment))
    assert "check.finished" in text
    assert "duogui_***" in text
    assert "A" * 43 not in text
    assert "pass@" not in text


def test_a_text_without_secrets_stays_as_it_is() -> None:
    event = {"event": "layer.imported", "path": "/data/宗地.shp", "count": 3, "url": "https://gis.example/a@b"}
    assert redact_secrets(None, "info", dict(event)) == event
