"""Lock files carry hashes, and name no host: they must work from any mirror."""

import json
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PYTHON_LOCKS = sorted(ROOT.glob("requirements*.lock"))
NPM_LOCKS = [ROOT / "app" / "web" / "package-lock.json"]
HOST = re.compile(r"[a-z][a-z0-9+.-]*://|\b(?:[a-z0-9-]+\.)+(?:com|org|net|io|cn|dev)\b", re.IGNORECASE)


def test_there_are_lock_files_to_look_at():
    assert {path.name for path in PYTHON_LOCKS} >= {"requirements.lock", "requirements-dev.lock"}
    assert all(path.is_file() for path in NPM_LOCKS)


@pytest.mark.parametrize("path", PYTHON_LOCKS, ids=lambda path: path.name)
def test_every_python_package_is_pinned_with_hashes_and_without_a_host(path: Path):
    text = path.read_text()
    pinned = re.findall(r"^([A-Za-z0-9_.-]+)==\S+", text, flags=re.MULTILINE)
    entries = re.split(r"^(?=[A-Za-z0-9_.-]+==)", text, flags=re.MULTILINE)[1:]
    assert len(pinned) == len(entries) > 0
    assert [entry.split("==")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert HOST.findall(text) == []


@pytest.mark.parametrize("path", NPM_LOCKS, ids=lambda path: path.name)
def test_every_npm_package_has_its_integrity_and_no_download_address(path: Path):
    packages = {name: entry for name, entry in json.loads(path.read_text())["packages"].items() if name}
    assert len(packages) > 10
    assert [name for name, entry in packages.items() if "integrity" not in entry and not entry.get("link")] == []
    assert [name for name, entry in packages.items() if "resolved" in entry] == []


def test_the_project_names_no_path_of_a_machine_and_no_registry():
    files = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    words = ("pypi." + "org", "registry." + "npmjs", "deb." + "debian", "/wo" + "rk/", "/ro" + "ot/", "../" + "shared")
    guilty = []
    for name in filter(None, files):
        path = ROOT / name
        if name.startswith((".ci/", "sample_layers/data/")) or path.suffix in {".png", ".gpkg", ".tif"}:
            continue
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        guilty += [(name, word) for word in words if word in text]
    assert len(files) > 50
    assert guilty == []
