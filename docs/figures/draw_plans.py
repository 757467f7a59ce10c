"""Draw the maps of docs/plan-integration.md from the sample zone: ``python docs/figures/draw_plans.py``."""

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely
from svg import Drawing

from gis.arrays import GeometryArray, IntArray
from gis.crs import AREA_PLANE, to_area_plane
from gis.formats.polygons import read_polygons
from gis.landuse.codes import lookup
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import normalise_control_zone
from gis.measurement import SQUARE_METRES_PER_MU
from gis.partition import Partition, partition_layers
from gis.plans.blueprint import CellDecision, Resolution, draw_blueprint
from gis.plans.comparison import PlanCodes, PlanComparison, compare_plans
from gis.plans.lines import line_names, lines_of_layer
from gis.plans.patches import Patches, find_patches
from gis.plans.statuses import PlanStatus
from gis.polygonal import simple_parts
from sample_layers.generate import DATA

FOLDER = Path(__file__).parents[1] / "images"
CITY, LAND = "GB 50137-2011", "TD/T 1027-2010"
PALE, EDGE, RED, GREY, PURPLE, GREEN, BLUE = "#f4f1ea", "#cfc8ba", "#e4572e", "#8f8f9c", "#7b2d8b", "#5a9e4b", "#2d7dd2"
# What is smaller cannot be seen.
LEAST_M2 = 1.0


@dataclass(frozen=True)
class Zone:
    """The plans of the sample zone compared, with the red line where it is or moved."""

    layers: dict[str, gpd.GeoDataFrame]
    plans: dict[str, PlanCodes]
    partition: Partition
    compared: PlanComparison
    patches: Patches

    def drawing(self) -> Drawing:
        """Return a drawing with the zones of both plans."""
        drawing = Drawing(self.layers["city"].total_bounds)
        drawing.add(self.layers["city"].geometry, fill=PALE, stroke=EDGE, width=0.4)
        return drawing

    def masks(self) -> IntArray:
        """Return the lines that each patch touches, as bits."""
        return self.compared.masks[self.patches.first_cells]


def read(name: str, layer: str | None = None) -> tuple[gpd.GeoDataFrame, list[dict[str, object]]]:
    """Read the usable polygons of a file of the sample with their attributes."""
    file = read_polygons(DATA / name, layer=layer)
    frame = gpd.GeoDataFrame(geometry=to_area_plane(file.report.geometries), crs=AREA_PLANE)
    usable = frame[~frame.geometry.isna()]
    return usable.reset_index(drop=True), [file.attributes[row] for row in usable.index]


def compare_zone(*, moved_m: float = 0.0) -> Zone:
    """Compare the plans, with the red line moved to the east."""
    city, city_rows = read("城市规划.shp")
    land, land_rows = read("土地利用规划.gpkg", "TDGHDL")
    red, red_rows = read("生态保护红线.gpkg", "STBHHX")
    limit, _ = read("城镇开发边界.geojson")
    layers = {"city": city, "land": land, "red": red.set_geometry(red.translate(moved_m, 0)), "limit": limit}
    codes = {"city": ("YDDM", city_rows, CITY), "land": ("GHDLDM", land_rows, LAND)}
    plans = {
        name: PlanCodes([str(row[field]) for row in rows], [version] * len(rows))
        for name, (field, rows, version) in codes.items()
    }
    zones = [normalise_control_zone(ControlKind.ECOLOGICAL_REDLINE, row["ZRBHDFQ"]) for row in red_rows]
    lines = (
        *lines_of_layer("red", ControlKind.ECOLOGICAL_REDLINE, zones),
        *lines_of_layer("limit", ControlKind.URBAN_DEVELOPMENT_BOUNDARY, [None] * len(limit)),
    )
    partition = partition_layers(layers)
    compared = compare_plans(partition, plans, lines=lines)
    return Zone(layers, plans, partition, compared, find_patches(partition, compared))


def area(geometries: GeometryArray) -> str:
    """Write the summed area in hectares and mu."""
    total = float(shapely.area(geometries).sum())
    return f"{total / 10_000:,.2f} 公顷 ha, {total / float(SQUARE_METRES_PER_MU):,.0f} 亩 mu"


def draw_differences(zone: Zone, path: Path) -> None:
    """Draw the patches by which plan has construction land there."""
    drawing = zone.drawing()
    classes = zone.compared.classes[zone.patches.first_cells]
    by_city = zone.compared.statuses[zone.patches.first_cells, 0] == PlanStatus.CONSTRUCTION
    large = zone.patches.areas_m2 >= LEAST_M2
    groups = (
        ("城规建设·土规非建设 construction land in the city plan alone", RED, (classes == "conflict") & by_city),
        ("土规建设·城规非建设 in the land-use plan alone", BLUE, (classes == "conflict") & ~by_city),
        ("一规无数据 one plan has no data", GREY, classes == "gap"),
        ("各规均在红线内建设 built in the red line by all plans", PURPLE, classes == "agreed_construction"),
    )
    for text, colour, chosen in groups:
        shown = zone.patches.geometries[chosen & large]
        drawing.add(shown, fill=colour, stroke="#333")
        drawing.say(f"{text}: {len(shown)} 图斑 patches, {area(shown)}", fill=colour, stroke="#333")
    drawing.write(path)


def draw_lines(zone: Zone, path: Path) -> None:
    """Draw where plans have construction land in the red line or beyond the urban development boundary."""
    drawing = zone.drawing()
    drawing.add(zone.layers["red"].geometry, fill="#e7f2e2", stroke=GREEN, width=1)
    drawing.add(zone.layers["limit"].geometry, stroke=PURPLE, width=1.6, dashes="6 3")
    cells = zone.partition.cells[zone.compared.cells]
    builds = (zone.compared.statuses == PlanStatus.CONSTRUCTION).any(axis=1)
    shown = (
        ("ecological_redline.core", "#b3001b"),
        ("ecological_redline.general", RED),
        ("urban_development_boundary.outside", "#f0a13c"),
    )
    for line, colour in shown:
        chosen = cells[builds & zone.compared.touches(line) & (zone.compared.areas_m2 >= LEAST_M2)]
        drawing.add(chosen, fill=colour, stroke="#333")
        drawing.say(
            f"{' '.join(line_names(line))}: {area(chosen)}",
            fill=colour,
            stroke="#333",
        )
    drawing.say("绿 green: 生态保护红线 ecological red line; 虚线 dashed: 城镇开发边界 urban development boundary")
    drawing.say("红橙 filled: 规划建设用地 planned as construction land there")
    drawing.write(path)


def draw_one_blueprint(zone: Zone, path: Path) -> None:
    """Draw the blueprint in which the city plan, the newer one, is taken up wherever the plans contradict each other."""
    parts, part_cells = simple_parts(zone.partition.cells[zone.compared.cells])
    patch_of = np.full(len(zone.compared.cells), -1)
    patch_of[zone.patches.member_cells] = zone.patches.member_patches
    speaks = zone.compared.statuses[zone.patches.first_cells, 0] != PlanStatus.NO_DATA
    conflict = zone.compared.classes[zone.patches.first_cells] == "conflict"
    codes = zone.compared.codes[zone.patches.first_cells, 0]
    chosen = np.flatnonzero(conflict & speaks)
    blueprint = draw_blueprint(
        zone.partition,
        zone.compared,
        zone.plans,
        parts,
        part_cells,
        patch_of[part_cells],
        resolutions={int(patch): Resolution("city", str(codes[patch]), CITY) for patch in chosen},
    )
    drawing = Drawing(zone.layers["city"].total_bounds)
    for code, version in sorted(
        {
            (str(code), str(version))
            for code, version in zip(blueprint.codes, blueprint.code_versions, strict=True)
            if code
        }
    ):
        found = lookup(code, version) or lookup(code[:1], version)
        members = (blueprint.codes == code) & (blueprint.code_versions == version)
        drawing.add(blueprint.geometries[members], fill=found.style.fill if found else PALE, stroke="#777", width=0.3)
    settled = blueprint.geometries[(blueprint.decisions == CellDecision.RESOLVED) & (blueprint.areas_m2 >= LEAST_M2)]
    drawing.add(settled, stroke="#111", width=1.4)
    drawing.say(
        f"{len(blueprint.areas_m2):,} 个分区，无缝无叠，合计 zones without gap or overlap, in all {area(blueprint.geometries)}"
    )
    drawing.say(f"粗框 thick: {len(settled)} 处按协调结论 places as resolved, {area(settled)}")
    # Where all plans build in the red line, or one does and the others are silent.
    waiting = blueprint.geometries[(blueprint.decisions == CellDecision.UNDECIDED) & (blueprint.areas_m2 >= LEAST_M2)]
    drawing.add(waiting, fill=RED, stroke="#333")
    drawing.say(
        f"待协调 undecided: {len(waiting)} 处底线内的建设 places built in the red line, {area(waiting)}",
        fill=RED,
        stroke="#333",
    )
    drawing.write(path)


def draw_what_if(zone: Zone, moved: Zone, path: Path) -> None:
    """Draw the patches that a moved red line changes."""
    drawing = zone.drawing()
    drawing.add(zone.layers["red"].geometry, fill="#e7f2e2", stroke=GREEN, width=1)
    drawing.add(moved.layers["red"].geometry, stroke="#0b5d1e", width=1.4, dashes="5 3")
    red = np.array([line.startswith("ecological_redline") for line in moved.compared.lines])
    bits = int((1 << np.flatnonzero(red)).sum())
    inside = moved.patches.geometries[(moved.masks() & bits != 0) & (moved.patches.areas_m2 >= LEAST_M2)]
    before = zone.patches.geometries[(zone.masks() & bits != 0) & (zone.patches.areas_m2 >= LEAST_M2)]
    drawing.add(inside, fill=RED, stroke="#333")
    drawing.say(
        f"红线内的差异图斑 differences in the red line: {len(before)} → {len(inside)}, {area(inside)}",
        fill=RED,
        stroke="#333",
    )
    drawing.say("绿 green: 现行红线 the line in force; 虚线 dashed: 调整稿 the draft, 100 m 向东 to the east")
    drawing.write(path)


def main() -> None:
    """Draw all of them."""
    zone = compare_zone()
    draw_differences(zone, FOLDER / "plan-differences.svg")
    draw_lines(zone, FOLDER / "plan-lines.svg")
    draw_one_blueprint(zone, FOLDER / "plan-blueprint.svg")
    # A metre of the area plane is a metre on the ground, from west to east, where this is 0.88.
    draw_what_if(zone, compare_zone(moved_m=100 / 0.8817), FOLDER / "plan-what-if.svg")


if __name__ == "__main__":
    main()
