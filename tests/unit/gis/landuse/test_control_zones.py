import re

import pytest

from gis.landuse import ControlKind, control_kind_style, control_zones, normalise_control_zone


@pytest.mark.parametrize(
    ("kind", "written", "zone"),
    [
        ("ecological_redline", "核心保护区", "core"),
        ("ecological_redline", "一般控制区", "general"),
        ("ecological_redline", "core", "core"),
        ("urban_development_boundary", "01", "01"),
        ("urban_development_boundary", "1", "01"),
        ("urban_development_boundary", 2.0, "02"),
        ("urban_development_boundary", "430", "03"),
        ("urban_development_boundary", "414", "01"),
        ("urban_development_boundary", "弹性发展区", "02"),
        ("functional_zone", "重点开发区", "key"),
        ("functional_zone", " 限制 开发区 ", "restricted"),
        ("functional_zone", "禁止开发区", "forbidden"),
        ("land_use_control_zone", "010", "010"),
        ("land_use_control_zone", 1040, "040"),
        ("land_use_control_zone", "０２１", "020"),
        ("water_source", "一级保护区", "level_1"),
        ("nature_reserve", "Buffer zone", "buffer"),
    ],
)
def test_a_zone_is_known_by_its_code_or_name_however_it_is_written(kind, written, zone):
    assert normalise_control_zone(kind, written) == zone


@pytest.mark.parametrize("written", [None, "", "  ", float("nan"), "400", "优化开发区"])
def test_an_empty_or_unknown_zone_is_not_guessed(written):
    assert normalise_control_zone("urban_development_boundary", written) is None
    assert normalise_control_zone("functional_zone", written) is None


def test_a_kind_without_zones_has_none():
    assert control_zones("wetland") == ()
    assert normalise_control_zone("wetland", "核心区") is None


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="moon"):
        normalise_control_zone("moon", "1")


@pytest.mark.parametrize("kind", ControlKind)
def test_every_kind_and_zone_has_names_and_colours(kind):
    styles = [control_kind_style(kind), *(zone.style for zone in control_zones(kind))]
    for style in styles:
        assert style.name_zh
        assert style.name_en.isascii()
        assert re.fullmatch("#[0-9a-f]{6}", style.fill)
        assert re.fullmatch("#[0-9a-f]{6}", style.outline)


@pytest.mark.parametrize("kind", ControlKind)
def test_no_source_value_means_two_zones(kind):
    written = [value for zone in control_zones(kind) for value in {zone.value, zone.style.name_zh, *zone.source_values}]
    assert len(written) == len(set(written))
    for zone in control_zones(kind):
        assert {normalise_control_zone(kind, value) for value in (zone.value, *zone.source_values)} == {zone.value}
