"""What seldom changes is kept only for as long as it has not changed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from app.db.engine import make_engine
from app.db.sessions import read_session
from app.site_checks.known_ground import KnownGround, known_ground
from app.site_checks.nearby import CONTROLS, fetch
from tests.integration.site_checks.conftest import DAY, box

CHANGES = {
    "a layer": "update layer set accuracy_m = 3.5",
    "a version": "update layer_version set coverage_revision = coverage_revision + 1",
    "a number": "update rule_parameter set note = 'corrected' where id = (select min(id) from rule_parameter)",
    "a row that is gone": "delete from rule_parameter where id = (select min(id) from rule_parameter)",
    "a pack of rules": "update rule_pack set recorded_by = 'somebody'",
}


def known(engine: Engine) -> KnownGround:
    with read_session(engine) as session:
        return known_ground(session)


@pytest.fixture(autouse=True)
def _layer(put) -> None:
    put("farmland", "permanent_basic_farmland", [{"code": "F1", "geometry": box(0, 1)}])


def test_it_is_kept_while_answers_are_stored(fresh_engine: Engine, ask):
    first = known(fresh_engine)
    ask(box(0, 1))
    assert known(fresh_engine) is first


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_it_is_read_again_after_any_change_by_anybody(fresh_engine: Engine, change: str):
    first = known(fresh_engine)
    with fresh_engine.begin() as connection:
        connection.execute(text(change))
    second = known(fresh_engine)
    assert second.state != first.state
    assert known(fresh_engine) is second


def test_a_change_is_in_the_next_answer(fresh_engine: Engine, ask):
    assert ask(box(3, 4))["sites"][0]["layers"][0]["accuracy_m"] is None
    with fresh_engine.begin() as connection:
        connection.execute(text("update layer set accuracy_m = 3.5"))
    assert ask(box(3, 4))["sites"][0]["layers"][0]["accuracy_m"] == 3.5


def test_a_coverage_that_anybody_changed_is_in_the_next_answer(fresh_engine: Engine, ask):
    def shares() -> list[float | None]:
        return [layer["covered_share"] for layer in ask(box(0, 1))["sites"][0]["layers"]]

    assert None not in shares()
    with fresh_engine.begin() as connection:
        connection.execute(text("update layer_version set coverage = null"))
    assert shares() == [None]


def test_a_version_counts_from_the_moment_at_which_it_was_published(fresh_engine: Engine, put):
    before = datetime.now(UTC)
    put("redline", "ecological_redline", [{"code": "R1", "geometry": box(0, 1)}])
    with read_session(fresh_engine) as session:
        ground = known_ground(session)
        now = ground.versions_in_force(session, as_of=DAY, known_at=datetime.now(UTC))
        then = ground.versions_in_force(session, as_of=DAY, known_at=before)
    assert len(now) == 2
    assert len(then) == 1


def test_what_lies_near_a_site_is_planned_once_for_a_connection(fresh_url: str):
    engine = make_engine(fresh_url, pool_size=1)
    near = {"x0": [0.0], "y0": [0.0], "x1": [1.0], "y1": [1.0], "versions": [1], "known_at": datetime.now(UTC)}
    for _ in range(3):
        with read_session(engine) as session:
            known_ground(session)
            assert fetch(session, CONTROLS, near) == []
    with engine.connect() as connection:
        asked = text("select generic_plans, custom_plans from pg_prepared_statements where statement like '%piece_id%'")
        assert connection.execute(asked).one() == (3, 0)
        # For that transaction alone.
        assert connection.scalar(text("show plan_cache_mode")) == "force_custom_plan"
    engine.dispose()
