"""What is said of a layer, and where it is known, can be changed; what it was before is kept."""

import pytest
import shapely
from geoalchemy2.shape import to_shape

from app.db.sessions import write_session
from app.layers.editing import derive_coverage, edit_layer, set_coverage
from app.layers.errors import LayerEditError

from .conftest import rows, square

EXTENT = "select round(ST_Area(coverage)::numeric * 1e6, 3) from layer_version order by number"


@pytest.fixture
def layer(delivery, load):
    load(delivery([{"geometry": square(0)}, {"geometry": square(1)}]), publish=True, title_zh="宗地")


def test_a_change_of_a_layer_is_kept_with_what_was_before(layer, fresh_engine):
    with write_session(fresh_engine, actor="office") as session:
        edit_layer(session, "parcels", {"title_zh": "地籍", "mandatory": True, "stale_after_days": 365})
    with write_session(fresh_engine, actor="office") as session:
        edit_layer(session, "parcels", {"stale_after_days": None, "title_zh": "地籍"})
    assert rows(fresh_engine, "select title_zh, mandatory, stale_after_days from layer") == [("地籍", True, None)]
    edits = rows(fresh_engine, "select changes, recorded_by from layer_edit order by id")
    assert edits == [
        (
            {
                "title_zh": {"before": "宗地", "after": "地籍"},
                "mandatory": {"before": False, "after": True},
                "stale_after_days": {"before": None, "after": 365},
            },
            "office",
        ),
        ({"stale_after_days": {"before": 365, "after": None}}, "office"),
    ]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title_zh": " "}, "title_zh cannot be empty"),
        ({"title_en": None}, "cannot be taken back"),
        ({"accuracy_m": -1.0}, "length in metres"),
        ({"accuracy_m": float("nan")}, "length in metres"),
        ({"stale_after_days": 0}, "number of days"),
        ({"slug": "other"}, "nothing to edit"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(layer, fresh_engine, changes, message):
    with pytest.raises(LayerEditError, match=message), write_session(fresh_engine, actor="x") as session:
        edit_layer(session, "parcels", {"mandatory": True} | changes)
    assert rows(fresh_engine, "select mandatory, (select count(*) from layer_edit) from layer") == [(False, 0)]


def test_coverage_is_derived_set_and_cleared_and_the_former_is_kept(layer, fresh_engine):
    with write_session(fresh_engine, actor="x") as session:
        derived = derive_coverage(session, "parcels", None)
        assert shapely.area(to_shape(derived.coverage)) == pytest.approx(2e-6)
    with write_session(fresh_engine, actor="x") as session:
        set_coverage(session, "parcels", None, shapely.MultiPolygon([square(0, 0.002)]))
    assert [float(area) for (area,) in rows(fresh_engine, EXTENT)] == [4.0]
    with write_session(fresh_engine, actor="x") as session:
        assert set_coverage(session, "parcels", 1, None).coverage_revision == 3
    assert rows(fresh_engine, EXTENT) == [(None,)]
    kept = rows(
        fresh_engine,
        "select changes->>'coverage', round(ST_Area(coverage_before)::numeric * 1e6, 3) from layer_edit order by id",
    )
    assert [(what, None if area is None else float(area)) for what, area in kept] == [
        ("derived", None),
        ("set", 2.0),
        ("cleared", 4.0),
    ]
