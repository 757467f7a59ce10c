"""Two versions are compared feature by feature: what came, what went, what moved, what says something else."""

import pytest
import shapely

from app.db.sessions import read_session
from app.layers.differences import compare_versions, iter_changes
from app.layers.errors import VersionNotFoundError

from .conftest import square

CODE = {"parcel_code": "code"}


@pytest.fixture
def versions(delivery, load, fresh_engine):
    """Return a function that imports two deliveries and lists what changed."""

    def changes(before, after, **options):
        load(delivery(before, "a.gpkg"), mapping=CODE)
        load(delivery(after, "b.gpkg"), mapping=CODE)
        with read_session(fresh_engine) as session:
            counts = compare_versions(session, "parcels", 1, 2, **options).as_json()
            return counts, list(iter_changes(session, "parcels", 1, 2, **options))

    return changes


def parcel(code, geometry, use="x"):
    return {"code": code, "use": use, "geometry": geometry}


def test_every_feature_that_differs_is_listed_once_with_what_differs(versions):
    before = [parcel(name, square(i)) for i, name in enumerate("ABCDE")]
    after = [
        before[0],
        parcel("B", square(1, 0.0009)),
        parcel("C", square(2), use="y"),
        parcel("D", square(3, 0.0009), use="y"),
        parcel("F", square(9)),
    ]
    counts, found = versions(before, after)
    told = {name: counts[name] for name in ("added", "removed", "geometry_changed", "attributes_changed", "unchanged")}
    assert told == {"added": 1, "removed": 1, "geometry_changed": 2, "attributes_changed": 1, "unchanged": 1}
    assert [(one.feature_id, one.change.value, one.attributes) for one in found] == [
        ("B", "geometry_changed", ()),
        ("C", "attributes_changed", ("use",)),
        ("D", "geometry_changed", ("use",)),
        ("E", "removed", ()),
        ("F", "added", ()),
    ]
    moved = found[0]
    # A ten-thousandth of a degree is 9.8 m eastwards here and 11.1 m northwards; the corner moved both ways.
    assert moved.moved_m == pytest.approx(14.8, abs=0.05)
    assert moved.area_after_m2 == pytest.approx(0.81 * moved.area_before_m2, rel=1e-5)
    assert shapely.equals(found[3].geometry, square(4))


def test_a_boundary_that_moved_less_than_the_tolerance_has_not_changed(versions):
    # A hundred-millionth of a degree is a millimetre.
    counts, found = versions(
        [parcel("A", square(0)), parcel("B", square(1))],
        [parcel("A", square(0, 0.001 + 1e-8)), parcel("B", square(1, 0.001 + 1e-8), use="y")],
        tolerance_m=0.01,
    )
    assert (counts["geometry_changed"], counts["attributes_changed"], counts["unchanged"]) == (0, 1, 1)
    assert [(one.feature_id, one.change.value) for one in found] == [("B", "attributes_changed")]
    assert 0 < found[0].moved_m < 0.01


def test_another_start_of_a_ring_and_a_vertex_more_are_no_change(versions):
    turned = shapely.Polygon([(113.001, 28), (113.001, 28.001), (113, 28.001), (113, 28), (113.0005, 28)])
    counts, found = versions([parcel("A", square(0))], [parcel("A", turned)])
    assert (counts["unchanged"], found) == (1, [])


def test_an_attribute_that_only_one_delivery_has_differs(delivery, load, fresh_engine):
    load(delivery([{"code": "A", "note": None, "geometry": square(0)}], "a.gpkg"), mapping=CODE)
    load(delivery([{"code": "A", "geometry": square(0)}], "b.gpkg"), mapping=CODE)
    with read_session(fresh_engine) as session:
        (found,) = iter_changes(session, "parcels", 1, 2)
    assert found.attributes == ("note",)


def test_a_list_can_be_gone_on_with_behind_a_feature(versions, fresh_engine):
    versions([parcel(name, square(i)) for i, name in enumerate("ABCD")], [parcel("X", square(9))])
    with read_session(fresh_engine) as session:
        names = [one.feature_id for one in iter_changes(session, "parcels", 1, 2, after="B")]
    assert names == ["C", "D", "X"]


def test_a_version_that_is_not_there_is_named(versions, fresh_engine):
    versions([parcel("A", square(0))], [parcel("B", square(0))])
    with read_session(fresh_engine) as session, pytest.raises(VersionNotFoundError, match="no version 3"):
        compare_versions(session, "parcels", 1, 3)
