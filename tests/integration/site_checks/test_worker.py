"""More than two hundred sites are answered by a worker process, and every one of them has its own verdict."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from .conftest import box, request

PATIENCE_S = 120.0
SCRIPT = "import sys; from app.db.engine import make_engine; from app.jobs.worker import run_worker; run_worker(make_engine(sys.argv[1]))"


@pytest.fixture
def worker(fresh_url: str, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "worker.log").open("ab") as log:
        process = subprocess.Popen([sys.executable, "-c", SCRIPT, fresh_url], stderr=log)
        yield process
        process.kill()
        process.wait()


def test_a_worker_answers_two_hundred_and_fifty_sites(put, client: TestClient, worker: subprocess.Popen[bytes]):
    """Squares of a tenth of a thousandth of a degree; the red line ends in the middle of the hundred-and-first."""
    put("redline", "ecological_redline", [{"code": "R", "zone": "核心保护区", "geometry": box(-5, 10.05)}])
    squares = [box(x / 10, (x + 1) / 10) for x in range(250)]
    started = client.post("/site-checks", json=request(*squares, activity_code="none"))
    assert started.status_code == 202
    deadline = time.monotonic() + PATIENCE_S
    while (state := client.get(started.headers["Location"]).json())["status"] not in {"successful", "failed"}:
        assert time.monotonic() < deadline, state
        assert worker.poll() is None
        time.sleep(0.1)
    assert state["status"] == "successful", state
    results = client.get(f"/jobs/{state['jobID']}/results").json()
    assert (results["site_count"], results["verdict"]) == (250, "DENY")
    answer = client.get(f"/site-checks/{results['site_check_id']}").json()
    assert (answer["site_count"], answer["digest"]) == (250, results["digest"])
    assert [site["site"] for site in answer["sites"]] == [f"site-{number}" for number in range(1, 251)]
    verdicts = [site["verdict"] for site in answer["sites"]]
    # Half of a square is a strip of five metres: a sliver on a prohibition is for review.
    assert verdicts[:100] == ["DENY"] * 100
    assert "DENY" not in verdicts[100:]
    half = next(layer for layer in answer["sites"][100]["layers"] if layer["layer"] == "redline")["findings"][0]
    assert (half["verdict"], half["overlap_class"]) == ("REVIEW", "sliver")
    assert half["target_percent"] == pytest.approx(50.0, abs=1e-3)
