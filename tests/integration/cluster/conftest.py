"""Clusters of the tests' own, each in a folder that the database account can reach."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

import app
from app.db.cluster import PrivateCluster
from app.db.cluster.folders import ClusterFolders

REPOSITORY = Path(app.__file__).resolve().parents[1]
NOBODY = 65534


@contextmanager
def passable_folder() -> Iterator[Path]:
    """Give an empty folder, stop the clusters made in it, and remove it.

    It is made outside pytest's own temporary folders, which are closed to the account ``postgres``.
    """
    folder = Path(tempfile.mkdtemp(prefix="duogui-cluster-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        for base in folder.rglob("postgres"):
            if (base / "data").is_dir():
                PrivateCluster(base.parent).stop()
            shutil.rmtree(ClusterFolders(base).socket, ignore_errors=True)
        shutil.rmtree(folder)


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Give an empty data folder for one test."""
    with passable_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def stopped_cluster() -> Iterator[Path]:
    """Give the data folder of a cluster that was made and stopped; it is copied, never started."""
    with passable_folder() as folder:
        made = PrivateCluster(folder, durable=False)
        made.ensure_running()
        made.stop()
        yield folder


@pytest.fixture
def cluster(data_dir: Path, stopped_cluster: Path) -> PrivateCluster:
    """Give a running cluster that the test may stop, kill or damage."""
    # It keeps who owns what, unlike Python's own copying.
    subprocess.run(["cp", "--archive", stopped_cluster / "postgres", data_dir], check=True)
    running = PrivateCluster(data_dir)
    running.ensure_running()
    return running


@pytest.fixture(scope="module")
def shared_cluster() -> Iterator[PrivateCluster]:
    """Give a running cluster that the tests of a module share and leave running."""
    with passable_folder() as folder:
        running = PrivateCluster(folder, durable=False)
        running.ensure_running()
        yield running


@pytest.fixture
def start_process(data_dir: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Run a method of a cluster in another process, as another user where asked."""
    started: list[subprocess.Popen[str]] = []

    def start(method: str, folder: Path = data_dir, *, uid: int | None = None) -> subprocess.Popen[str]:
        script = Path(__file__).with_name("other_process.py")
        command = [sys.executable, str(script), method, str(folder), str(os.geteuid() if uid is None else uid)]
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
            cwd="/",
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    """Connect to a SQLAlchemy URL with the driver alone."""
    return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)
