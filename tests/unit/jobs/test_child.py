import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.jobs import child
from app.jobs.child import WorkerChild

PATIENCE_S = 60.0


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr(child, "LONGEST_PAUSE_S", 0.02)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    path = tmp_path / "notes"
    path.touch()
    return path


@pytest.fixture
def keep(notes: Path) -> Iterator[Callable[..., WorkerChild]]:
    """Return a function that keeps a Python program alive, which finds ``notes`` as its argument."""
    kept: list[WorkerChild] = []

    def keep(program: str, before_restart: Callable[[], None] = lambda: None) -> WorkerChild:
        command = (sys.executable, "-c", f"import os, signal, sys, time; {program}", str(notes))
        kept.append(WorkerChild(command, os.environ, before_restart=before_restart))
        kept[-1].start()
        return kept[-1]

    yield keep
    for worker in kept:
        worker.stop()


NOTE_PID = "open(sys.argv[1], 'a').write(f'{os.getpid()} ')"


def is_alive(pid: str) -> bool:
    return Path("/proc", pid).exists()


def test_a_worker_that_ends_is_started_again_after_what_comes_before(
    keep: Callable[..., WorkerChild], notes: Path
) -> None:
    prepared: list[str] = []
    worker = keep(NOTE_PID, before_restart=lambda: prepared.append(notes.read_text()))
    until(lambda: len(notes.read_text().split()) >= 3)
    worker.stop()
    assert [len(before.split()) for before in prepared[:2]] == [1, 2]
    pids = notes.read_text().split()
    assert len(set(pids)) == len(pids)


def test_a_stopped_worker_is_not_started_again(keep: Callable[..., WorkerChild], notes: Path) -> None:
    worker = keep(f"{NOTE_PID}; time.sleep(600)")
    until(lambda: notes.read_text() != "")
    (pid,) = notes.read_text().split()
    worker.stop()
    assert not is_alive(pid)
    assert notes.read_text().split() == [pid]


def test_a_worker_that_does_not_listen_is_cut_off(
    keep: Callable[..., WorkerChild], notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "STOP_WITHIN_S", 0.1)
    worker = keep(f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {NOTE_PID}; time.sleep(600)")
    until(lambda: notes.read_text() != "")
    (pid,) = notes.read_text().split()
    worker.stop()
    until(lambda: not is_alive(pid))


def test_the_standard_input_of_a_worker_stays_open_while_it_is_kept(
    keep: Callable[..., WorkerChild], notes: Path
) -> None:
    worker = keep(f"{NOTE_PID}; os.read(0, 1); {NOTE_PID}; time.sleep(600)")
    until(lambda: notes.read_text() != "")
    assert len(notes.read_text().split()) == 1
    assert worker._process is not None
    assert worker._process.stdin is not None
    worker._process.stdin.close()
    until(lambda: len(notes.read_text().split()) == 2)


def test_a_program_that_cannot_be_started_is_tried_again(tmp_path: Path) -> None:
    program = tmp_path / "program"
    tries: list[int] = []

    def install() -> None:
        tries.append(1)
        if len(tries) == 2:
            program.write_text(f"#!/bin/sh\nexec sleep 600 > {tmp_path / 'started'}\n")
            program.chmod(0o755)

    worker = WorkerChild([str(program)], os.environ, before_restart=install)
    worker.start()
    until((tmp_path / "started").exists)
    worker.stop()
    assert len(tries) == 2
