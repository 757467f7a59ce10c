"""A delivery that lacks much of what is in force is published only when somebody says that this is right."""

import pytest

from app.db.sessions import write_session
from app.layers.errors import LossNotConfirmedError
from app.layers.publishing import publish_draft

from .conftest import rows, square

CODE = {"parcel_code": "code", "land_use_code": "use"}


def parcels(count, size=0.001, uses=None):
    return [
        {"code": f"P{i}", "use": "0701" if uses is None or i < uses else None, "geometry": square(i, size)}
        for i in range(count)
    ]


@pytest.fixture
def first(delivery, load):
    load(delivery(parcels(10), "a.gpkg"), mapping=CODE, publish=True)


def statuses(engine):
    return [status for (status,) in rows(engine, "select status from layer_version order by number")]


@pytest.mark.parametrize(
    ("after", "what"),
    [
        (parcels(8), {"features", "area_m2"}),
        (parcels(10, size=0.0009), {"area_m2"}),
        (parcels(10, uses=8), {"filled land_use_code"}),
    ],
)
def test_a_loss_keeps_the_delivery_a_draft_and_names_what_is_lost(first, delivery, load, fresh_engine, after, what):
    with pytest.raises(LossNotConfirmedError, match="stays a draft") as refused:
        load(delivery(after, "b.gpkg"), mapping=CODE, publish=True)
    assert refused.value.status == 409
    assert {loss["what"] for loss in refused.value.extra["losses"]} == what
    assert statuses(fresh_engine) == ["in_force", "draft"]
    with write_session(fresh_engine, actor="head") as session:
        publish_draft(session, "parcels", 2, confirm_loss=True)
    assert statuses(fresh_engine) == ["archived", "in_force"]
    ((who,),) = rows(fresh_engine, "select report->>'confirmed_by' from layer_version where number = 2")
    assert who == "head"


def test_a_loss_of_exactly_the_limit_and_any_gain_are_published(first, delivery, load, fresh_engine):
    load(delivery(parcels(9), "b.gpkg"), mapping=CODE, publish=True)
    load(delivery(parcels(30), "c.gpkg"), mapping=CODE, publish=True)
    assert statuses(fresh_engine) == ["archived", "archived", "in_force"]


def test_the_limit_can_be_set(first, delivery, load, fresh_engine):
    load(delivery(parcels(5), "b.gpkg"), mapping=CODE, publish=True, max_loss_percent=50)
    with pytest.raises(LossNotConfirmedError, match="20 % less"):
        load(delivery(parcels(4), "c.gpkg"), mapping=CODE, publish=True, max_loss_percent=0)
    assert statuses(fresh_engine) == ["archived", "in_force", "draft"]


def test_the_same_delivery_again_is_guarded_as_well(first, delivery, load, fresh_engine):
    path = delivery(parcels(5), "b.gpkg")
    load(path, mapping=CODE)
    with pytest.raises(LossNotConfirmedError):
        load(path, mapping=CODE, publish=True)
    assert load(path, mapping=CODE, publish=True, confirm_loss=True).status == "in_force"
