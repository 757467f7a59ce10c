"""Overlaps of targets with constraints: areas, groups, failures, and what must not matter."""

import threading

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis import constraint_set
from gis.crs import AREA_PLANE
from gis.errors import CRSMismatchError, GeometryRefusedError, OverlayCancelledError
from gis.overlay import OVERLAP_COLUMNS, measure_overlaps
from gis.shapes import SliverThresholds
from gis.subdivide import subdivide
from gis.threads import THREAD_NAME
from gis.uncovered import measure_uncovered

ORIGIN = np.array([12_600_000.0, 3_000_000.0])

THRESHOLDS = SliverThresholds(
    area_max_m2=1000,
    bounding_width_max_m=5,
    mean_width_max_m=5,
    smallness_signs_min=1,
    elongation_min=5,
    compactness_max=0.25,
    shape_index_min=2,
    boundary_ratio_min=40,
    thinness_signs_min=2,
)


def layer(geometries, ids=None, **columns):
    """Make a layer of the area plane from geometries drawn about the origin of the tests."""
    placed = shapely.transform(np.array(geometries, dtype=object), lambda c: c + ORIGIN)
    return gpd.GeoDataFrame(columns, index=ids, geometry=placed, crs=AREA_PLANE)


def blob(x, y, radius, points=600, phase=0.0):
    """Draw a wavy polygon with many vertices."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    distance = radius * (1 + 0.3 * np.sin(7 * angles + phase) + 0.05 * np.sin(41 * angles))
    return shapely.Polygon(np.column_stack([x + distance * np.cos(angles), y + distance * np.sin(angles)]))


def grid_of_parcels(side, step=100.0):
    return [shapely.box(i * step, j * step, (i + 1) * step, (j + 1) * step) for i in range(side) for j in range(side)]


def one_by_one(targets, constraints, group=None):
    """Measure with nothing but a loop and unions: {(target, group): (area, ids)}."""
    groups = {}
    for identifier, row in constraints.iterrows():
        groups.setdefault(identifier if group is None else row[group], []).append((identifier, row.geometry))
    found = {}
    for target_id, target in targets.geometry.items():
        for value, members in groups.items():
            parts = {identifier: target.intersection(geometry) for identifier, geometry in members}
            area = shapely.union_all(list(parts.values())).area
            if area > 0:
                found[target_id, value] = (area, tuple(i for i, part in parts.items() if part.area > 0))
    return found


def assert_is_the_loop_s(result, expected):
    assert result["error"].isna().all()
    keys = list(zip(result["target_id"], result["constraint_group"], strict=True))
    assert len(set(keys)) == len(keys)
    assert set(keys) == set(expected)
    for key, area, ids in zip(keys, result["overlap_area_m2"], result["constraint_ids"], strict=True):
        assert area == pytest.approx(expected[key][0], rel=1e-9, abs=1e-6)
        assert ids == expected[key][1]


PARCELS = layer(grid_of_parcels(12), ids=[f"P{n}" for n in range(144)])
BLOBS = layer(
    [blob(300, 300, 220), blob(700, 500, 260, phase=1), blob(600, 700, 250, phase=2), shapely.box(150, 900, 170, 920)],
    ids=["a", "b", "c", "tiny"],
    kind=["red", "red", "blue", "red"],
)


@pytest.mark.parametrize("group", [None, "kind"])
def test_overlaps_are_those_of_a_plain_loop(group):
    expected = one_by_one(PARCELS, BLOBS, group)
    assert len(expected) > 60
    assert_is_the_loop_s(measure_overlaps(PARCELS, BLOBS, group=group), expected)


def test_the_columns_are_the_documented_ones():
    plain = measure_overlaps(PARCELS, BLOBS)
    assert list(plain.columns) == [name for name in OVERLAP_COLUMNS if name != "geometry"]
    with_geometry = measure_overlaps(PARCELS, BLOBS, with_geometry=True)
    assert list(with_geometry.columns) == list(OVERLAP_COLUMNS)
    assert with_geometry.crs == AREA_PLANE
    assert plain.equals(with_geometry.drop(columns="geometry"))


def test_rows_come_in_the_order_of_targets_then_groups():
    result = measure_overlaps(PARCELS, BLOBS, group="kind")
    place = [
        (PARCELS.index.get_loc(t), ["red", "blue"].index(g))
        for t, g in zip(result["target_id"], result["constraint_group"], strict=True)
    ]
    assert place == sorted(place)


def test_geometries_are_the_overlaps():
    result = measure_overlaps(PARCELS, BLOBS, group="kind", with_geometry=True)
    assert set(result.geom_type) == {"MultiPolygon"}
    assert result.geometry.is_valid.all()
    assert result.area.to_numpy() == pytest.approx(result["overlap_area_m2"].to_numpy(), abs=1e-6)
    red = BLOBS.geometry[BLOBS["kind"] == "red"].union_all()
    ours = result[result["constraint_group"] == "red"].union_all()
    assert ours.symmetric_difference(red.intersection(PARCELS.union_all())).area < 1e-4


def test_shares_are_between_none_and_all_and_whole_targets_have_exactly_one():
    result = measure_overlaps(PARCELS, BLOBS)
    assert result["target_share"].between(0, 1).all()
    assert (result["target_share"] == 1).sum() > 5
    assert (result["target_share"] * result["target_area_m2"]).to_numpy() == pytest.approx(
        result["overlap_area_m2"].to_numpy()
    )


def test_a_hand_computed_case():
    square = layer([shapely.box(0, 0, 10, 10)], ids=[7])
    half_and_corner = layer(
        [shapely.box(5, -5, 20, 20), shapely.box(-5, 5, 6, 20), shapely.box(10, 0, 30, 10)], ids=["h", "c", "beside"]
    )
    alone = measure_overlaps(square, half_and_corner)
    assert alone[["constraint_ids", "overlap_area_m2", "target_share"]].values.tolist() == [
        [("h",), 50, 0.5],
        [("c",), 30, 0.3],
    ]
    together = measure_overlaps(square, half_and_corner.assign(all="all"), group="all")
    assert together["constraint_ids"].tolist() == [("h", "c")]
    assert together["overlap_area_m2"].tolist() == pytest.approx([75])


@pytest.mark.parametrize(
    "neighbour",
    [
        shapely.box(10, 0, 20, 10),
        shapely.box(10, 10, 20, 20),
        shapely.box(10, -50, 20, 50),
        shapely.Polygon([(10, 5), (20, 0), (20, 10)]),
        shapely.Polygon([(-5, -5), (25, -5), (25, 25), (-5, 25)], [[(0, 0), (10, 0), (10, 10), (0, 10)]]),
    ],
    ids=["common edge", "common corner", "longer edge", "tip on the edge", "fills its hole"],
)
def test_touching_is_not_overlapping(neighbour):
    assert measure_overlaps(layer([shapely.box(0, 0, 10, 10)]), layer([neighbour])).empty


def test_a_constraint_inside_a_target_and_an_equal_one_are_measured():
    square = shapely.box(0, 0, 10, 10)
    result = measure_overlaps(layer([square]), layer([shapely.box(2, 2, 4, 4), square]))
    assert result["overlap_area_m2"].tolist() == pytest.approx([4, 100])
    assert result["target_share"].tolist() == pytest.approx([0.04, 1])
    assert result["overlap_class"].tolist() == ["real", "real"]


def test_a_narrow_target_that_lies_wholly_inside_is_real():
    result = measure_overlaps(
        layer([shapely.box(0, 0, 200, 2)]),
        layer([shapely.box(-9, -9, 300, 9), shapely.box(0, 0, 300, 9)]),
        thresholds=THRESHOLDS,
    )
    assert result["overlap_class"].tolist() == ["real", "real"]


def test_multiparts_holes_and_z_are_measured():
    two = shapely.MultiPolygon([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)])
    ring = shapely.Polygon(shapely.box(-5, -5, 35, 15).exterior, [shapely.box(5, 2, 25, 8).exterior])
    result = measure_overlaps(layer([shapely.force_3d(two, 9)]), layer([shapely.force_3d(ring, 1)]), with_geometry=True)
    assert result["overlap_area_m2"].tolist() == pytest.approx([200 - 30 - 30])
    assert not result.geometry.has_z.any()


def test_the_widths_are_those_on_the_ground():
    result = measure_overlaps(layer([shapely.box(0, 0, 100, 100)]), layer([shapely.box(-10, 0, 1, 200)]))
    # At 28 degrees of latitude a metre of x is 0.8817 metres on the ground, a metre of y the reciprocal.
    length, width = 100 / 0.8817, 0.8817
    assert result["mean_width_m"][0] == pytest.approx(2 * length * width / (2 * (length + width)), rel=1e-3)


# --- what must not matter -----------------------------------------------------------------------------------------------------


def rows_of(result):
    return {
        (target, group): (round(area, 6), frozenset(ids), kind)
        for target, group, ids, area, kind in result[
            ["target_id", "constraint_group", "constraint_ids", "overlap_area_m2", "overlap_class"]
        ].itertuples(index=False)
    }


@pytest.mark.parametrize(
    "options",
    [
        {"threads": 1},
        {"threads": 5},
        {"chunk_size": 7},
        {"chunk_size": 1, "threads": 3},
        {"with_geometry": True},
        {"grid_size": 1e-4},
    ],
    ids=str,
)
def test_options_of_the_run_do_not_change_the_result(options):
    usual = measure_overlaps(PARCELS, BLOBS, group="kind")
    other = measure_overlaps(PARCELS, BLOBS, group="kind", **options)
    assert usual.equals(other[usual.columns])


def test_the_order_of_the_layers_does_not_change_the_result():
    usual = rows_of(measure_overlaps(PARCELS, BLOBS, group="kind"))
    assert rows_of(measure_overlaps(PARCELS.iloc[::-1], BLOBS.iloc[::-1], group="kind")) == usual


def test_the_ids_do_not_change_the_areas():
    renamed = PARCELS.set_axis(np.arange(144) * 3 + 5)
    assert (
        measure_overlaps(renamed, BLOBS)["overlap_area_m2"].tolist()
        == measure_overlaps(PARCELS, BLOBS)["overlap_area_m2"].tolist()
    )


@pytest.mark.parametrize("max_vertices", [16, 64, 100_000])
def test_the_pieces_do_not_change_the_result(max_vertices):
    cut, source = subdivide(BLOBS.geometry, max_vertices)
    pieces = gpd.GeoDataFrame({"constraint_id": BLOBS.index[source]}, geometry=cut, crs=AREA_PLANE)
    assert rows_of(measure_overlaps(PARCELS, BLOBS, pieces=pieces)) == rows_of(measure_overlaps(PARCELS, BLOBS))


def test_the_inputs_are_not_changed():
    targets, constraints = PARCELS.copy(), BLOBS.copy()
    before = [shapely.to_wkb(frame.geometry.to_numpy()).tolist() for frame in (targets, constraints)]
    measure_overlaps(targets, constraints, with_geometry=True)
    assert [shapely.to_wkb(frame.geometry.to_numpy()).tolist() for frame in (targets, constraints)] == before
    assert not shapely.is_prepared(constraints.geometry.to_numpy()).any()
    assert not shapely.is_prepared(targets.geometry.to_numpy()).any()


# --- invariants -----------------------------------------------------------------------------------------------------------------

offsets = st.floats(-150, 150)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(offsets, offsets, st.floats(20, 120)), min_size=1, max_size=4), st.booleans())
def test_overlaps_of_random_blobs_are_those_of_a_plain_loop(circles, grouped):
    constraints = layer([blob(200 + x, 200 + y, radius, 40) for x, y, radius in circles]).assign(all=1)
    targets = layer(grid_of_parcels(4))
    group = "all" if grouped else None
    assert_is_the_loop_s(measure_overlaps(targets, constraints, group=group), one_by_one(targets, constraints, group))


cells = st.integers(0, 2**36 - 1).map(
    lambda bits: np.array([bits >> k & 1 for k in range(36)], dtype=bool).reshape(6, 6)
)


def drawn_from(mask):
    """Draw the cells of a mask as one polygon: holes, several parts, corners that touch, and edges that coincide."""
    united = shapely.union_all([shapely.box(i, j, i + 1, j + 1) for i, j in np.argwhere(mask)])
    return shapely.multipolygons(shapely.get_parts(united))


@settings(max_examples=80, deadline=None)
@given(cells.filter(np.any), cells.filter(np.any), cells.filter(np.any))
def test_areas_are_those_of_counting_cells(target, first, second):
    parcels = layer([drawn_from(target)], ids=["P"])
    constraints = layer([drawn_from(first), drawn_from(second)], ids=["a", "b"]).assign(all=1)
    alone = measure_overlaps(parcels, constraints).set_index("constraint_group")["overlap_area_m2"]
    for identifier, mask in (("a", first), ("b", second)):
        assert alone.get(identifier, 0.0) == pytest.approx((target & mask).sum(), abs=1e-6)
    together = measure_overlaps(parcels, constraints, group="all")["overlap_area_m2"].sum()
    assert together == pytest.approx((target & (first | second)).sum(), abs=1e-6)
    uncovered = measure_uncovered(parcels, constraints)["overlap_area_m2"].sum()
    assert uncovered == pytest.approx((target & ~(first | second)).sum(), abs=1e-6)


@settings(max_examples=40, deadline=None)
@given(offsets, offsets, st.floats(10, 200), st.floats(10, 200), st.floats(0, 6))
def test_two_areas_are_their_union_and_their_intersection(x, y, first, second, phase):
    one, other = layer([blob(0, 0, first, 60)]), layer([blob(x, y, second, 60, phase)])
    union = one.geometry.iloc[0].union(other.geometry.iloc[0]).area
    forth, back = (measure_overlaps(*pair)["overlap_area_m2"].sum() for pair in ((one, other), (other, one)))
    assert forth + union == pytest.approx(one.area.sum() + other.area.sum(), rel=1e-9, abs=1e-5)
    assert forth == pytest.approx(back, rel=1e-9, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(-9, -3), st.floats(0, 1), st.floats(0, 6))
def test_near_coincident_edges_lose_nothing(exponent, share, phase):
    near = 10**exponent
    parcel = shapely.Polygon([(0, 0), (100, 0), (100, 100), (0, 100)])
    other = shapely.Polygon(
        [(0, 100 - near * share), (50, 100 - near), (100, 100 - near * np.cos(phase) ** 2), (100, 200), (0, 200)]
    )
    targets, constraints = layer([parcel]), layer([other])
    exact = targets.geometry.iloc[0].intersection(constraints.geometry.iloc[0]).area
    result = measure_overlaps(targets, constraints)
    assert result["overlap_area_m2"].sum() == pytest.approx(exact, abs=1e-9)
    assert len(result) == (exact > 0)
    assert set(result["overlap_class"]) <= {"artefact", "real"}


def test_the_parts_of_a_coverage_sum_to_the_target():
    cells = layer(
        shapely.get_parts(
            shapely.voronoi_polygons(
                shapely.MultiPoint(np.random.default_rng(3).uniform(0, 1200, (80, 2))),
                extend_to=shapely.box(0, 0, 1200, 1200),
            )
        )
    )
    result = measure_overlaps(PARCELS, cells)
    sums = result.groupby("target_id")["overlap_area_m2"].sum()
    assert sums.reindex(PARCELS.index).to_numpy() == pytest.approx(PARCELS.area.to_numpy(), rel=1e-9)


def test_overlapping_parts_of_one_group_count_once():
    doubled = BLOBS.loc[["a", "a", "b"]].set_axis(["a", "again", "b"]).assign(all=1)
    once = measure_overlaps(PARCELS, BLOBS.loc[["a", "b"]].assign(all=1), group="all")
    twice = measure_overlaps(PARCELS, doubled, group="all")
    assert twice["overlap_area_m2"].to_numpy() == pytest.approx(once["overlap_area_m2"].to_numpy(), rel=1e-9, abs=1e-6)


# --- refusals, failures, running --------------------------------------------------------------------------------------------------


def test_other_planes_are_refused():
    for broken in (PARCELS.set_crs(4490, allow_override=True), PARCELS.set_crs(None, allow_override=True)):
        with pytest.raises(CRSMismatchError, match="area plane"):
            measure_overlaps(broken, BLOBS)
        with pytest.raises(CRSMismatchError, match="area plane"):
            measure_overlaps(PARCELS, broken)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        shapely.Polygon(),
        shapely.Point(1, 1),
        shapely.LineString([(0, 0), (1, 1)]),
        shapely.Polygon([(0, 0), (1, 1), (2, 2)]),
    ],
    ids=["none", "empty", "point", "line", "flat"],
)
def test_features_without_area_are_refused_by_id(geometry):
    with pytest.raises(GeometryRefusedError, match=r"target.*'odd'"):
        measure_overlaps(layer([shapely.box(0, 0, 1, 1), geometry], ids=["fine", "odd"]), BLOBS)
    with pytest.raises(GeometryRefusedError, match=r"constraint.*'odd'"):
        measure_overlaps(PARCELS, layer([shapely.box(0, 0, 1, 1), geometry], ids=["fine", "odd"]))


def test_repeated_ids_are_refused():
    with pytest.raises(GeometryRefusedError, match=r"target id 'P1' occurs more than once"):
        measure_overlaps(PARCELS.iloc[[0, 1, 1]], BLOBS)


def test_pieces_of_other_constraints_are_refused():
    pieces = gpd.GeoDataFrame({"constraint_id": ["a"]}, geometry=BLOBS.geometry[:1].to_numpy(), crs=AREA_PLANE)
    with pytest.raises(GeometryRefusedError, match="same ids"):
        measure_overlaps(PARCELS, BLOBS, pieces=pieces)


def test_nothing_overlaps_nothing():
    for targets, constraints in (
        (PARCELS.iloc[:0], BLOBS),
        (PARCELS, BLOBS.iloc[:0]),
        (PARCELS.iloc[:0], BLOBS.iloc[:0]),
    ):
        result = measure_overlaps(targets, constraints, with_geometry=True)
        assert len(result) == 0
        assert list(result.columns) == list(OVERLAP_COLUMNS)


BOWTIE = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])


def test_an_invalid_target_is_an_error_row_and_the_others_are_measured():
    targets = layer(
        [
            shapely.box(100, 0, 200, 100),
            shapely.Polygon([*BOWTIE.exterior.coords[:-1], (-50, 40)]),
            shapely.box(900, 900, 950, 950),
        ],
        ids=["good", "bad", "far"],
    )
    result = measure_overlaps(targets, layer([shapely.box(-200, 50, 400, 300)], ids=["R"])).set_index("target_id")
    assert result.loc["good", "overlap_area_m2"] == pytest.approx(5000)
    assert np.isnan(result.loc["bad", "overlap_area_m2"])
    assert result.loc["bad", "overlap_class"] is None
    assert "'bad'" in result.loc["bad", "error"]
    assert "'R'" in result.loc["bad", "error"]
    assert "Self-intersection" in result.loc["bad", "error"]
    assert "far" not in result.index


def test_an_invalid_constraint_is_an_error_row_of_each_target_near_it():
    broken = shapely.Polygon([*BOWTIE.exterior.coords[:-1], (-50, 40)])
    constraints = layer([broken, shapely.box(-100, -100, 60, 60)], ids=["bad", "good"]).assign(all=1)
    targets = layer(
        [shapely.box(10, 10, 50, 50), shapely.box(50, 50, 90, 90), shapely.box(300, 0, 400, 100)],
        ids=["inside", "border", "far"],
    )
    alone = measure_overlaps(targets, constraints)
    assert alone[["target_id", "constraint_group"]].values.tolist() == [
        ["inside", "bad"],
        ["inside", "good"],
        ["border", "bad"],
        ["border", "good"],
    ]
    assert alone["error"].isna().tolist() == [False, True, False, True]
    together = measure_overlaps(targets, constraints, group="all").set_index("target_id")
    # What the invalid constraint would add does not matter to a target that lies inside another one.
    assert together.loc["inside", "target_share"] == 1
    assert together.loc["inside", "error"] is None
    assert "'bad'" in together.loc["border", "error"]


def test_clipping_and_geos_give_the_same_table(monkeypatch):
    clipped = measure_overlaps(PARCELS, BLOBS, with_geometry=True)
    monkeypatch.setattr("gis.cover.clip_to_borders", leave_all_to_geos)
    by_geos = measure_overlaps(PARCELS, BLOBS, with_geometry=True)
    measures = ["overlap_area_m2", "target_share", "mean_width_m"]
    assert (clipped["target_share"] < 1).sum() > 20
    assert clipped.drop(columns=[*measures, "geometry"]).equals(by_geos.drop(columns=[*measures, "geometry"]))
    assert clipped[measures].to_numpy() == pytest.approx(by_geos[measures].to_numpy(), rel=1e-9, nan_ok=True)
    apart = shapely.symmetric_difference(clipped.geometry.to_numpy(), by_geos.geometry.to_numpy())
    assert shapely.area(apart).max() < 1e-5


class FailingIntersection:
    """Fails as GEOS does whenever one feature is among those given, at full precision or always."""

    def __init__(self, culprit, *, also_on_grid):
        self.culprit, self.also_on_grid, self.really = culprit, also_on_grid, shapely.intersection

    def __call__(self, left, right, grid_size=None):
        if (self.also_on_grid or grid_size is None) and any(geometry.equals(self.culprit) for geometry in left):
            raise shapely.errors.GEOSException("TopologyException: side location conflict")
        return self.really(left, right, grid_size=grid_size)


def leave_all_to_geos(targets, borders, target, constraint, team):
    return np.full(len(target), None, dtype=object), np.zeros(len(target), dtype=bool)


@pytest.fixture
def border_parcel(monkeypatch):
    monkeypatch.setattr("gis.cover.clip_to_borders", leave_all_to_geos)
    result = measure_overlaps(PARCELS, BLOBS.loc[["a"]])
    return result.loc[result["target_share"] < 1, "target_id"].iloc[3]


def test_a_pair_on_which_geos_fails_is_an_error_row_that_names_both(monkeypatch, border_parcel):
    usual = measure_overlaps(PARCELS, BLOBS.loc[["a"]])
    monkeypatch.setattr(
        "gis.cover.shapely.intersection", FailingIntersection(PARCELS.geometry[border_parcel], also_on_grid=True)
    )
    result = measure_overlaps(PARCELS, BLOBS.loc[["a"]], grid_size=1e-4)
    failed = result[result["target_id"] == border_parcel].iloc[0]
    assert failed["error"] == (
        f"The overlap of target '{border_parcel}' and constraint 'a' could not be computed: TopologyException: side location conflict"
    )
    assert np.isnan(failed["overlap_area_m2"])
    others = result["target_id"] != border_parcel
    assert result[others].equals(usual[others])


def test_a_pair_on_which_geos_fails_is_tried_again_on_the_grid_and_says_so(monkeypatch, border_parcel):
    usual = measure_overlaps(PARCELS, BLOBS.loc[["a"]])
    monkeypatch.setattr(
        "gis.cover.shapely.intersection", FailingIntersection(PARCELS.geometry[border_parcel], also_on_grid=False)
    )
    result = measure_overlaps(PARCELS, BLOBS.loc[["a"]], grid_size=1e-4)
    assert result["error"].isna().all()
    assert result.loc[result["grid_size_m"].notna(), "target_id"].tolist() == [border_parcel]
    assert result["overlap_area_m2"].to_numpy() == pytest.approx(usual["overlap_area_m2"].to_numpy(), abs=0.1)


def test_a_union_on_which_geos_fails_names_the_target_and_all_constraints(monkeypatch):
    def fail(collections, *, grid_size=None):
        raise shapely.errors.GEOSException("TopologyException: no")

    halves = layer([shapely.box(-5, 2, 5, 8), shapely.box(3, 2, 15, 8)], ids=["w", "e"]).assign(all=1)
    monkeypatch.setattr("gis.cover.union_of_parts", fail)
    result = measure_overlaps(layer([shapely.box(0, 0, 10, 10)], ids=["P"]), halves, group="all")
    assert result["error"].tolist() == [
        "The overlap of target 'P' and constraint 'w', 'e' could not be computed: TopologyException: no"
    ]
    assert np.isnan(result["overlap_area_m2"][0])


def test_progress_is_reported_after_each_chunk():
    seen = []
    measure_overlaps(PARCELS, BLOBS, chunk_size=60, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(60, 144), (120, 144), (144, 144)]


def test_a_run_can_be_cancelled_between_chunks():
    done = []
    with pytest.raises(OverlayCancelledError, match="after 120 of 144"):
        measure_overlaps(
            PARCELS, BLOBS, chunk_size=60, progress=lambda d, _: done.append(d), cancelled=lambda: len(done) == 2
        )
    assert team_threads() == []


def test_no_thread_is_left_behind():
    seen = []
    measure_overlaps(PARCELS, BLOBS, threads=4, progress=lambda _done, _total: seen.append(team_threads()))
    assert seen[0]
    assert team_threads() == []


def team_threads() -> list[str]:
    """Return the names of the threads that compute now; a process of tests has others of its own."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith(THREAD_NAME)]


@pytest.mark.parametrize("seed", range(4))
def test_small_constraints_are_measured_as_large_ones_are(monkeypatch: pytest.MonkeyPatch, seed: int):
    rng = np.random.default_rng(seed)
    targets = layer(grid_of_parcels(2, step=200.0))
    x, y = rng.uniform(0, 400, (2, 30))
    blobs = [blob(*place, points=40) for place in zip(x, y, rng.uniform(5, 150, 30), strict=True)]
    # Areas across, inside and around parcels, and one along the border between two of them.
    areas = layer([*blobs, shapely.box(0, 0, 200, 400)], zone=np.arange(31) % 4)
    small = measure_overlaps(targets, areas, group="zone", with_geometry=True)
    monkeypatch.setattr(constraint_set, "_SMALL_PIECE_VERTICES", 0)
    large = measure_overlaps(targets, areas, group="zone", with_geometry=True)
    for name in ("target_id", "constraint_group", "constraint_ids", "overlap_class"):
        assert small[name].tolist() == large[name].tolist()
    np.testing.assert_allclose(small["overlap_area_m2"], large["overlap_area_m2"], rtol=0, atol=1e-6)
    assert shapely.area(shapely.symmetric_difference(small.geometry.to_numpy(), large.geometry.to_numpy())).max() < 1e-6
