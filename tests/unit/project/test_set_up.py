"""The scripts behind make: what they install, and what they say when they may not."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
Machine = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Run scripts/packages.sh where only the given commands exist; each notes how it was called in a file."""
    commands = tmp_path / "bin"
    commands.mkdir()
    for tool in ("cat", "env"):
        (commands / tool).symlink_to(str(shutil.which(tool)))

    def run(purpose: str, **scripts: str) -> subprocess.CompletedProcess[str]:
        # Everything is there unless the test says otherwise.
        present = {
            "python3": "",
            "chromium": "",
            "ogrinfo": "",
            "pg_config": "echo /nowhere",
            "id": "echo 1000",
        } | scripts
        for name, body in present.items():
            program = commands / name.replace("_get", "-get")
            program.write_text(f'#!/bin/sh\necho "{name} $*" >> {tmp_path}/calls\n{body}\n')
            program.chmod(0o755)
        return subprocess.run(
            ["/bin/sh", REPOSITORY / "scripts" / "packages.sh", purpose],
            env={"PATH": str(commands), "DUOGUI_DATABASE_URL": "postgresql://elsewhere/duogui"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def calls(tmp_path: Path, name: str) -> list[str]:
    return [line for line in (tmp_path / "calls").read_text().splitlines() if line.startswith(f"{name} ")]


WITHOUT_VENV = 'case "$*" in *ensurepip*) exit 1;; esac'


def test_a_machine_that_has_everything_is_left_alone(machine: Machine, tmp_path: Path) -> None:
    done = machine("demo", apt_get="exit 9")

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert calls(tmp_path, "apt_get") == []


def test_root_installs_what_is_missing_and_nothing_else(machine: Machine, tmp_path: Path) -> None:
    done = machine("demo", python3=WITHOUT_VENV, id="echo 0", apt_get="")

    assert done.returncode == 0
    assert calls(tmp_path, "apt_get") == ["apt_get install --yes --no-install-recommends python3-venv"]


def test_package_lists_are_fetched_when_the_first_try_fails(machine: Machine, tmp_path: Path) -> None:
    flag = tmp_path / "lists"
    body = f'case "$1" in update) : > {flag};; install) [ -e {flag} ];; esac'

    done = machine("demo", python3=WITHOUT_VENV, id="echo 0", apt_get=body)

    assert done.returncode == 0
    assert [call.split()[1] for call in calls(tmp_path, "apt_get")] == ["install", "update", "install"]


def test_a_normal_user_installs_with_sudo(machine: Machine, tmp_path: Path) -> None:
    done = machine("demo", python3=WITHOUT_VENV, sudo='exec "$@"', apt_get="")

    assert done.returncode == 0
    assert "apt-get install" in calls(tmp_path, "sudo")[0]
    assert len(calls(tmp_path, "apt_get")) == 1


@pytest.mark.parametrize(
    "scripts",
    [{}, {"apt_get": ""}, {"apt_get": "", "sudo": "exit 1"}, {"apt_get": "exit 100", "id": "echo 0"}],
    ids=["no apt", "no sudo", "sudo refuses", "apt fails"],
)
def test_whoever_cannot_install_is_given_the_command(machine: Machine, scripts: dict[str, str]) -> None:
    done = machine("demo", python3=WITHOUT_VENV, **scripts)

    assert done.returncode == 1
    assert "sudo apt-get update && sudo apt-get install python3-venv\n" in done.stderr


def test_an_old_python_is_named(machine: Machine) -> None:
    done = machine("demo", python3='case "$*" in --version) echo Python 3.9.2;; *) exit 1;; esac')

    assert done.returncode == 1
    assert "3.11 or newer; this machine has Python 3.9.2" in done.stderr


def test_the_tests_need_more_than_the_demo(machine: Machine, tmp_path: Path) -> None:
    machine("demo")
    (tmp_path / "bin" / "chromium").unlink()
    (tmp_path / "bin" / "ogrinfo").unlink()
    without = {"PATH": str(tmp_path / "bin")}

    done = subprocess.run(
        ["/bin/sh", REPOSITORY / "scripts" / "packages.sh", "test"],
        env=without,
        capture_output=True,
        text=True,
        check=False,
    )

    assert re.search(r"sudo apt-get install.* chromium gdal-bin mapserver-bin\n", done.stderr)


def test_the_benchmarks_need_the_allocator_of_the_image_as_well(machine: Machine, tmp_path: Path) -> None:
    done = machine("bench", python3=WITHOUT_VENV, mapserv="")

    missing = "" if any(Path("/usr/lib").glob("*/libjemalloc.so.2")) else " libjemalloc2"
    assert re.search(rf"sudo apt-get install python3-venv( postgresql postgresql-postgis)?{missing}\n", done.stderr)


def test_make_help_names_every_target_that_is_meant_to_be_called() -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    shown = subprocess.run(
        ["make", "--no-print-directory", "help"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert [line.split()[1] for line in shown.splitlines()] == [
        "help", "demo", "test", "coverage", "lint", "format", "bench", "web", "clean",
    ]  # fmt: skip


def test_an_environment_lock_yields_uv_with_its_hashes_and_nothing_else() -> None:
    program = re.search(r"awk '([^']+)'", (REPOSITORY / "scripts" / "environment.sh").read_text())
    assert program is not None
    assert f"awk '{program[1]}'" in (REPOSITORY / "Dockerfile").read_text()

    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-bench.lock"):
        taken = subprocess.run(
            ["awk", program[1], REPOSITORY / lock], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        requirements = [line for line in taken if not line.startswith((" ", "#"))]
        assert len(requirements) == 1
        assert requirements[0].startswith("uv==")
        assert sum("--hash=sha256:" in line for line in taken) >= 10
