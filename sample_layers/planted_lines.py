"""What is planted on the rows of the district: overlaps with each hard line, one situation per rectangle.

Positions are metres from the south-west corner of a rectangle of 120 m x 80 m; the gap to the next one is 30 m, so a
shape may stand out by up to 25 m and meets no other parcel.
"""

from sample_layers.parcels import site_parcel
from sample_layers.planting import BOUNDARY, FARMLAND, FUNCTIONAL, REDLINE, Plantation, Site, as_read
from sample_layers.projection import Millimetres, degrees

SLIVER_M = 0.010

# West, south, east and north side in metres from the south-west corner of a site.
Window = tuple[float, float, float, float]


def plant_redlines(plantation: Plantation) -> None:
    """Plant on rows 0 and 1: meridians and parallels in EPSG:4490, or the parcel's own vertices."""
    _plant_plain_redlines(plantation)
    _plant_thin_redlines(plantation)
    _plant_redline_traps(plantation)


def _plant_plain_redlines(plantation: Plantation) -> None:
    for column, (zone, item) in enumerate((("core", "inside_core"), ("general", "inside_general"))):
        site = plantation.sites[0, column]
        plantation.draw_geographic(REDLINE, zone, "示例山", site.geographic_window(-10, -10, 130, 90))
        plantation.expect_whole(item, REDLINE, zone, site.parcel, "inside")
    site = plantation.sites[0, 2]
    window = site.geographic_window(-10, -10, 36, 90)
    plantation.draw_geographic(REDLINE, "general", "示例岭", window)
    plantation.expect("crossing_30_percent", REDLINE, "general", site, "crossing", covering=[window])
    site = plantation.sites[0, 3]
    triangle = [site.at(-15, -15), site.at(110, -15), site.at(-15, 85)]
    plantation.draw(REDLINE, "core", "示例岭", triangle)
    plantation.expect("crossing_diagonally", REDLINE, "core", site, "crossing", covering=[degrees(triangle)])
    site = plantation.sites[0, 6]
    first, second = site.geographic_window(-10, -10, 48, 90), site.geographic_window(30, -10, 72, 90)
    plantation.draw_geographic(REDLINE, "general", "示例谷", first)
    plantation.draw_geographic(REDLINE, "general", "示例谷", second)
    plantation.expect("two_overlapping_parts", REDLINE, "general", site, "crossing", covering=[first, second])
    site = plantation.sites[0, 7]
    left, right = site.geographic_window(-10, -10, 30, 90), site.geographic_window(90, -10, 130, 90)
    plantation.draw_geographic(REDLINE, "core", "示例湖", left)
    plantation.draw_geographic(REDLINE, "general", "示例湖", right)
    plantation.expect("core_and_general", REDLINE, "core", site, "crossing", covering=[left])
    plantation.expect("core_and_general", REDLINE, "general", site, "crossing", covering=[right])


def _plant_thin_redlines(plantation: Plantation) -> None:
    site = plantation.sites[0, 4]
    shared = [site.at(120, 0), site.at(145, 0), site.at(145, 80), site.at(120, 80)]
    plantation.draw(REDLINE, "general", "示例坡", shared)
    plantation.expect("touching_along_an_edge", REDLINE, "general", site, "touching", "none")
    site = plantation.sites[0, 5]
    edge = site.window(120 - SLIVER_M, -5, 135, 85)
    plantation.draw(REDLINE, "general", "示例坡", edge)
    plantation.expect("sliver_of_10_mm", REDLINE, "general", site, "crossing", "sliver", [degrees(edge)])
    site = plantation.sites[0, 8]
    corner = site.geographic_window(114, 74, 135, 95)
    plantation.draw_geographic(REDLINE, "general", "示例丘", corner)
    plantation.expect("small_but_compact_corner", REDLINE, "general", site, "crossing", covering=[corner])
    site = plantation.sites[0, 9]
    strip = site.geographic_window(-10, -20, 130, 3)
    plantation.draw_geographic(REDLINE, "general", "示例丘", strip)
    plantation.expect("strip_of_3_m", REDLINE, "general", site, "crossing", "sliver", [strip])


def _plant_redline_traps(plantation: Plantation) -> None:
    site = plantation.sites[1, 0]
    around, hole = site.geographic_window(-14, -14, 134, 94), site.geographic_window(-7, -7, 127, 87)
    plantation.draw_geographic(REDLINE, "core", "示例岛", around, hole)
    plantation.expect("in_a_hole_of_the_line", REDLINE, "core", site, "apart", "none")
    site = plantation.sites[1, 1]
    courtyard = site.window(40, 25, 80, 55)
    site.parcel = site_parcel(site.row, site.column, site.ring, [courtyard])
    plantation.draw_geographic(REDLINE, "core", "示例古树", site.geographic_window(45, 30, 75, 50))
    plantation.expect("line_in_the_parcels_courtyard", REDLINE, "core", site, "apart", "none")
    site = plantation.sites[1, 2]
    parts = [site.window(-10, -10, 24, 90), site.window(100, -10, 130, 90)]
    plantation.draw_parts(REDLINE, "general", "示例双峰", *parts)
    covering = [degrees(part) for part in parts]
    plantation.expect("two_parts_of_one_feature", REDLINE, "general", site, "crossing", covering=covering)
    site = plantation.sites[1, 3]
    plantation.draw(REDLINE, "core", "示例崖", site.window(120 + SLIVER_M, -5, 135, 85))
    plantation.expect("apart_by_10_mm", REDLINE, "core", site, "apart", "none")
    site = plantation.sites[1, 4]
    plantation.draw(
        REDLINE, "core", "示例崖", [site.at(120, 80), site.at(135, 80), site.at(135, 100), site.at(120, 100)]
    )
    plantation.expect("touching_at_a_corner", REDLINE, "core", site, "touching", "none")
    site = plantation.sites[1, 9]
    redline, farmland = site.geographic_window(-10, -10, 36, 90), site.window(84, -10, 130, 90)
    plantation.draw_geographic(REDLINE, "general", "示例双线", redline)
    plantation.draw(FARMLAND, "", "水田", farmland)
    plantation.expect("two_lines_on_one_parcel", REDLINE, "general", site, "crossing", covering=[redline])
    plantation.expect("two_lines_on_one_parcel", FARMLAND, "", site, "crossing", covering=[degrees(farmland)])


def plant_farmland(plantation: Plantation) -> None:
    """Plant on rows 1, 2 and 8: patches in EPSG:4526 against parcels in EPSG:4547."""
    _plant_plain_farmland(plantation)
    _plant_thin_farmland(plantation)


def _plant_plain_farmland(plantation: Plantation) -> None:
    site = plantation.sites[2, 0]
    # The same patch under two numbers: accepted twice, counted once.
    for _ in range(2):
        plantation.draw(FARMLAND, "", "水田", site.window(-10, -10, 130, 90))
    plantation.expect_whole("inside", FARMLAND, "", site.parcel, "inside")
    situations: dict[int, tuple[str, str, list[Window]]] = {
        1: ("crossing_25_percent", "crossing", [(-10, -10, 30, 90)]),
        4: ("two_overlapping_parts", "crossing", [(-10, -10, 60, 40), (40, 20, 130, 90)]),
        5: ("patch_within_the_parcel", "covers", [(20, 20, 60, 50)]),
        7: ("two_patches_side_by_side", "crossing", [(20, -10, 60, 40), (60, -10, 100, 40)]),
    }
    for column, (item, relation, windows) in situations.items():
        _plant_windows(plantation, FARMLAND, "", plantation.sites[2, column], item, relation, windows)
    # Of this site only the west half lies where the lines are known, see ``hard_lines.coverage_rings``.
    _plant_windows(
        plantation, FARMLAND, "", plantation.sites[8, 0], "hit_in_the_known_half", "crossing", [(-10, -10, 30, 90)]
    )


def _plant_thin_farmland(plantation: Plantation) -> None:
    site = plantation.sites[2, 2]
    plantation.draw(FARMLAND, "", "水田", [site.at(120, 0), site.at(135, 0), site.at(135, 80), site.at(120, 80)])
    plantation.expect("touching_along_an_edge", FARMLAND, "", site, "touching", "none")
    site = plantation.sites[2, 3]
    edge = site.window(120 - SLIVER_M, -5, 135, 85)
    plantation.draw(FARMLAND, "", "水田", edge)
    plantation.expect("sliver_of_10_mm", FARMLAND, "", site, "crossing", "sliver", [degrees(edge)])
    site = plantation.sites[2, 6]
    corner = site.window(114, 74, 135, 95)
    plantation.draw(FARMLAND, "", "旱地", corner)
    plantation.expect("small_but_compact_corner", FARMLAND, "", site, "crossing", covering=[degrees(corner)])
    # One straight edge of 570 m along the north of four parcels: it has no vertices where theirs are, so taken to
    # degrees vertex by vertex it cuts them by a millimetre or two.
    first, last = plantation.sites[1, 5], plantation.sites[1, 8]
    field = [first.at(0, 80), last.at(120, 80), last.at(120, 100), first.at(0, 100)]
    plantation.draw(FARMLAND, "", "旱地", field)
    for column in range(5, 9):
        site = plantation.sites[1, column]
        plantation.expect("long_edge_without_vertices", FARMLAND, "", site, "touching", "artefact", [degrees(field)])


def plant_functional_zones(plantation: Plantation) -> None:
    """Plant on row 4: zones in the parcels' own EPSG:4547, so that a shared edge is exactly the same."""
    for column, zone in ((0, "forbidden"), (2, "restricted")):
        site = plantation.sites[4, column]
        plantation.draw(FUNCTIONAL, zone, "示例区", site.window(-10, -10, 130, 90))
        plantation.expect_whole("inside", FUNCTIONAL, zone, site.parcel, "inside")
    situations: dict[int, tuple[str, str, str, list[Window]]] = {
        1: ("crossing_40_percent", "forbidden", "crossing", [(-10, -10, 48, 90)]),
        3: ("crossing_20_percent", "restricted", "crossing", [(96, -10, 130, 90)]),
        6: ("two_overlapping_parts", "restricted", "crossing", [(-10, -10, 60, 90), (30, 40, 130, 90)]),
        8: ("crossing_in_a_corner", "forbidden", "crossing", [(80, 50, 130, 90)]),
    }
    for column, (item, zone, relation, windows) in situations.items():
        _plant_windows(plantation, FUNCTIONAL, zone, plantation.sites[4, column], item, relation, windows)
    site = plantation.sites[4, 4]
    plantation.draw(
        FUNCTIONAL, "forbidden", "示例区", [site.at(120, 0), site.at(135, 0), site.at(135, 80), site.at(120, 80)]
    )
    plantation.expect("touching_along_an_edge", FUNCTIONAL, "forbidden", site, "touching", "none")
    site = plantation.sites[4, 5]
    edge = site.window(120 - SLIVER_M, -5, 135, 85)
    plantation.draw(FUNCTIONAL, "forbidden", "示例区", edge)
    plantation.expect("sliver_of_10_mm", FUNCTIONAL, "forbidden", site, "crossing", "sliver", [degrees(edge)])
    site = plantation.sites[4, 7]
    for zone, window in (("restricted", site.window(-10, -10, 60, 90)), ("forbidden", site.window(60, -10, 130, 90))):
        plantation.draw(FUNCTIONAL, zone, "示例区", window)
        plantation.expect("restricted_and_forbidden", FUNCTIONAL, zone, site, "crossing", covering=[degrees(window)])


def functional_windows(plantation: Plantation) -> list[list[Millimetres]]:
    """Return the rectangles that the planted zones take out of the key development zone, each apart from the others."""
    taken: dict[int, Window] = {
        0: (-10, -10, 130, 90),
        1: (-10, -10, 48, 90),
        2: (-10, -10, 130, 90),
        3: (96, -10, 130, 90),
        4: (120, 0, 135, 80),
        5: (120 - SLIVER_M, -5, 135, 85),
        6: (-10, -10, 130, 90),
        7: (-10, -10, 130, 90),
        8: (80, 50, 130, 90),
    }
    return [plantation.sites[4, column].window(*window) for column, window in taken.items()]


def plant_boundary(plantation: Plantation) -> list[list[Millimetres]]:
    """Plant on row 3: windows ("天窗") in the concentrated construction area, some filled by another partition.

    Returns
    -------
    list of rings
        The holes that the concentrated construction area gets.
    """
    holes: dict[int, Window] = {
        1: (72, -10, 130, 90),
        2: (-10, -10, 130, 90),
        5: (120 - SLIVER_M, -5, 135, 85),
        6: (-10, -10, 130, 90),
        7: (-10, -10, 130, 90),
        8: (60, -10, 130, 90),
    }
    rings = {column: plantation.sites[3, column].window(*window) for column, window in holes.items()}
    site = plantation.sites[3, 3]
    rings[3] = [site.at(120, 0), site.at(135, 0), site.at(135, 80), site.at(120, 80)]
    site = plantation.sites[3, 4]
    rings[4] = [
        site.at(-10, -8),
        site.at(120, -8),
        site.at(120, 0),
        site.at(120, 80),
        site.at(120, 88),
        site.at(-10, 88),
    ]
    site = plantation.sites[3, 9]
    # Where the flexible part ends inside the hole, the hole has that vertex too.
    rings[9] = [
        site.at(-10, -10),
        site.at(84, -10),
        site.at(130, -10),
        site.at(130, 90),
        site.at(84, 90),
        site.at(-10, 90),
    ]
    _expect_outside(plantation, rings)
    _fill_windows(plantation, rings)
    return [rings[column] for column in sorted(rings)]


def _expect_outside(plantation: Plantation, rings: dict[int, list[Millimetres]]) -> None:
    sites = plantation.sites
    plantation.expect("inside_01", BOUNDARY, "", sites[3, 0], "inside", "none")
    plantation.expect(
        "40_percent_outside", BOUNDARY, "", sites[3, 1], "partly_outside", covering=[as_read(BOUNDARY, rings[1])]
    )
    plantation.expect_whole("wholly_outside", BOUNDARY, "", sites[3, 2].parcel, "outside")
    # Nine decimals of a degree round the shared edge by up to 0.1 mm, to either side.
    plantation.expect("touching_from_inside", BOUNDARY, "", sites[3, 3], "touching", "artefact")
    tolerance_m2 = 0.02
    plantation.expect_whole("touching_from_outside", BOUNDARY, "", sites[3, 4].parcel, "outside", tolerance_m2)
    plantation.expect(
        "sliver_of_10_mm", BOUNDARY, "", sites[3, 5], "partly_outside", "sliver", [as_read(BOUNDARY, rings[5])]
    )
    outside = sites[3, 9].window(-10, -10, 84, 90)
    plantation.expect(
        "70_percent_outside_30_percent_flexible",
        BOUNDARY,
        "",
        sites[3, 9],
        "partly_outside",
        covering=[as_read(BOUNDARY, outside)],
    )


def _fill_windows(plantation: Plantation, rings: dict[int, list[Millimetres]]) -> None:
    for column, zone, item in ((6, "02", "inside_02"), (7, "03", "inside_03")):
        plantation.draw(BOUNDARY, zone, "示例分区", rings[column])
        plantation.expect_whole(item, BOUNDARY, zone, plantation.sites[3, column].parcel, "inside")
    flexible = (
        (8, "half_01_half_02", rings[8]),
        (9, "70_percent_outside_30_percent_flexible", plantation.sites[3, 9].window(84, -10, 130, 90)),
    )
    for column, item, ring in flexible:
        site = plantation.sites[3, column]
        plantation.draw(BOUNDARY, "02", "示例分区", ring)
        plantation.expect(item, BOUNDARY, "02", site, "crossing", covering=[as_read(BOUNDARY, ring)])


def _plant_windows(
    plantation: Plantation, layer: str, zone: str, site: Site, item: str, relation: str, windows: list[Window]
) -> None:
    rings = [site.window(*window) for window in windows]
    for ring in rings:
        plantation.draw(layer, zone, "水田" if layer == FARMLAND else "示例区", ring)
    plantation.expect(item, layer, zone, site, relation, covering=[as_read(layer, ring) for ring in rings])
