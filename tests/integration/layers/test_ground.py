"""A delivery is compared with what is known of its ground: where its layer lies, and how another layer draws it."""

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.layers.errors import DeliveryRefusedError, LayerNotFoundError
from gis.crs_firewall.map_shifts import gcj02_of

from .conftest import rows

CODE = {"parcel_code": "code"}
CHANCE = np.random.default_rng(7).uniform(-0.0003, 0.0003, (40, 2))


def parcels(shift=(0.0, 0.0)):
    """Squares at random distances, since on a regular grid no displacement is clear."""
    return [
        {
            "code": f"P{i}",
            "geometry": shapely.box(x + shift[0], y + shift[1], x + shift[0] + 0.001, y + shift[1] + 0.001),
        }
        for i, (x, y) in enumerate(CHANCE + [(113 + 0.002 * (i % 8), 28 + 0.002 * (i // 8)) for i in range(40)])
    ]


def over_a_web_map():
    frame = gpd.GeoDataFrame(parcels(), crs=4490)
    frame["geometry"] = shapely.transform(frame.geometry.to_numpy(), gcj02_of)
    return frame.to_dict("records")


@pytest.fixture
def first(delivery, load):
    load(delivery(parcels(), "a.gpkg"), mapping=CODE, publish=True)


def kinds(refused):
    return [fault["kind"] for fault in refused.value.extra["report"]["faults"]]


def test_a_delivery_far_from_the_version_in_force_is_refused_unless_it_is_expected_there(first, delivery, load):
    path = delivery(parcels(shift=(0.0, 2.0)), "b.gpkg")
    with pytest.raises(DeliveryRefusedError, match="the extent of version 1, which is in force") as refused:
        load(path, mapping=CODE)
    assert kinds(refused) == ["crs_outside_expected"]
    assert load(path, mapping=CODE, expected=(112.9, 29.9, 113.2, 30.1)).number == 2


def test_a_delivery_drawn_over_a_web_map_is_refused_against_the_version_in_force(first, delivery, load):
    with pytest.raises(DeliveryRefusedError) as refused:
        load(delivery(over_a_web_map(), "b.gpkg"), mapping=CODE)
    assert kinds(refused) == ["crs_gcj02_shift"]


def test_a_new_layer_is_compared_with_the_layer_that_is_named(first, delivery, load):
    path = delivery(over_a_web_map(), "b.gpkg")
    with pytest.raises(DeliveryRefusedError) as refused:
        load(path, to="others", mapping=CODE, reference="parcels")
    assert kinds(refused) == ["crs_gcj02_shift"]
    assert load(path, to="others", mapping=CODE).number == 1


def test_a_reference_must_exist_and_be_in_force(delivery, load):
    path = delivery(parcels(), "a.gpkg")
    with pytest.raises(LayerNotFoundError):
        load(path, mapping=CODE, reference="nothing")
    load(path, mapping=CODE)
    with pytest.raises(DeliveryRefusedError, match="No version of the reference layer parcels is in force"):
        load(path, to="others", mapping=CODE, reference="parcels")


def test_the_same_ground_again_says_nothing_of_the_reference_system(first, delivery, load):
    result = load(delivery(parcels()[:39], "b.gpkg"), mapping=CODE, publish=True)
    assert result.status == "in_force"


@pytest.fixture
def units(delivery, load):
    area = [{"code": "430121", "geometry": shapely.box(112.99, 27.99, 113.0075, 28.1)}]
    load(delivery(area, "units.gpkg"), to="units", kind="jurisdiction", mapping={"control_code": "code"}, publish=True)


def faults_of(engine, slug):
    return rows(
        engine,
        "select intake_fault.kind, feature_id, round(area_m2) from intake_fault join layer_version on layer_version.id = layer_version_id "
        f"join layer on layer.id = layer_id where slug = '{slug}' and intake_fault.kind = 'outside_scope' order by feature_id",
    )


def test_parcels_outside_the_administrative_units_are_told_and_a_river_may_leave_them(
    units, delivery, load, fresh_engine
):
    inside, across = shapely.box(113, 28, 113.001, 28.001), shapely.box(113.007, 28, 113.008, 28.001)
    path = delivery([{"code": "A", "geometry": inside}, {"code": "B", "geometry": across}], "a.gpkg")
    load(path, mapping=CODE)
    ((kind, name, area),) = faults_of(fresh_engine, "parcels")
    assert (kind, name) == ("outside_scope", "B")
    assert area == pytest.approx(0.0005 * 111_320 * np.cos(np.radians(28)) * 0.001 * 110_800, rel=0.01)
    load(path, to="river", kind="river_management", mapping={"control_code": "code"})
    assert faults_of(fresh_engine, "river") == []


def test_the_coverage_that_comes_with_a_delivery_goes_before_the_units(units, delivery, load, fresh_engine):
    across = shapely.box(113.007, 28, 113.008, 28.001)
    coverage = delivery([{"geometry": shapely.box(112, 27, 114, 29)}], "coverage.gpkg")
    load(delivery([{"code": "B", "geometry": across}], "a.gpkg"), mapping=CODE, coverage=coverage)
    assert faults_of(fresh_engine, "parcels") == []


def test_a_new_layer_is_expected_within_the_administrative_units(units, delivery, load):
    path = delivery(parcels(shift=(0.0, 2.0)), "b.gpkg")
    with pytest.raises(DeliveryRefusedError, match="the extent of the administrative units") as refused:
        load(path, mapping=CODE)
    assert kinds(refused) == ["crs_outside_expected"]
