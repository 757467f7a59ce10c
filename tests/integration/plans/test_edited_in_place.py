"""Plans whose features are edited in the version in force: a comparison sees each edit, and makes anew only what it concerns."""

from typing import Any

import pytest
import shapely
from sqlalchemy import Engine, text

from app.db.sessions import write_session
from app.layers.feature_edits import GivenFeature, create_features, delete_feature, feature_etag, update_feature
from app.plans.blueprint import make_blueprint
from app.plans.errors import BlueprintRefusedError, PlansNotComparableError
from app.plans.inputs import METHOD
from app.plans.units import sum_by_unit
from gis.area_plane import from_area_plane
from tests.integration.plans.conftest import TODAY, Deliver
from tests.integration.plans.test_recomputing import assert_same_patches, assert_same_sums, compared, patches_of

TABLES = {"city": "plan_zone", "land": "plan_zone", "line": "control_area"}


class Editor:
    """Edits features as a client of OGC API - Features does, each edit in a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def tag(self, slug: str, name: str) -> str:
        query = (
            f"select row_id from {TABLES[slug]} feature join layer_version version on version.id = layer_version_id "
            "join layer on layer.id = version.layer_id "
            "where slug = :slug and feature_id = :name and superseded_at is null order by version.number desc limit 1"
        )
        with self.engine.connect() as connection:
            return feature_etag(connection.execute(text(query), {"slug": slug, "name": name}).scalar_one())

    def move(self, slug: str, name: str, polygon: shapely.Geometry) -> None:
        (drawn,) = from_area_plane([polygon])
        with write_session(self.engine, actor="test") as session:
            update_feature(session, slug, name, {}, drawn, self.tag(slug, name), today=TODAY)

    def tell(self, slug: str, name: str, **changes: Any) -> None:
        with write_session(self.engine, actor="test") as session:
            update_feature(session, slug, name, changes, None, self.tag(slug, name), today=TODAY)

    def delete(self, slug: str, name: str) -> None:
        with write_session(self.engine, actor="test") as session:
            delete_feature(session, slug, name, self.tag(slug, name))

    def create(self, slug: str, polygon: shapely.Geometry, **properties: Any) -> str:
        (drawn,) = from_area_plane([polygon])
        with write_session(self.engine, actor="test") as session:
            (name,) = create_features(session, slug, [GivenFeature(drawn, properties)], today=TODAY)
        return name


def assert_brought_up_to_date(engine: Engine, changed: dict[str, int]) -> None:
    found = compared(engine)
    assert found["is_new"]
    assert found["recomputed"]["changed_zones"] == changed
    patches = patches_of(engine)
    assert not compared(engine)["is_new"]
    assert_same_sums(found, compared(engine, everything=True))
    assert_same_patches(patches, patches_of(engine))


def test_every_edit_of_a_feature_is_seen_and_only_what_it_concerns_is_made_anew(fresh_engine: Engine, layers):
    compared(fresh_engine)
    editor, city = Editor(fresh_engine), layers["city"]
    zones = city.index.tolist()
    # Twice: what the comparison is of is neither the present row nor the first one.
    editor.move("city", f"z{zones[30]}", city.geometry[zones[30]].buffer(-0.5))
    editor.move("city", f"z{zones[30]}", city.geometry[zones[30]].buffer(-1))
    assert_brought_up_to_date(fresh_engine, {"city": 1})
    editor.move("city", f"z{zones[30]}", city.geometry[zones[30]])
    editor.delete("city", f"z{zones[12]}")
    assert_brought_up_to_date(fresh_engine, {"city": 2})
    name = editor.create("city", city.geometry[zones[12]], zone_code="R2", code_version="GB 50137-2011")
    assert_brought_up_to_date(fresh_engine, {"city": 1})
    editor.tell("city", name, zone_code="E2")
    editor.tell("city", f"z{zones[5]}", zone_code="E1")
    editor.tell("city", f"z{zones[5]}", zone_code="M1")
    found = compared(fresh_engine)
    assert found["recomputed"]["cells"] == 0
    assert_same_sums(found, compared(fresh_engine, everything=True))


def test_what_is_drawn_and_deleted_again_is_no_change(fresh_engine: Engine, layers):
    first = compared(fresh_engine)
    editor, city = Editor(fresh_engine), layers["city"]
    name = editor.create("city", city.geometry.iloc[3].buffer(2), zone_code="R2", code_version="GB 50137-2011")
    editor.delete("city", name)
    found = compared(fresh_engine)
    assert found["recomputed"] == {"changed_zones": {"city": 0}, "cells": 0, "patches_gone": 0, "patches_come": 0}
    assert found["classes"] == first["classes"]


def test_a_version_after_edits_is_compared_with_what_was_edited(fresh_engine: Engine, deliver: Deliver, layers):
    compared(fresh_engine)
    editor, city, line = Editor(fresh_engine), layers["city"], layers["line"]
    zones = city.index.tolist()
    editor.move("city", f"z{zones[30]}", city.geometry[zones[30]].buffer(-0.5))
    editor.delete("city", f"z{zones[12]}")
    editor.move("line", f"z{line.index[4]}", line.geometry.iloc[4].buffer(-3))
    # It has what was deleted again, and not what was moved.
    deliver("city", city.drop(index=zones[40]))
    assert_brought_up_to_date(fresh_engine, {"city": 1, "line": 1})


def test_nothing_is_drawn_or_summed_of_a_plan_that_was_edited_since(fresh_engine: Engine, layers):
    first = compared(fresh_engine)
    sum_by_unit(fresh_engine, first["plan_comparison_id"], "line")
    Editor(fresh_engine).tell("land", f"z{layers['land'].index[3]}", zone_code="1200")
    with pytest.raises(PlansNotComparableError, match=r"Version 1 of land .* or edited, since .* compare again"):
        sum_by_unit(fresh_engine, first["plan_comparison_id"], "line")
    with pytest.raises(BlueprintRefusedError, match="have other versions now"):
        make_blueprint(fresh_engine, plans=["city", "land"], actor="test")


def test_nothing_starts_from_a_comparison_of_another_method(fresh_engine: Engine, layers):
    compared(fresh_engine)
    with fresh_engine.begin() as connection:
        older = "summary || jsonb_build_object('method', :method)"
        connection.execute(
            text(f"update plan_comparison set input_digest = 'older', summary = {older}"), {"method": METHOD - 1}
        )
    Editor(fresh_engine).tell("land", f"z{layers['land'].index[3]}", zone_code="1200")
    assert compared(fresh_engine)["computed_again"]["reason"] == "other_method"
