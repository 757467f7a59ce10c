"""What is wrong between the features of one delivery."""

import pickle

import numpy as np
import pytest
import shapely

from gis.area_plane import to_area_plane
from gis.errors import ClosureError
from gis.layer_contracts import load_contract
from gis.validation import CheckStatus, Fault, layer_topology
from gis.validation.layer_topology import LayerTopology
from gis.validation.plane_shapes import PlaneShapes

CODE = "430121001001{}0000{}"
RULE = load_contract("parcel").topology


def plane(*geometries: shapely.Geometry | None) -> PlaneShapes:
    array = np.empty(len(geometries), dtype=object)
    array[:] = geometries
    return PlaneShapes.of(to_area_plane(array))


def square(column: int = 0) -> shapely.Polygon:
    return shapely.box(113 + column * 0.002, 28, 113.001 + column * 0.002, 28.001)


def examine(*batches: tuple[PlaneShapes, list[str | None]], **named) -> tuple[list[Fault], CheckStatus]:
    topology = LayerTopology(RULE, **named)
    first_row = 1
    for geometries, names in batches:
        topology.add(geometries, first_row, names)
        first_row += len(geometries)
    found = topology.examine()
    return found.faults, found.record.status


def told(faults: list[Fault]) -> list[tuple[int | None, str, str | None]]:
    return [(fault.source_row, fault.kind, fault.expected) for fault in faults]


def test_the_same_ground_under_another_name_is_found_across_batches():
    names: list[str | None] = [CODE.format("GB", number) for number in range(4)]
    faults, _ = examine((plane(square(), None), names[:2]), (plane(square(1), square()), names[2:]))
    assert told(faults) == [(4, "same_ground", "1")]
    assert faults[0].found == names[0]
    assert faults[0].area_m2 == pytest.approx(float(plane(square()).areas[0]))


@pytest.mark.parametrize("letters", ["GS", "GX", "JS"])
def test_rights_above_and_below_ground_may_lie_over_others(letters: str):
    faults, _ = examine((plane(square(), square()), [CODE.format("GB", 1), CODE.format(letters, 2)]))
    assert faults == []


def test_a_strip_of_a_hand_is_a_sliver_and_a_path_is_not():
    # 0.000001 degree of latitude are 11 cm, 0.00001 are 1.1 m.
    hand, path = shapely.box(113, 28, 113.001, 28.000001), shapely.box(113, 29, 113.001, 29.00001)
    faults, _ = examine((plane(hand, path, square(1)), ["a", "b", "c"]))
    assert told(faults) == [(1, "sliver", "> 0.2 m")]
    assert faults[0].width_m == pytest.approx(0.11, abs=0.01)
    assert faults[0].geometry is not None


def test_what_was_not_asked_for_is_said():
    assert examine((plane(square(), square()), ["a", "b"]), is_wanted=False) == ([], CheckStatus.NOT_DONE)


def test_of_many_faults_the_first_rows_are_described_and_all_are_counted():
    topology = LayerTopology(RULE, most_faults=2)
    # The same square six times over, and slivers in between, found in another order than that of the rows.
    hand = shapely.box(113, 28, 113.001, 28.000001)
    for first in (1, 3, 5):
        topology.add(plane(square(first), square(first)), 10 - first, ["a", "b"])
        topology.add(plane(shapely.transform(hand, lambda xy, by=first: np.add(xy, (by, 0.0)))), 20 - first, ["s"])
    found = topology.examine()
    assert [(fault.kind, fault.source_row) for fault in found.faults] == [
        ("same_ground", 6),
        ("same_ground", 8),
        ("sliver", 15),
        ("sliver", 17),
    ]
    assert found.more == {"same_ground": 1, "sliver": 1}


def test_the_task_can_be_sent_elsewhere_and_the_features_are_gone_when_all_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    topology = LayerTopology(RULE)
    topology.add(plane(square(), square(1), square()), 1, ["a", None, "宗地"])
    task = pickle.loads(pickle.dumps(topology.task()))  # noqa: S301 - of this test itself
    assert [(fault.feature_id, fault.found) for fault in task.run(threads=1).faults] == [("宗地", "a")]
    assert list(tmp_path.iterdir())
    topology.close()
    assert not list(tmp_path.iterdir())


def test_a_delivery_without_usable_features_has_no_faults_between_them():
    assert examine((plane(None, None), [None, None]))[0] == []
    assert examine()[0] == []


def test_overlaps_of_parcels_are_found_and_gaps_are_not_asked_for():
    west, east = shapely.box(113, 28, 113.001, 28.001), shapely.box(113.00095, 28, 113.002, 28.001)
    faults, status = examine((plane(west, east), ["a", "b"]))
    assert [(fault.source_row, fault.kind, fault.found) for fault in faults] == [(2, "overlap", "a (#1)")]
    assert faults[0].area_m2 == pytest.approx(0.00005 * 111_320 * np.cos(np.radians(28)) * 0.001 * 110_800, rel=0.01)
    assert status is CheckStatus.DONE
    apart = shapely.box(113.001001, 28, 113.002, 28.001)
    assert examine((plane(west, apart), ["a", "b"]))[0] == []


def test_gaps_of_plans_are_found():
    topology = LayerTopology(load_contract("plan").topology)
    west, east = shapely.box(113, 28, 113.001, 28.001), shapely.box(113.001001, 28, 113.002, 28.001)
    topology.add(plane(west, east), 1, ["a", "b"])
    faults = topology.examine().faults
    assert [(fault.source_row, fault.kind) for fault in faults] == [(2, "gap")]
    assert faults[0].width_m == pytest.approx(0.098, abs=0.005)


@pytest.mark.parametrize("letters", ["GS", "GX"])
def test_a_right_above_or_below_ground_may_overlap_others(letters: str):
    west, east = shapely.box(113, 28, 113.001, 28.001), shapely.box(113.00095, 28, 113.002, 28.001)
    faults, _ = examine((plane(west, east), [CODE.format("GB", 1), CODE.format(letters, 2)]))
    assert faults == []


def test_features_that_cannot_be_compared_are_told_of_and_the_rest_is_still_found(monkeypatch: pytest.MonkeyPatch):
    def fail(*_: object, **__: object) -> None:
        raise ClosureError("the sums do not close")

    monkeypatch.setattr(layer_topology, "find_topology_faults_by_tiles", fail)
    topology = LayerTopology(RULE)
    topology.add(plane(square(), square()), 1, ["a", "b"])
    found = topology.examine()
    assert [fault.kind for fault in found.faults] == ["same_ground"]
    assert found.record.status is CheckStatus.PARTLY
    assert "the sums do not close" in found.record.reason_en


def test_a_vertex_that_only_one_neighbour_has_is_missing_on_the_other():
    whole = shapely.box(113, 28, 113.001, 28.001)
    # The eastern neighbour has a corner half way up the shared edge.
    south, north = shapely.box(113.001, 28, 113.002, 28.0005), shapely.box(113.001, 28.0005, 113.002, 28.001)
    faults, status = examine((plane(whole, south, north), ["a", "b", "c"]))
    assert status is CheckStatus.DONE
    (missing,) = faults
    assert (missing.kind, missing.source_row, missing.feature_id) == ("missing_vertex", 1, "a")
    assert missing.found == "b (#2), c (#3)"
    assert missing.geometry is not None
    assert missing.geometry.distance(shapely.Point(113.001, 28.0005)) < 1e-9
    assert missing.area_m2 is None


def test_vertices_within_the_tolerance_that_are_not_the_same_are_told_with_their_distance():
    west = shapely.box(113, 28, 113.001, 28.001)
    # 0.000000005 degree of longitude are half a millimetre.
    east = shapely.Polygon([(113.001, 28), (113.002, 28), (113.002, 28.001), (113.001000005, 28.001)])
    faults, _ = examine((plane(west, east), ["a", "b"]))
    assert [(fault.kind, fault.source_row, fault.found) for fault in faults] == [("near_vertex", 2, "a (#1)")]
    assert faults[0].width_m == pytest.approx(5e-9 * 111_320 * np.cos(np.radians(28.001)), rel=0.02)
    assert "0.0005 m" in faults[0].text_en


def test_a_contract_that_does_not_ask_for_vertices_gets_none():
    whole = shapely.box(113, 28, 113.001, 28.001)
    halves = shapely.box(113.001, 28, 113.002, 28.0005), shapely.box(113.001, 28.0005, 113.002, 28.001)
    topology = LayerTopology(load_contract("control_area").topology)
    topology.add(plane(whole, *halves), 1, ["a", "b", "c"])
    assert topology.examine().faults == []


@pytest.mark.parametrize("contract", ["parcel", "control_area"])
def test_what_lies_outside_the_scope_is_measured_and_drawn(contract: str):
    topology = LayerTopology(load_contract(contract).topology, scope=shapely.box(112.9, 27.9, 113.0005, 28.1))
    topology.add(plane(square(), square(5), shapely.box(112.95, 28, 112.951, 28.001)), 1, ["half", "all", "inside"])
    found = topology.examine()
    faults = found.faults
    assert found.record.status is CheckStatus.DONE
    assert [(fault.kind, fault.source_row, fault.feature_id) for fault in faults] == [
        ("outside_scope", 1, "half"),
        ("outside_scope", 2, "all"),
    ]
    whole = float(plane(square(5)).areas[0])
    assert [fault.area_m2 for fault in faults] == [pytest.approx(whole / 2), pytest.approx(whole)]
    assert faults[0].geometry is not None
    assert faults[0].geometry.hausdorff_distance(shapely.box(113.0005, 28, 113.001, 28.001)) < 1e-8
