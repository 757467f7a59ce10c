import re

import pytest

from gis.landuse.control_kinds import ControlKind
from gis.plans.comparison import MOST_LINES
from gis.plans.lines import LINE_KINDS, line_names, lines_of_layer


def test_a_kind_with_zones_has_a_bit_for_each_and_one_for_what_is_not_known():
    lines = lines_of_layer("zones", ControlKind.FUNCTIONAL_ZONE, ["key", "forbidden", None, "?", "key"])
    assert {line.name: line.areas.tolist() for line in lines} == {
        "functional_zone.key": [True, False, False, False, True],
        "functional_zone.restricted": [False] * 5,
        "functional_zone.forbidden": [False, True, False, False, False],
        "functional_zone.unknown": [False, False, True, True, False],
    }


def test_a_kind_without_zones_has_one_bit_for_all_its_areas():
    (line,) = lines_of_layer("farmland", ControlKind.PERMANENT_BASIC_FARMLAND, [None, None])
    assert (line.name, line.areas, line.outside) == ("permanent_basic_farmland", None, False)


def test_the_development_boundary_counts_outside_of_it():
    (line,) = lines_of_layer("boundary", ControlKind.URBAN_DEVELOPMENT_BOUNDARY, ["01", "02"])
    assert line.outside
    assert line.areas is None


def test_where_a_layer_is_not_known_is_a_bit_of_its_own():
    lines = lines_of_layer("farmland", ControlKind.PERMANENT_BASIC_FARMLAND, [None], coverage="known")
    assert [(line.name, line.layer, line.outside) for line in lines] == [
        ("permanent_basic_farmland", "farmland", False),
        ("permanent_basic_farmland.not_covered", "known", True),
    ]


def test_all_lines_together_fit_into_a_mask_and_have_names():
    lines = [line for kind in LINE_KINDS for line in lines_of_layer(kind.value, kind, [], coverage="known")]
    assert len(lines) <= MOST_LINES
    names = [line_names(line.name) for line in lines]
    assert len(set(names)) == len(lines)
    assert all(re.search("[一-鿿]", zh) and en.isascii() for zh, en in names)


@pytest.mark.parametrize("name", ["ecological_redline.north", "nothing"])
def test_a_name_that_is_none_is_refused(name):
    with pytest.raises(ValueError, match=r"has no zone|not a valid ControlKind"):
        line_names(name)


def test_every_line_that_a_planner_asks_for_has_a_bit():
    kinds = {line.name.partition(".")[0] for kind in LINE_KINDS for line in lines_of_layer("all", kind, [])}
    asked = {"ecological_redline", "permanent_basic_farmland", "urban_development_boundary", "forest", "water_source"}
    assert kinds >= asked | {"river_management", "functional_zone", "ecological_control_line"}
