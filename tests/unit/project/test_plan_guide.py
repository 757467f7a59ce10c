"""The guide to plan integration shows the maps that its script draws, and leads the same way in both languages."""

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"


GUIDES = ("plan-integration.md", "plan-integration.zh-CN.md")


def text_of(guide: str) -> str:
    return (DOCS / guide).read_text(encoding="utf-8")


@pytest.mark.parametrize("guide", GUIDES)
def test_every_map_that_is_drawn_is_there_and_shown_in_the_guide(guide: str):
    drawn = set(re.findall(r'"(plan-[\w-]+\.svg)"', (DOCS / "figures" / "draw_plans.py").read_text(encoding="utf-8")))
    shown = re.findall(r"\]\(images/(plan-[\w-]+\.svg)\)", text_of(guide))
    assert len(drawn) == 4
    assert sorted(shown) == sorted(drawn)
    assert all((DOCS / "images" / name).stat().st_size > 10_000 for name in drawn)


def walk_of(guide: str) -> list[str]:
    section = re.search(r"^## [^\n]*shapefile.*?(?=^## )", text_of(guide), re.MULTILINE | re.DOTALL)
    assert section is not None
    return [line for line in section[0].splitlines() if re.match(r"duogui|ogr2ogr|  --", line)]


def test_both_guides_go_from_two_shapefiles_to_a_blueprint_by_the_same_commands():
    english, chinese = map(walk_of, GUIDES)
    assert len(english) > 30
    assert chinese == english


def test_the_chinese_guide_names_the_states_classes_rules_and_decisions_of_the_english_one():
    english, chinese = (set(re.findall(r"[a-z]+_[a-z_]+", text_of(guide))) for guide in GUIDES)
    assert {"agreed_construction", "existing_right", "beyond_upper_plan", "single_plan", "buy_back"} <= chinese
    assert chinese <= english
