"""The kinds of work that a worker really knows, given nothing to work on."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import Engine

from app.db.models import Job, Layer, LayerKind
from app.db.sessions import write_session
from app.jobs import service
from app.jobs.kinds import KINDS
from app.jobs.runner import run_job


@pytest.mark.parametrize("kind", ["check.run", "idle.scan", "plan.compare"])
def test_work_without_data_ends_by_saying_what_is_missing(
    fresh_engine: Engine, job: Callable[[UUID], Job], kind: str
) -> None:
    with write_session(fresh_engine, actor="planner") as session:
        session.add_all(
            Layer(slug=slug, kind=LayerKind.PARCEL, title_zh="宗地", title_en="Parcels", created_by="planner")
            for slug in ("parcels", "plots")
        )
        session.flush()
        if kind == "check.run":
            stored = service.start_check_run(session, target="parcels", layers=None, as_of=None)
        elif kind == "plan.compare":
            stored = service.start_plan_comparison(session, plans=["parcels", "plots"], lines=None, as_of=None)
        else:
            stored = service.start_idle_scan(session, as_of=None, target=None)
    run_job(fresh_engine, stored.id, KINDS)
    ended = job(stored.id)
    assert ended.error is not None
    assert ended.error["status"] < 500, ended.error
    assert ended.error["detail"]
