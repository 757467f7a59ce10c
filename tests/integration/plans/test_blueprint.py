"""The one blueprint: a layer version without gaps and overlaps, each zone with its source and decision, the same whenever it is drawn."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from sqlalchemy import Engine, text

from app.db.sessions import WriteSession, read_session, write_session
from app.layers import repository
from app.layers.differences import compare_versions
from app.layers.features import read_features
from app.layers.publishing import discard_draft, publish_draft
from app.layers.repository import require_layer, require_version
from app.plans.blueprint import make_blueprint
from app.plans.errors import BlueprintRefusedError, PlansNotComparableError
from app.plans.service import compare
from tests.integration.plans.conftest import AS_OF, TODAY, Deliver, ImportSquares
from tests.unit.gis.test_incremental import overlapping_coverage

APPLY = """
update plan_patch set state = :state, decided_plan = :plan, decided_code = :code, decided_code_version = :version,
       decided_status = 'non_construction', document = '1', effective_on = date '2026-07-01'
 where until_revision is null and plan_codes = cast(:codes as text[])
"""


def decide(
    engine: Engine, codes: str, plan: str | None, code: str, version: str | None = None, *, state: str = "applied"
) -> None:
    with engine.begin() as connection:
        done = connection.execute(
            text(APPLY), {"state": state, "plan": plan, "code": code, "version": version, "codes": codes}
        )
        assert done.rowcount > 0


def zones_of(engine: Engine, number: int) -> gpd.GeoDataFrame:
    with read_session(engine) as session:
        layer = require_layer(session, "blueprint")
        zones = read_features(session, layer, require_version(session, layer, number))[0].set_index("feature_id")
    texts = zones.drop(columns="geometry").astype(object)
    return zones.assign(**{name: texts[name].where(texts[name].notna(), None) for name in texts})


@pytest.fixture
def compared(differing_plans: Engine) -> Engine:
    compare(differing_plans, plans=["city", "land"], as_of=AS_OF, actor="test")
    return differing_plans


def draw(engine: Engine, **options: object) -> dict:
    return make_blueprint(engine, plans=["land", "city"], valid_from=AS_OF, actor="chief", **options)


def test_every_zone_has_its_code_its_source_and_its_decision(compared: Engine):
    decide(compared, "{R2,1100}", "land", "1100", "TD/T 1027-2010")
    decide(compared, "{E2,2110}", None, "G1", "GB 50137-2011")
    made = draw(compared)
    zones = zones_of(compared, made["version"])
    told = {
        (row.zone_code, row.decision, row.source_plan)
        for row in zones[["zone_code", "decision", "source_plan"]].itertuples(index=False)
    }
    assert told == {
        ("R2", "agreed", "city"),
        ("1100", "resolved", "land"),
        ("G1", "resolved", None),
        ("M1", "single_plan", "city"),
        (None, "undecided", None),
    }
    (undecided,) = zones[zones["decision"] == "undecided"].itertuples()
    assert undecided.plan_codes == ["R2", "1200"]
    assert undecided.Index == "undecided.R2/1200"
    resolved = zones[zones["source_plan"] == "land"]
    assert set(resolved["code_version"]) == {"TD/T 1027-2010"}
    assert resolved["source_zone"].notna().all()
    assert made["decisions"]["undecided"]["zones"] == 1
    with compared.connect() as connection:
        total = connection.execute(
            text("select summary -> 'compared_area' ->> 'area_m2' from plan_comparison")
        ).scalar_one()
    assert made["area_m2"] == pytest.approx(float(total), abs=0.01)
    assert zones["area_ellipsoid_m2"].sum() == pytest.approx(float(total), abs=0.01)


def test_it_is_a_draft_that_is_published_and_compared_like_any_version(compared: Engine):
    first = draw(compared)
    assert (first["version"], first["status"]) == (1, "draft")
    with write_session(compared, actor="chief") as session:
        publish_draft(session, "blueprint")
    decide(compared, "{R2,1200}", "city", "R2", "GB 50137-2011")
    second = draw(compared)
    assert (second["version"], second["is_new"]) == (2, True)
    with read_session(compared) as session:
        changes = compare_versions(session, "blueprint", 1, 2)
    assert (changes.added, changes.removed, changes.geometry_changed) == (1, 1, 0)
    assert changes.unchanged == first["zones"] - 1


def test_the_same_inputs_are_not_drawn_twice_and_give_the_same_cells_when_they_are(compared: Engine):
    first = draw(compared)
    again = draw(compared)
    assert (again["version"], again["is_new"], again["digest"]) == (first["version"], False, first["digest"])
    zones = zones_of(compared, 1)
    with write_session(compared, actor="chief") as session:
        discard_draft(session, "blueprint", 1)
    drawn = draw(compared)
    assert (drawn["version"], drawn["digest"]) == (2, first["digest"])
    same = zones_of(compared, 2)
    assert same.index.tolist() == zones.index.tolist()
    assert shapely.equals_identical(same.geometry.to_numpy(), zones.geometry.to_numpy()).all()
    assert same.drop(columns="geometry").equals(zones.drop(columns="geometry"))


def test_what_is_only_agreed_is_not_applied_and_a_complete_blueprint_is_refused(compared: Engine):
    decide(compared, "{R2,1100}", "land", "1100", state="agreed")
    with pytest.raises(BlueprintRefusedError, match=r"4 places of .* m² are undecided") as refused:
        draw(compared, complete=True)
    assert len(refused.value.extra["undecided_patches"]) == 4
    with compared.connect() as connection:
        assert connection.execute(text("select count(*) from layer where slug = 'blueprint'")).scalar_one() == 0


def test_a_blueprint_of_random_plans_is_a_coverage_of_the_compared_area(fresh_engine: Engine, deliver: Deliver):
    rng = np.random.default_rng(12)
    for slug in ("city", "land"):
        deliver(slug, overlapping_coverage(rng, 80))
    summary = compare(fresh_engine, plans=["city", "land"], lines=[], as_of=TODAY, actor="test")
    decide(fresh_engine, "{R2,1100}", "land", "1100")
    decide(fresh_engine, "{E2,2110}", "city", "E2")
    made = make_blueprint(fresh_engine, plans=["city", "land"], actor="chief")
    zones = zones_of(fresh_engine, 1)
    total = summary["compared_area"]["area_m2"]
    assert made["decisions"]["resolved"]["zones"] > 3
    assert zones.area.sum() == pytest.approx(total, abs=0.02)
    assert shapely.area(shapely.union_all(zones.geometry)) == pytest.approx(total, abs=0.02)
    resolved = zones[zones["decision"] == "resolved"]
    assert set(resolved["zone_code"]) == {"1100", "E2"}
    with fresh_engine.connect() as connection:
        covered = connection.execute(
            text("select ST_Area(coverage::geography) from layer_version where status = 'draft'")
        ).scalar_one()
    assert covered == pytest.approx(total, rel=1e-4)


def test_what_cannot_be_drawn_is_refused_by_name(compared: Engine):
    with pytest.raises(PlansNotComparableError, match="were not compared yet: duogui plans compare city sea"):
        make_blueprint(compared, plans=["city", "sea"], actor="chief")
    with pytest.raises(BlueprintRefusedError, match="cannot name a layer"):
        draw(compared, to="plan_patches")
    for slug in ("city", "line"):
        with pytest.raises(BlueprintRefusedError, match=f"to: found '{slug}', one of the layers of comparison 1"):
            draw(compared, to=slug)
    decide(compared, '{M1,""}', "land", "1100")
    with pytest.raises(BlueprintRefusedError, match="is resolved by land, which says nothing there"):
        draw(compared)
    with compared.begin() as connection:
        connection.execute(text("delete from plan_comparison_state"))
    with pytest.raises(PlansNotComparableError, match="Compare again: duogui plans compare city land --everything"):
        draw(compared)


def test_a_plan_that_is_delivered_to_the_layer_meanwhile_is_not_drawn_over(
    compared: Engine, monkeypatch: pytest.MonkeyPatch, import_squares: ImportSquares
):
    first = draw(compared)
    with write_session(compared, actor="chief") as session:
        discard_draft(session, "blueprint", first["version"])
    lock_layer = repository.lock_layer

    def delivered_before(session: WriteSession, layer_id: int) -> None:
        monkeypatch.setattr(repository, "lock_layer", lock_layer)
        import_squares("blueprint", "plan", [(0, 0)], {"zone_code": ["R2"]}, AS_OF, "GB 50137-2011")
        lock_layer(session, layer_id)

    monkeypatch.setattr(repository, "lock_layer", delivered_before)
    with pytest.raises(BlueprintRefusedError, match=r"a plan of its own \(version 2 is 'blueprint.gpkg'\)"):
        draw(compared)
