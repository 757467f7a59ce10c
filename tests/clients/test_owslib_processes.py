"""OWSLib's client of OGC API - Processes reads the service and executes with it, as the API guide shows."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from owslib.ogcapi.processes import Processes

from .conftest import Served

GUIDE = Path(__file__).parents[2] / "docs" / "api-guide.md"


@pytest.fixture
def service(served: Served) -> Processes:
    """Return the client; it names its body's media type only if it is told to."""
    return Processes(served.url, headers={"Content-Type": "application/json"})


def test_owslib_lists_and_describes(service: Processes) -> None:
    listed = {process["id"]: process for process in service.processes()}
    assert {"overlay", "site.check", "plan.compare"} <= set(listed)
    described = service.process("overlay")
    assert described["inputs"]["a"]["schema"]["required"] == ["collection"]
    assert "sync-execute" in described["jobControlOptions"]


def test_owslib_waits_for_results_and_starts_jobs(service: Processes, served: Served) -> None:
    sides = {"a": {"collection": "parcels"}, "b": {"collection": "ecological_redline"}}
    found = service.execute("overlay", inputs=sides)
    assert len(found["table"]["value"]["rows"]) == 3
    assert found["summary"]["value"]["overlapped_m2"] > 0
    job = service.execute("overlay", inputs=sides, async_=True)
    assert (job["status"], service.response_headers["Location"]) == ("accepted", f"{served.url}/jobs/{job['jobID']}")


def test_the_example_of_the_guide_runs_as_written(served: Served) -> None:
    (example,) = re.findall(
        r"```python\n(from owslib\.ogcapi\.processes.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL
    )
    printed = StringIO()
    with redirect_stdout(printed):
        exec(compile(example.replace("http://127.0.0.1:8000/", f"{served.url}/"), str(GUIDE), "exec"), {})  # noqa: S102  our own guide
    first, second = printed.getvalue().splitlines()
    assert (float(first.split()[0]) > 0, first.split()[1]) == (True, "3")
    assert re.fullmatch(rf"accepted {re.escape(served.url)}/jobs/[0-9a-f-]+", second)
