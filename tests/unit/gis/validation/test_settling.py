"""Every feature of a batch is accepted, repaired or rejected, and its faults are placed."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.crs_firewall import CRSProposal
from gis.formats.reading import FeatureBatch
from gis.measurement import planar_area_m2
from gis.validation import Outcome, Severity
from gis.validation.geometry_faults import find_geometry_faults
from gis.validation.settling import SettledBatch, Settler, _made_valid, repeated_names
from gis.validity import repair_geometries

STORAGE = pyproj.CRS.from_epsg(4490)
WEST, SOUTH = 113.0, 28.0


def square(column: int = 0, size: float = 0.001) -> shapely.Polygon:
    west = WEST + column * 0.002
    return shapely.box(west, SOUTH, west + size, SOUTH + size)


def ring(*corners: tuple[float, float]) -> shapely.Polygon:
    return shapely.Polygon([(WEST + x * 0.001, SOUTH + y * 0.001) for x, y in corners])


BOW_TIE = ring((0, 0), (1, 1), (1, 0), (0, 1))
SPIKE = ring((0, 0), (1, 0), (1, 0.5), (1.3, 0.5), (1, 0.5), (1, 1), (0, 1))


def batch_of(
    *geometries: shapely.Geometry | None, first_row: int = 1, codes: list[str | None] | None = None
) -> FeatureBatch:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    wkb = np.array([None if geometry is None else geometry.wkb for geometry in geometries], dtype=object)
    names = codes or [f"code {first_row + position}" for position in range(len(geometries))]
    return FeatureBatch(first_row, wkb, array, [{"code": name} for name in names])


def settle(*geometries: shapely.Geometry | None, crs: pyproj.CRS = STORAGE, **named) -> SettledBatch:
    return Settler(crs, identity_field="code").settle(batch_of(*geometries, **named))


def kinds(settled: SettledBatch) -> list[tuple[int | None, str, str]]:
    names = [None] * len(settled.outcome)
    return [(fault.source_row, fault.kind, fault.severity.value) for fault in find_geometry_faults(settled, 1, names)]


def test_the_three_fates_of_a_feature():
    settled = settle(square(), BOW_TIE, None)
    assert settled.outcome.tolist() == ["accepted", "repaired", "rejected"]
    assert [settled.count(outcome) for outcome in Outcome] == [1, 1, 1]
    assert kinds(settled) == [(2, "self_intersection", "warning"), (3, "missing", "error")]


CHOICES = st.sampled_from(
    [
        square(),
        square(3),
        BOW_TIE,
        SPIKE,
        None,
        shapely.Polygon(),
        shapely.Point(113, 28),
        shapely.LineString([(113, 28), (114, 28)]),
    ]
)


@given(st.lists(CHOICES, min_size=1, max_size=12))
def test_no_feature_has_a_fourth_fate_or_none(geometries):
    settled = settle(*geometries)
    assert sum(settled.count(outcome) for outcome in Outcome) == len(geometries)
    rejected = settled.outcome == "rejected"
    assert shapely.is_missing(settled.geometries).tolist() == rejected.tolist()
    assert np.isnan(settled.area_ellipsoid_m2).tolist() == rejected.tolist()
    assert ((settled.reason != "") == (settled.outcome != "accepted")).all()


def test_a_spike_is_one_fault_and_not_also_the_ring_that_touches_itself_at_its_foot():
    assert kinds(settle(SPIKE)) == [(1, "spike", "warning")]


def test_a_ring_that_touches_itself_elsewhere_than_at_its_spike_is_named_as_well():
    both = ring(
        (0, 0), (1, 0), (1, 0.5), (1.3, 0.5), (1, 0.5), (1, 1), (0.5, 1), (0.6, 0.6), (0.4, 0.6), (0.5, 1), (0, 1)
    )
    assert {kind for _, kind, _ in kinds(settle(both))} >= {"spike"}


def test_a_fault_stands_where_it_is():
    (fault,) = find_geometry_faults(settle(BOW_TIE), 1, ["a"])
    assert fault.geometry is not None
    assert shapely.distance(fault.geometry, shapely.Point(WEST + 0.0005, SOUTH + 0.0005)) < 1e-9
    assert fault.feature_id == "a"
    assert fault.severity is Severity.WARNING


def test_the_area_before_a_repair_is_that_of_the_rings_as_drawn():
    settled = settle(square(), BOW_TIE, SPIKE)
    assert np.isnan(settled.area_before_m2[0])
    assert settled.area_before_m2[1] == pytest.approx(0, abs=0.1)
    assert settled.area_ellipsoid_m2[1] == pytest.approx(settled.area_ellipsoid_m2[0] / 2, rel=1e-4)
    assert settled.area_before_m2[2] == pytest.approx(settled.area_ellipsoid_m2[2], rel=1e-9)


def test_the_same_ground_under_the_same_name_is_a_repetition_also_in_a_later_batch():
    settler = Settler(STORAGE, identity_field="code")
    first = settler.settle(batch_of(square(), square(1), codes=["a", "b"]))
    turned = shapely.Polygon(list(square().exterior.coords)[2:-1] + list(square().exterior.coords)[:2])
    second = settler.settle(batch_of(turned, square(), codes=["a", "c"], first_row=3))
    assert first.outcome.tolist() == ["accepted", "accepted"]
    assert second.reason.tolist() == ["duplicate of row 1", ""]
    (fault,) = find_geometry_faults(second, 3, ["a", "c"])
    assert (fault.kind, fault.source_row, fault.expected) == ("duplicate", 3, "1")
    # What is rejected is still shown where it was delivered.
    assert fault.geometry == shapely.Point(shapely.get_coordinates(second.geographic[0])[0])
    assert second.geometries[0] is None


def test_without_a_name_all_attributes_have_to_be_the_same():
    settler = Settler(STORAGE)
    settled = settler.settle(batch_of(square(), square(), square(), codes=["a", "b", "a"]))
    assert settled.reason.tolist() == ["", "", "duplicate of row 1"]


def test_a_geometry_out_of_place_is_rejected_by_itself():
    crs = pyproj.CRS.from_epsg(4547)
    settled = settle(
        shapely.box(400_000, 3_100_000, 400_100, 3_100_100),
        shapely.box(38_400_000, 3_100_000, 38_400_100, 3_100_100),
        crs=crs,
    )
    assert settled.outcome.tolist() == ["accepted", "rejected"]
    assert kinds(settled) == [(2, "out_of_place", "error")]


def test_coordinates_that_are_no_numbers_are_rejected_by_themselves():
    wrong = shapely.Polygon([(113, 28), (113.001, np.inf), (113.001, 28.001)])
    assert kinds(settle(square(), wrong)) == [(2, "non_finite", "error")]


def test_damaged_and_curved_geometries_say_which_they_are():
    batch = FeatureBatch(
        1,
        np.array([b"?", bytes.fromhex("010A00000000000000")], dtype=object),
        np.array([None, None], dtype=object),
        [{}, {}],
    )
    settled = Settler(STORAGE).settle(batch)
    assert kinds(settled) == [(1, "unreadable_geometry", "error"), (2, "curved_geometry", "error")]


def test_heights_are_left_away_with_a_note():
    settled = settle(shapely.force_3d(square(), 40.0))
    assert settled.outcome.tolist() == ["accepted"]
    assert settled.notes.tolist() == ["z_dropped"]
    assert kinds(settled) == []


def test_an_accepted_proposal_is_applied_to_every_feature():
    proposal = CRSProposal(4490, swap_axes=True, reason_zh="", reason_en="")
    swapped = shapely.transform(square(), lambda points: points[:, ::-1])
    settled = Settler(STORAGE, proposal).settle(batch_of(swapped))
    assert shapely.equals_exact(settled.geometries[0].normalize(), shapely.MultiPolygon([square()]).normalize(), 1e-12)


def test_batches_settle_as_the_whole_does():
    geometries = [square(), BOW_TIE, None, square(), SPIKE, square(2)]
    codes: list[str | None] = ["a", "b", "c", "a", "d", "e"]
    whole = Settler(STORAGE, identity_field="code").settle(batch_of(*geometries, codes=codes))
    settler = Settler(STORAGE, identity_field="code")
    parts = [settler.settle(batch_of(geometries[row], codes=[codes[row]], first_row=row + 1)) for row in range(6)]
    assert [part.reason[0] for part in parts] == whole.reason.tolist()


@pytest.mark.parametrize("epsg", [4547, 4526, 4548, 4527, 4508, 4490, 32649])
def test_the_planar_area_is_that_of_the_own_zone_whatever_the_file_is_in(epsg: int):
    crs = pyproj.CRS.from_epsg(epsg)
    places = [square(), square(1), BOW_TIE, shapely.box(114.0, 28, 114.001, 28.001)]
    transformer = pyproj.Transformer.from_crs(4490, epsg, always_xy=True)
    drawn = shapely.transform(places, lambda points: np.column_stack(transformer.transform(*points.T)))
    settled = settle(*drawn, None, crs=crs)
    measured = planar_area_m2(settled.geometries)
    assert settled.area_planar_m2[:4] == pytest.approx(measured[:4], rel=1e-9)
    assert np.isnan(settled.area_planar_m2[4])


COLLECTION = shapely.GeometryCollection([square(), shapely.Point(113, 28)])
TWO_PARTS = shapely.MultiPolygon([square(), square(1)])
OVERLAPPING_PARTS = shapely.MultiPolygon([square(), square()])
EMPTY_PART = shapely.MultiPolygon([square(), shapely.Polygon()])
HOLE_AT_CORNER = shapely.Polygon(
    square().exterior.coords, [[(WEST, SOUTH), (WEST + 5e-4, SOUTH + 2e-4), (WEST + 2e-4, SOUTH + 5e-4)]]
)
REPEATED = ring((0, 0), (1, 0), (1, 0), (1, 1), (0, 1))
KINDS_OF_GEOMETRY = [
    square(),
    BOW_TIE,
    SPIKE,
    None,
    shapely.Polygon(),
    shapely.Point(113, 28),
    COLLECTION,
    TWO_PARTS,
    OVERLAPPING_PARTS,
    EMPTY_PART,
    HOLE_AT_CORNER,
    REPEATED,
    shapely.force_3d(square(2), 1.0),
]


@given(st.lists(st.sampled_from(KINDS_OF_GEOMETRY), max_size=10))
def test_what_is_told_at_a_glance_is_what_the_repair_says(geometries):
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    array = shapely.force_2d(array)
    made, wrapped, outcome, reason = _made_valid(array)
    report = repair_geometries(array)
    assert outcome.tolist() == report.outcome.tolist()
    assert reason.tolist() == report.reason.tolist()
    assert [None if one is None else one.wkb for one in made] == [
        None if one is None else one.wkb for one in report.geometries
    ]
    assert all(
        shapely.MultiPolygon([one]).wkb == kept.wkb for one, kept in zip(array[wrapped], made[wrapped], strict=True)
    )


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c", " a", None])), max_size=12), st.integers(1, 5)
)
def test_knowing_which_names_occur_twice_changes_nothing(features: list[tuple[int, str | None]], chunk: int):
    knowing = Settler(STORAGE, identity_field="code", repeated=repeated_names(name for _, name in features))
    not_knowing = Settler(STORAGE, identity_field="code")
    for start in range(0, len(features), chunk):
        part = features[start : start + chunk]
        batch = batch_of(*(square(column) for column, _ in part), first_row=start + 1, codes=[name for _, name in part])
        assert knowing.settle(batch).reason.tolist() == not_knowing.settle(batch).reason.tolist()
    assert len(knowing.seen) <= len(not_knowing.seen)


DRAWN_IN = pyproj.CRS.from_epsg(4547)


@given(st.lists(st.sampled_from(KINDS_OF_GEOMETRY), max_size=10), st.sampled_from([STORAGE, DRAWN_IN]))
def test_polygons_of_one_ring_are_settled_as_any_other_geometry(geometries, crs):
    drawn = np.empty(len(geometries), dtype=object)
    drawn[:] = geometries
    if crs is DRAWN_IN:
        drawn = shapely.transform(drawn, lambda points: (points - (WEST, SOUTH)) * 1e5 + (400_000, 3_100_000))
    plain, others = (
        Settler(crs).settle(
            FeatureBatch(1, np.array(shapely.to_wkb(drawn, byte_order=order), dtype=object), drawn, [{}] * len(drawn))
        )
        for order in (1, 0)
    )
    for name in ("outcome", "reason", "notes", "wkb"):
        assert getattr(plain, name).tolist() == getattr(others, name).tolist()
    for name in ("area_ellipsoid_m2", "area_planar_m2", "area_before_m2"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(others, name))
    assert plain.plane is not None
    assert others.plane is not None
    assert plain.plane.wkb.tolist() == others.plane.wkb.tolist()
    np.testing.assert_array_equal(plain.plane.bounds, others.plane.bounds)
    np.testing.assert_array_equal(plain.plane.vertices, others.plane.vertices)
    assert plain.wkb is not None
    assert plain.wkb.tolist() == shapely.to_wkb(plain.geometries, byte_order=1).tolist()
