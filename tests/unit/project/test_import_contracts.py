"""The import contracts hold, and each of them notices when it is broken."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGES = ("app", "gis", "sample_layers")
BREACHES = {
    "gis-knows-no-service": ("gis/errors.py", "import sqlalchemy"),
    "sample-is-independent": ("sample_layers/__init__.py", "import gis"),
    "packages-never-use-ogc": ("app/checks/errors.py", "import app.ogc"),
    "endpoints-are-the-edge": ("app/checks/repository.py", "import app.checks.endpoints"),
}


def contract_ids() -> set[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["id"] for contract in settings["tool"]["importlinter"]["contracts"]}


def lint_imports(root: Path, contract: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache", "--contract", contract]
    return subprocess.run(
        command,
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(root), "PATH": "/usr/bin"},
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for package in PACKAGES:
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=lambda _, names: [name for name in names if name in {"__pycache__", "web", "data"}],
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_every_contract_has_its_breach():
    assert contract_ids() == set(BREACHES)


@pytest.mark.parametrize("contract", sorted(BREACHES))
def test_a_contract_holds_and_a_breach_is_noticed(copy: Path, contract: str):
    kept = lint_imports(copy, contract)
    assert kept.returncode == 0, kept.stdout + kept.stderr
    name, statement = BREACHES[contract]
    guilty = copy / name
    guilty.write_text(f"{guilty.read_text()}\n{statement}\n")
    broken = lint_imports(copy, contract)
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert "BROKEN" in broken.stdout
