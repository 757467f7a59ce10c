"""Subscribers are told how a job goes, where the operator allows it, and never hold up the work."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update

from app.db.models import Job
from app.errors import AppError
from app.jobs import notices
from app.jobs.errors import JobCancelledError, JobInterruptedError
from app.jobs.execution import Execution, WantedOutput
from app.jobs.kinds import JobRun
from app.jobs.outside import AllowedHosts
from app.jobs.runner import run_job

LOCAL = AllowedHosts.of(["127.0.0.1"])
Work = Callable[[JobRun], dict[str, Any]]


class Listener:
    """An HTTP server that notes what is posted to it."""

    def __init__(self) -> None:
        told: list[tuple[str, Any]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append((self.path, json.loads(body)))
                self.send_response(302 if self.path == "/moved" else 500 if self.path == "/broken" else 204)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Say nothing."""

        self.told = told
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.server.shutdown()
    listener.server.server_close()


@pytest.fixture
def run(fresh_engine: Engine, enqueue: Callable[..., UUID], listener: Listener) -> Callable[..., UUID]:
    """Return a function that runs work whose subscriber listens at three paths."""

    def run(work: Work, hosts: AllowedHosts | None = LOCAL, **paths: str) -> UUID:
        job_id = enqueue("test")
        subscriber = {name: listener.url + path for name, path in paths.items()}
        execution = Execution(
            outputs={"sum": WantedOutput(member="sum")}, base_url="https://gis.example.cn", subscriber=subscriber
        )
        with fresh_engine.begin() as connection:
            connection.execute(update(Job).where(Job.id == job_id).values(execution=execution.model_dump(mode="json")))
        run_job(fresh_engine, job_id, {"test": work}, hosts=hosts)
        return job_id

    return run


def succeed(run: JobRun) -> dict[str, Any]:
    run.progress(1, 2)
    run.progress(2, 2)
    return {"sum": {"area_m2": 5}, "report": "not for everybody"}


def refuse(_run: JobRun) -> dict[str, Any]:
    raise AppError("nothing-to-check", "Nothing to check", 409, "There is no layer 宗地.")


ALL = {"successUri": "/done", "inProgressUri": "/goes-on", "failedUri": "/failed"}


def test_progress_and_results_are_told(run: Callable[..., UUID], listener: Listener) -> None:
    job_id = run(succeed, **ALL)
    (first, state), (second, results) = listener.told
    assert (first, second) == ("/goes-on", "/done")
    assert state.items() >= {"jobID": str(job_id), "status": "running"}.items()
    assert state["links"][0]["href"] == f"https://gis.example.cn/jobs/{job_id}"
    assert results == {"sum": {"value": {"area_m2": 5}, "mediaType": "application/json"}}


def test_a_failure_is_told_with_its_problem(run: Callable[..., UUID], listener: Listener) -> None:
    run(refuse, **ALL)
    ((path, state),) = listener.told
    assert (path, state["status"], state["exception"]["title"]) == ("/failed", "failed", "Nothing to check")


def test_only_what_is_asked_for_is_told_and_nothing_to_hosts_that_are_not_listed(
    run: Callable[..., UUID], listener: Listener
) -> None:
    run(succeed, failedUri="/failed")
    run(refuse, successUri="/done")
    run(succeed, hosts=AllowedHosts.of(["10.0.0.1"]), **ALL)
    run(succeed, hosts=None, **ALL)
    assert listener.told == []


def test_a_redirect_is_not_followed_and_a_failing_subscriber_is_tried_again_and_does_no_harm(
    run: Callable[..., UUID], listener: Listener, job: Callable[[UUID], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "PAUSE_S", 0.01)
    assert job(run(succeed, successUri="/moved")).status == "successful"
    assert [path for path, _ in listener.told] == ["/moved"] * notices.ATTEMPTS
    assert job(run(succeed, successUri="/broken")).status == "successful"
    assert [path for path, _ in listener.told] == ["/moved"] * 3 + ["/broken"] * 3


def test_what_is_interrupted_is_not_told_as_an_end(
    fresh_engine: Engine, run: Callable[..., UUID], listener: Listener
) -> None:
    def stop(run: JobRun) -> dict[str, Any]:
        raise JobInterruptedError("memory", retry_in_s=1) if run.cancelled() else JobCancelledError

    run(stop, **ALL)
    # A stop that nobody asked for is a defect of the work, and told as one.
    assert [path for path, _ in listener.told] == ["/failed"]
