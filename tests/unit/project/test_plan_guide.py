"""The guide to plan integration shows the maps that its script draws."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[3] / "docs"


def test_every_map_that_is_drawn_is_there_and_shown_in_the_guide():
    drawn = set(re.findall(r'"(plan-[\w-]+\.svg)"', (DOCS / "figures" / "draw_plans.py").read_text(encoding="utf-8")))
    shown = re.findall(r"\]\(images/(plan-[\w-]+\.svg)\)", (DOCS / "plan-integration.md").read_text(encoding="utf-8"))
    assert len(drawn) == 4
    assert sorted(shown) == sorted(drawn)
    assert all((DOCS / "images" / name).stat().st_size > 10_000 for name in drawn)
