"""The scans of the night are jobs like any other, in their order; without contracts there is nothing to scan."""

from datetime import time

from sqlalchemy import select, text

from app.db.models import Job
from app.db.sessions import read_session
from app.idle.service import import_table
from app.jobs.nightly import ACTOR, start_nightly_scans
from app.jobs.worker import WorkerSettings, make_worker_queue


def test_the_night_starts_idle_land_first_and_both_take_turns(fresh_engine, tmp_path):
    start_nightly_scans(fresh_engine)
    with read_session(fresh_engine) as session:
        assert session.scalars(select(Job)).all() == []
    path = tmp_path / "contracts.csv"
    path.write_text("合同编号,约定动工日期\nC1,2020-01-01\n", encoding="utf-8")
    import_table(fresh_engine, path, "contracts", actor="test")
    start_nightly_scans(fresh_engine)
    with read_session(fresh_engine) as session:
        jobs = session.scalars(select(Job).order_by(Job.queue_job_id)).all()
        locks = session.scalars(text("select distinct lock from procrastinate_jobs")).all()
    assert [(job.kind, job.created_by) for job in jobs] == [("idle.scan", ACTOR), ("land.scan", ACTOR)]
    assert locks == ["idle.scan"]


def test_a_worker_scans_at_night_only_when_it_is_told_to(fresh_engine):
    def periodic(nightly_scan: time | None) -> set[str]:
        queue = make_worker_queue(fresh_engine, {}, WorkerSettings(nightly_scan=nightly_scan))
        return {f"{task.cron} {task.task.name}" for task in queue.periodic_registry.periodic_tasks.values()}

    assert "30 18 * * * duogui.nightly_scan" in periodic(time(2, 30))
    assert not any("nightly" in name for name in periodic(None))
