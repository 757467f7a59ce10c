"""Draw the figures of docs/engine.md from what the engine itself computes: ``python docs/figures/draw.py``."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from svg import Drawing

from benchmarks.city import City
from gis.arrays import FloatArray, GeometryArray
from gis.certainty import judge_certainty
from gis.constraint_set import ConstraintSet
from gis.cover import settle_pairs
from gis.crs import AREA_PLANE, to_area_plane, to_geographic
from gis.overlay import measure_overlaps
from gis.partition import partition_layers
from gis.slivers import LayerSource
from gis.threads import ThreadTeam
from gis.topology import TopologyTolerances, find_topology_faults

FOLDER = Path(__file__).parent
ZONE = pyproj.CRS("EPSG:4547")
BLUE, GREEN, ORANGE, RED, GREY, WHITE = "#9ec5e8", "#b5d99c", "#f6c177", "#e5707e", "#e3e3e3", "#ffffff"


def draw_artefact(path: Path) -> None:
    """Draw neighbours of which one has a vertex on the shared edge: an overlap that nobody drew."""
    west, south, side = 409_000.0, 3_125_000.0, 1250.0
    line = south + 600.0
    red_line = shapely.box(west, line, west + side, line + 600)
    shared = [(west, line), (west + side / 2, line), (west + side, line)]
    parcel = shapely.Polygon([*shared, (west + side, south), (west, south)])
    layers = [
        gpd.GeoDataFrame(geometry=to_area_plane(to_geographic([one], ZONE)), crs=AREA_PLANE)
        for one in (parcel, red_line)
    ]
    source = LayerSource(ZONE)
    found = measure_overlaps(*layers, with_geometry=True, target_source=source, constraint_source=source)
    start, _, end = shapely.get_coordinates(layers[0].geometry)[:3]

    def along_the_edge(coordinates: FloatArray) -> FloatArray:
        beside = coordinates - start
        return np.column_stack([beside[:, 0], beside[:, 1] - beside[:, 0] * (end - start)[1] / (end - start)[0]])

    sheared = [shapely.transform(frame.geometry.to_numpy(), along_the_edge) for frame in (*layers, found)]
    height, length = 3 * shapely.bounds(sheared[2][0])[3], end[0] - start[0]
    stretch = 0.35 * length / (2 * height)
    drawing = Drawing((-40, -height, length + 40, height), stretch=stretch)
    drawing.add(sheared[0], fill=BLUE)
    drawing.add(sheared[1], fill=GREEN)
    drawing.add(sheared[2], fill=ORANGE, stroke=RED, width=1.5)
    drawing.dots(shapely.get_coordinates(sheared[0])[1:2], fill=RED)
    overlap = found.iloc[0]
    drawing.say(f"a parcel, drawn in {ZONE.name}, with a vertex amid its straight edge", fill=BLUE)
    drawing.say("a red line, drawn there as well, without that vertex", fill=GREEN)
    drawing.say(
        f"what is stored overlaps: {overlap['overlap_area_m2']:.1f} m² on {side:,.0f} m, mean width {overlap['mean_width_m'] * 1000:.0f} mm,"
        f" class: {overlap['overlap_class']}",
        fill=ORANGE,
        stroke=RED,
    )
    drawing.say(f"Heights are drawn {stretch:,.0f} times as large as widths.")
    drawing.write(path)


def draw_overlay(path: Path) -> None:
    """Draw which parcels a predicate settles and which have to be cut, and the pieces that they meet."""
    city = City(0.05)
    parcels, red_lines = city.parcels(), city.red_lines()
    constraints = ConstraintSet(red_lines, group=None, pieces=None)
    geometries = parcels.geometry.to_numpy()
    with ThreadTeam(1) as team:
        settled = settle_pairs(geometries, parcels.index.to_numpy(), constraints, team=team)
    inside = np.unique(settled.pairs.target[settled.inside])
    border = np.unique(settled.pairs.target[settled.border])
    drawing = Drawing(_busiest_window(geometries[border], 5000, 3000))
    drawing.add(geometries, fill=WHITE, stroke="#bbb")
    drawing.add(geometries[inside], fill=GREEN, stroke="#888")
    drawing.add(geometries[border], fill=ORANGE, stroke="#888")
    drawing.add(constraints.pieces, stroke=RED, width=0.8, dashes="5 3")
    drawing.add(red_lines.geometry, stroke=RED, width=1.8)
    apart = len(parcels) - len(np.union1d(inside, border))
    drawing.say(
        f"{len(inside):,} parcels lie wholly inside a red line: their overlap is the parcel itself",
        fill=GREEN,
        stroke="#888",
    )
    drawing.say(
        f"{len(border):,} meet a border: only they are intersected, with the pieces near them",
        fill=ORANGE,
        stroke="#888",
    )
    drawing.say(f"{apart:,} meet no red line", fill=WHITE, stroke="#888")
    drawing.say(
        f"solid: {len(red_lines)} red lines; dashed: the {len(constraints.pieces)} pieces of at most 256 vertices that they are cut into"
    )
    drawing.write(path)


def draw_partition(path: Path) -> None:
    """Draw the cells of two plans of which one overlaps itself."""
    city = City(0.02)
    plans = {"plan A": city.plan(1), "plan B": city.plan(2)}
    window = _busiest_window(plans["plan A"].geometry.to_numpy(), 3000, 1800)
    near = {name: plan[plan.intersects(shapely.box(*window))] for name, plan in plans.items()}
    # One zone of plan A is drawn too large, and each plan has a blank spot.
    middle = near["plan A"].distance(shapely.box(*window).centroid).sort_values().index
    zones = near["plan A"].geometry.copy()
    zones[middle[0]] = zones[middle[0]].buffer(150)
    near["plan A"] = near["plan A"].set_geometry(zones).drop(middle[3])
    near["plan B"] = near["plan B"].drop(near["plan B"].distance(zones[middle[6]].centroid).idxmin())
    cells = partition_layers(near)
    layers = cells.layers
    several = layers[0].flat.member_counts()[cells.vectors[:, 0]] > 1
    groups = (
        ("plan A and plan B", BLUE, (cells.vectors >= 0).all(axis=1) & ~several),
        ("plan A alone", GREEN, (cells.vectors[:, 1] < 0) & ~several),
        ("plan B alone", ORANGE, cells.vectors[:, 0] < 0),
        (
            "two zones of plan A at once: the plan overlaps itself, and the cell belongs to both",
            RED,
            several & (cells.vectors[:, 0] >= 0),
        ),
    )
    drawing = Drawing(window)
    for text, colour, members in groups:
        drawing.add(cells.cells[members], fill=colour, stroke="#444")
        drawing.say(f"{int(members.sum()):,} cells: {text}", fill=colour, stroke="#444")
    drawing.add(near["plan A"].geometry, stroke="#111", width=1.6)
    drawing.say("Thick: the zones of plan A. The cells of every zone of either plan add up to it.")
    drawing.write(path)


def draw_certainty(path: Path) -> None:
    """Draw a boundary with its band and what it leaves of verdicts."""
    accuracy_m = 15.0
    drawn = [
        shapely.box(409_000 + 60 * i, 3_125_000 + 45 * j, 409_058 + 60 * i, 3_125_043 + 45 * j)
        for i in range(12)
        for j in range(6)
    ]
    steps = np.linspace(0, 720, 40)
    edge = np.c_[409_000 + steps, 3_125_115 + 60 * np.sin(steps / 110)]
    red = shapely.Polygon([*edge, (409_720, 3_125_500), (409_000, 3_125_500)])
    parcels, red_lines = (
        gpd.GeoDataFrame(geometry=to_area_plane(to_geographic(list(part), ZONE)), crs=AREA_PLANE)
        for part in (drawn, [red])
    )
    overlaps = measure_overlaps(parcels, red_lines)
    judged = judge_certainty(overlaps, parcels, red_lines, accuracy_m=accuracy_m, area_limit_m2=1.0)
    colours = {"certain_hit": RED, "doubtful_hit": ORANGE, "possible_hit": BLUE, "certain_clear": GREY}
    shown = dict.fromkeys(parcels.index, "certain_clear") | dict(
        zip(judged["target_id"], judged["certainty"], strict=True)
    )
    drawing = Drawing((408_990, 3_124_990, 409_730, 3_125_280))
    means = {
        "certain_hit": "more than the limit even with the boundary moved inwards",
        "doubtful_hit": "more than the limit as drawn, not with the boundary moved inwards",
        "possible_hit": "not more than the limit as drawn, more with the boundary moved outwards",
        "certain_clear": "not more than the limit even with the boundary moved outwards",
    }
    for kind, colour in colours.items():
        members = [parcel for number, parcel in enumerate(drawn) if shown[number] == kind]
        drawing.add(members, fill=colour, stroke="#666")
        drawing.say(f"{kind}, {len(members)} parcels: {means[kind]}", fill=colour, stroke="#666")
    line = shapely.LineString(edge)
    drawing.add([line.buffer(accuracy_m, cap_style="flat")], stroke="#333", dashes="4 3")
    drawing.add([line], stroke="#900", width=2)
    drawing.say(
        f"Solid: the boundary of a red line above it; dashed: where it may lie, surveyed to {accuracy_m:g} m. The limit is 1 m²."
    )
    drawing.write(path)


def draw_topology(path: Path) -> None:
    """Draw a small layer with one fault of every kind, and an island that is none."""
    west, south = 409_000.0, 3_125_000.0
    corners = (
        [(0, 0), (10, 0), (10, 6), (0, 6)],
        [(10, 0), (20, 0), (20, 6), (10, 6)],
        [(20, 0), (30, 0), (30, 3), (29.2, 6), (20, 6)],
        [(0, 6), (20, 6), (20, 12), (9, 12), (9, 9), (8, 9), (8, 12), (0, 12)],
        [(19.2, 6.4), (30, 6.4), (30, 12), (20, 12), (20, 11), (19.2, 11)],
        [(8, 12), (9, 12), (20, 12), (20, 16), (0, 16), (0, 12)],
        [(20.3, 12), (32, 12), (32, 16), (20.3, 16)],
    )
    drawn = [shapely.transform(shapely.Polygon(ring), lambda xy: np.add(xy, (west, south))) for ring in corners]
    parcels, scope = (
        gpd.GeoDataFrame(geometry=to_area_plane(to_geographic(part, ZONE)), crs=AREA_PLANE)
        for part in (drawn, [shapely.box(west - 1, south - 1, west + 31, south + 17)])
    )
    limits = TopologyTolerances(
        gap_width_m=0.5, gap_area_m2=0.5, vertex_m=0.01, inlet_angle_deg=10, least_width_m=0.001
    )
    found = find_topology_faults(parcels, tolerances=limits, scope=scope)
    x_min, y_min, x_max, y_max = parcels.total_bounds
    drawing = Drawing((x_min - 1, y_min - 1, x_max + 1, y_max + 1))
    drawing.add(parcels.geometry, fill=GREY, stroke="#444")
    drawing.add(scope.geometry, stroke="#333", dashes="4 3")
    kinds = (("gap", BLUE), ("overlap", RED), ("outside_scope", ORANGE))
    for kind, colour in kinds:
        faults = found[found["kind"] == kind]
        drawing.add(faults.geometry, fill=colour, stroke="#222")
        widths = ", ".join(f"{width:.2f} m" for width in faults["max_width_m"])
        drawing.say(
            f"{kind}: {len(faults)}, {faults['area_m2'].sum():.2f} m², widest {widths}", fill=colour, stroke="#222"
        )
    missing = found[found["kind"] == "missing_vertex"]
    drawing.dots(shapely.get_coordinates(missing.geometry), fill=GREEN)
    drawing.say(f"missing_vertex: {len(missing)}, where a neighbour's corner lies on an edge", fill=GREEN)
    drawing.say("Gaps are up to 0.5 m wide here. The notch of 1 m is an island; dashed: the scope.")
    drawing.write(path)


def _busiest_window(
    geometries: GeometryArray, half_width: float, half_height: float
) -> tuple[float, float, float, float]:
    """Return the window around the polygon with the most others near it."""
    centres = shapely.centroid(geometries)
    near = shapely.STRtree(centres).query(centres, predicate="dwithin", distance=half_height)[0]
    x, y = shapely.get_coordinates(centres[np.argmax(np.bincount(near))])[0]
    return x - half_width, y - half_height, x + half_width, y + half_height


def main() -> None:
    """Draw all of them."""
    draw_artefact(FOLDER / "artefact.svg")
    draw_overlay(FOLDER / "overlay.svg")
    draw_partition(FOLDER / "partition.svg")
    draw_certainty(FOLDER / "certainty.svg")
    draw_topology(FOLDER / "topology.svg")


if __name__ == "__main__":
    main()
