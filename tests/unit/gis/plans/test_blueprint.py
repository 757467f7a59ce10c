"""The blueprint of a few squares, worked out by hand; and of random plans, which it covers once."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.errors import ClosureError
from gis.partition import partition_layers
from gis.plans import blueprint
from gis.plans.blueprint import BlueprintZones, CellDecision, Resolution, draw_blueprint
from gis.plans.comparison import HardLine, PlanCodes, compare_plans
from gis.plans.patches import find_patches
from gis.polygonal import simple_parts
from tests.unit.gis.test_incremental import overlapping_coverage
from tests.unit.gis.test_partition import layer

VERSION = "GB 50137-2011"


def drawn(
    layers: dict, codes: dict[str, list[str | None]], resolutions: dict[int, Resolution], *, lines=(), **options
) -> BlueprintZones:
    partition = partition_layers(layers)
    plans = {name: PlanCodes(said, [VERSION] * len(said)) for name, said in codes.items()}
    compared = compare_plans(partition, plans, lines=lines)
    patches = find_patches(partition, compared)
    parts, part_cells = simple_parts(partition.cells[compared.cells])
    of_cell = np.full(len(compared.cells), -1)
    of_cell[patches.member_cells] = patches.member_patches
    return draw_blueprint(
        partition, compared, plans, parts, part_cells, of_cell[part_cells], resolutions=resolutions, **options
    )


def squares(*columns: int, names: list[str]):
    return layer(*(shapely.box(10 * k, 0, 10 * k + 10, 10) for k in columns), ids=names)


@pytest.fixture
def row() -> tuple[dict, dict]:
    """Return a row of squares: agreed, in conflict, said by the second plan alone, in conflict."""
    layers = {"city": squares(0, 1, 3, names=["a", "b", "d"]), "land": squares(0, 1, 2, 3, names=["p", "q", "r", "s"])}
    return layers, {"city": ["R2", "R2", "E2"], "land": ["M1", "E2", "E1", "M1"]}


def told(zones: BlueprintZones) -> list[tuple]:
    west = shapely.bounds(zones.geometries)[:, 0]
    rows = zip(zones.decisions, zones.plans, zones.zones, zones.codes, np.round(zones.areas_m2), strict=True)
    return [row for _, row in sorted(zip(west.tolist(), rows, strict=True), key=lambda each: each[0])]


def test_every_place_is_from_the_plan_that_speaks_or_was_decided_for(row):
    layers, codes = row
    open_zones = drawn(layers, codes, {})
    assert told(open_zones) == [
        (CellDecision.AGREED, "city", "a", "R2", 100),
        (CellDecision.UNDECIDED, None, None, None, 100),
        (CellDecision.SINGLE_PLAN, "land", "r", "E1", 100),
        (CellDecision.UNDECIDED, None, None, None, 100),
    ]
    first, last = (int(open_zones.patches[k]) for k in np.flatnonzero(open_zones.decisions == CellDecision.UNDECIDED))
    decided = {first: Resolution("land", "E2", VERSION), last: Resolution(None, "G1", VERSION)}
    assert told(drawn(layers, codes, decided))[1::2] == [
        (CellDecision.RESOLVED, "land", "q", "E2", 100),
        (CellDecision.RESOLVED, None, None, "G1", 100),
    ]
    assert told(drawn(layers, codes, {first: decided[first]}, artefacts=[last]))[3][:4] == (
        CellDecision.ARTEFACT,
        "city",
        "d",
        "E2",
    )


def test_where_zones_of_a_plan_overlap_the_one_with_the_decided_code_is_the_source():
    layers = {"city": squares(0, 0, names=["a", "b"]), "land": squares(0, names=["p"])}
    codes = {"city": ["R2", "M1"], "land": ["E2"]}
    assert told(drawn(layers, codes, {0: Resolution("city", "M1", VERSION)})) == [
        (CellDecision.RESOLVED, "city", "b", "M1", 100)
    ]


def test_a_resolution_by_a_plan_that_says_nothing_there_is_refused(row):
    layers, codes = row
    layers["city"], codes["city"] = squares(0, names=["a"]), ["R2"]
    for patch in range(2):
        with pytest.raises(ValueError, match="is resolved by city, which says nothing there"):
            drawn(layers, codes, {patch: Resolution("city", "R2", VERSION)})


def test_zones_that_do_not_close_are_refused(row, monkeypatch):
    layers, codes = row
    merge = blueprint.merge_cells

    def careless(parts, labels):
        return merge(parts[1:], labels[1:])

    monkeypatch.setattr(blueprint, "merge_cells", careless)
    with pytest.raises(ClosureError, match=r"cover 300\.0+ m², the compared area is 400\.0+ m²"):
        drawn(layers, codes, {})


@settings(max_examples=15)
@given(st.integers(0, 100_000), st.integers(5, 25))
def test_random_plans_are_covered_once(seed: int, zones: int):
    rng = np.random.default_rng(seed)
    layers = {name: overlapping_coverage(rng, zones) for name in ("city", "land")}
    codes = {name: [("R2", "E2", "M1")[k] for k in rng.integers(0, 3, len(frame))] for name, frame in layers.items()}
    found = drawn(layers, codes, {0: Resolution(None, "G1", VERSION)})
    total = shapely.area(shapely.union_all([*layers["city"].geometry, *layers["land"].geometry]))
    assert found.areas_m2.sum() == pytest.approx(total, abs=1e-3)
    assert shapely.area(shapely.union_all(found.geometries)) == pytest.approx(total, abs=1e-3)
    decided = found.decisions != CellDecision.UNDECIDED
    assert [code is not None for code in found.codes] == decided.tolist()


def test_an_artefact_in_which_no_plan_says_one_thing_takes_the_first_code_that_there_is():
    layers = {"city": squares(0, 0, names=["a", "b"]), "land": squares(0, 0, names=["p", "q"])}
    codes: dict[str, list[str | None]] = {"city": ["R2", "E2"], "land": ["M1", "E1"]}
    assert told(drawn(layers, codes, {})) == [(CellDecision.UNDECIDED, None, None, None, 100)]
    assert told(drawn(layers, codes, {}, artefacts=[0])) == [(CellDecision.ARTEFACT, "city", "a", "R2", 100)]


@pytest.mark.parametrize(("line", "is_open"), [("permanent_basic_farmland", True), ("flood_zone", False)])
def test_what_plans_build_in_a_line_that_goes_before_them_is_open_whether_all_say_so_or_one(line: str, is_open: bool):
    layers = {"city": squares(0, 1, names=["a", "b"]), "land": squares(0, 2, names=["p", "r"])}
    layers["line"] = squares(0, 1, 2, names=["x", "y", "z"])
    codes: dict[str, list[str | None]] = {"city": ["R2", "M1"], "land": ["M1", "E1"]}
    lines = [HardLine(line, "line")]
    found = drawn(layers, codes, {}, lines=lines)
    built = [(CellDecision.UNDECIDED, None, None, None, 100)] * 2
    silent = (CellDecision.SINGLE_PLAN, "city", "b", "M1", 100)
    expected = built if is_open else [(CellDecision.AGREED, "city", "a", "R2", 100), silent]
    assert told(found) == [*expected, (CellDecision.SINGLE_PLAN, "land", "r", "E1", 100)]
    if is_open:
        patch = int(found.patches[np.flatnonzero(found.decisions == CellDecision.UNDECIDED)[0]])
        decided = drawn(layers, codes, {patch: Resolution(None, "E2", VERSION)}, lines=lines)
        assert (CellDecision.RESOLVED, None, None, "E2", 100) in told(decided)
