import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest

from app.db.cluster import PrivateCluster

PATIENCE_S = 180.0
DUOGUI = (sys.executable, "-P", "-m", "app.cli.main")


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait for something to become true, and return it."""
    deadline = time.monotonic() + PATIENCE_S
    while not (found := condition()):
        assert time.monotonic() < deadline, f"in vain: {what}"
        time.sleep(0.05)
    return found


def clean_environment(**settings: str) -> dict[str, str]:
    """Return this process's environment with no settings but these."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DUOGUI_")}
    return kept | {f"DUOGUI_{name.upper()}": value for name, value in settings.items()}


def run_duogui(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        [*DUOGUI, *arguments],
        env=clean_environment(**settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


class Service:
    """A ``duogui serve`` process and what it printed."""

    def __init__(self, log: Path, *options: str, **settings: str) -> None:
        self.log = log
        arguments = options if "--port" in options else (*options, "--port", "0")
        with log.open("wb") as output:
            self.process = psutil.Popen(
                [*DUOGUI, "serve", *arguments], env=clean_environment(**settings), stdout=output, stderr=output
            )

    def printed(self) -> str:
        return self.log.read_text()

    @property
    def port(self) -> int:
        return int(re.search(r"Serving on http://[^ ]*:(\d+)", self.printed())[1])  # type: ignore[index]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def is_ready(self) -> bool:
        assert self.process.poll() is None, self.printed()
        if "Serving on" not in self.printed():
            return False
        try:
            return httpx2.get(f"{self.url}/readyz", timeout=30).status_code == 200
        except httpx2.TransportError:
            return False

    def worker(self) -> psutil.Process | None:
        """Return the living worker."""
        for child in self.process.children():
            if child.status() != psutil.STATUS_ZOMBIE and "worker" in child.cmdline():
                return child
        return None

    def wait_until_ready(self) -> "Service":
        until(self.is_ready, "the service gets ready")
        return self

    def wait_for_worker(self) -> psutil.Process:
        """Return the worker when it takes jobs."""
        worker: psutil.Process = until(self.worker, "a worker is there")
        until(lambda: f'"pid": {worker.pid}, "event": "worker.started"' in self.printed(), "the worker takes jobs")
        return worker

    def end(self) -> None:
        for process in (self.process, self.worker() if self.process.is_running() else None):
            if process is not None and process.is_running():
                process.send_signal(signal.SIGKILL)
        self.process.wait()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Service]]:
    """Return a function that starts ``duogui serve``, on any free port unless told otherwise."""
    started: list[Service] = []

    def serve(*options: str, **settings: str) -> Service:
        started.append(Service(tmp_path / f"serve-{len(started)}.log", *options, **settings))
        return started[-1]

    yield serve
    for service in started:
        service.end()


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Return a new data folder that the database account can reach; its cluster is stopped in the end."""
    folder = Path(tempfile.mkdtemp(prefix="duogui-serve-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    PrivateCluster(folder).stop()
    shutil.rmtree(folder)
