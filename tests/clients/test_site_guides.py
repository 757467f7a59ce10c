"""The examples of the guides of site checks and site search work as they are written."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from .conftest import SERVER, address_of

ROOT = Path(__file__).parents[2]
WRITTEN = "http://127.0.0.1:8000"
GUIDES = ("site-check.md", "site-search.md")
BLOCKS = [
    pytest.param(language, code, id=f"{guide}: {code.splitlines()[0][:60]}")
    for guide in GUIDES
    for language, code in re.findall(
        r"^```(\w*)\n(.*?)^```", (ROOT / "docs" / guide).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
]


@pytest.fixture(scope="module")
def sample_address(sample_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the sample zone; stored answers are added to it, which nobody else looks at."""
    folder = tmp_path_factory.mktemp("guides")
    log = folder / "requests.log"
    process = subprocess.Popen([sys.executable, SERVER, sample_url, folder, log])
    try:
        yield address_of(process, log)
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.parametrize(("language", "code"), BLOCKS)
def test_an_example_of_a_guide_works_as_written(language: str, code: str, sample_address: str, sample_url: str):
    command = [sys.executable, "-c"] if language == "python" else ["bash", "-euc"]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [*command, code.replace(WRITTEN, sample_address)],
        cwd=ROOT,
        env=os.environ | {"PATH": path, "DUOGUI_DATABASE_URL": sample_url},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    if code.startswith("curl"):
        answer: dict[str, Any] = json.loads(done.stdout)
        assert answer.get("sites") or answer.get("results"), answer
    else:
        assert re.search("DENY|REVIEW|NO_DATA|WARN|PASS", done.stdout), done.stdout


def test_the_guides_have_examples_of_every_way_to_ask() -> None:
    written = [str(block.values) for block in BLOCKS]
    for way in ("coordinates", '"parcels"', "--data-binary", "duogui check site", "owslib", "site-search"):
        assert any(way in one for one in written), way
