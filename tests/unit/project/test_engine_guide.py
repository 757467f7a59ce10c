"""What the engine's guide names is there."""

import importlib.util
import re
from pathlib import Path

from gis.certainty import CERTAINTY_COLUMNS, Certainty
from gis.overlap_table import OVERLAP_COLUMNS
from gis.slivers import OverlapClass

REPOSITORY = Path(__file__).resolve().parents[3]
GUIDE = (REPOSITORY / "docs" / "engine.md").read_text(encoding="utf-8")


def test_the_guide_describes_every_column_of_an_overlap():
    described = re.findall(r"^\| `(\w+)` \|", GUIDE, flags=re.MULTILINE)
    assert [name for name in described if name in OVERLAP_COLUMNS] == list(OVERLAP_COLUMNS)


def test_the_guide_names_every_column_and_value_of_certainty():
    names = [*CERTAINTY_COLUMNS, *(value.value for value in Certainty), *(value.value for value in OverlapClass)]
    assert [name for name in names if f"`{name}`" not in GUIDE] == []


def test_the_functions_that_the_guide_names_exist():
    named = re.findall(r"`(gis(?:\.\w+)+)\.(\w+)`", GUIDE)
    assert len(named) > 5
    missing = [f"{module}.{name}" for module, name in named if not _exists(module, name)]
    assert missing == []


def test_the_figures_are_there():
    figures = re.findall(r"\]\((figures/\w+\.svg)\)", GUIDE)
    assert {Path(figure).name for figure in figures} == {
        path.name for path in (REPOSITORY / "docs" / "figures").glob("*.svg")
    }
    assert all((REPOSITORY / "docs" / figure).is_file() for figure in figures)


def _exists(module: str, name: str) -> bool:
    loaded = importlib.import_module(module)
    return hasattr(loaded, name) or importlib.util.find_spec(f"{module}.{name}") is not None
