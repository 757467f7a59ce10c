"""What docs/operations.md says of settings, exit codes and commands is what the code does."""

import re
from pathlib import Path

import pytest
import typer.main
from pydantic.fields import FieldInfo
from typer.core import TyperGroup

from app.cli.console import ExitCode
from app.cli.main import app
from app.settings import Settings

GUIDE = (Path(__file__).resolve().parents[3] / "docs" / "operations.md").read_text(encoding="utf-8")
# Defaults that the table puts into words.
IN_WORDS = {
    "data_dir",
    "database_url",
    "public_url",
    "trusted_proxies",
    "cors_origins",
    "county_table",
    "remote_hosts",
    "nightly_scan",
    "base_map_url",
    "base_map_attribution",
}


def table_rows(heading: str) -> dict[str, str]:
    """Return the second cell of each row of the first table under a heading, by its first."""
    section = GUIDE.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in section.splitlines() if "|" in line]
    return {row[0]: row[1] for row in cells[2:] if len(row) > 1}


def test_the_settings_table_names_every_setting_and_no_other() -> None:
    named = {name for name in table_rows("Settings") if name.startswith("DUOGUI_")}

    assert named == {f"DUOGUI_{name.upper()}" for name in Settings.model_fields}


@pytest.mark.parametrize(("name", "field"), [item for item in Settings.model_fields.items() if item[0] not in IN_WORDS])
def test_the_settings_table_gives_the_default(name: str, field: FieldInfo) -> None:
    written = table_rows("Settings")[f"DUOGUI_{name.upper()}"]

    assert written == (str(field.default).lower() if isinstance(field.default, bool) else str(field.default))


def test_every_exit_code_is_explained() -> None:
    assert {str(int(code)) for code in ExitCode} <= set(table_rows("Exit codes"))


def test_every_command_that_the_guide_shows_exists() -> None:
    shown = {
        tuple(words.split()[:2])
        for words in re.findall(r"(?:^\$ |`)duogui ([a-z]+(?: [a-z]+)?)\b", GUIDE, flags=re.MULTILINE)
    }
    root = typer.main.get_group(app)
    context = typer.Context(root)

    assert len(shown) > 10
    for words in shown:
        command = root.get_command(context, words[0])
        assert command is not None, words
        assert not isinstance(command, TyperGroup) or command.get_command(context, words[1]) is not None, words
