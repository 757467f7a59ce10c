"""Jobs that ended long ago are deleted with their files; what still matters stays."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import Engine, func, select, update

from app.db.models import Job
from app.jobs.describing import describe_job
from app.jobs.expiry import delete_old_jobs
from app.jobs.kinds import LAYER_IMPORT, SHEETS


def test_what_ended_long_ago_is_deleted_with_its_files(
    fresh_engine: Engine, enqueue: Callable[..., UUID], job: Callable[[UUID], Job], tmp_path: Path
) -> None:
    def folder(name: str) -> str:
        path = tmp_path / name
        path.mkdir(parents=True)
        (path / "overlay.csv").write_text("a,b\n")
        return str(path)

    archive = tmp_path / "extracts" / "a1.zip"
    archive.parent.mkdir()
    archive.touch()
    old = enqueue("overlay", {"folder": folder("results/old")})
    sheets = enqueue(SHEETS, {"data_dir": str(tmp_path), "archive": "a1"})
    foreign = enqueue("overlay", {"folder": folder("uploads/foreign")})
    kept = enqueue(LAYER_IMPORT, {"folder": folder("results/import")})
    waiting = enqueue("overlay", {"folder": folder("results/waiting")})
    recent = enqueue("overlay", {"folder": folder("results/recent")})
    with fresh_engine.begin() as connection:
        ended = update(Job).values(status="failed", error={"detail": "x"})
        long_ago = func.now() - timedelta(days=31)
        connection.execute(ended.where(Job.id.in_([old, sheets, foreign, kept])).values(finished_at=long_ago))
        connection.execute(ended.where(Job.id == recent).values(finished_at=func.now() - timedelta(days=29)))
    assert delete_old_jobs(fresh_engine, kept_days=30) == 3
    with fresh_engine.connect() as connection:
        assert set(connection.scalars(select(Job.id))) == {kept, waiting, recent}
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [
        f"{name}/overlay.csv" for name in ("results/import", "results/recent", "results/waiting", "uploads/foreign")
    ]
    assert delete_old_jobs(fresh_engine, kept_days=30) == 0
    # The state says until when it is there.
    state = describe_job(job(recent), base_url="", kept_days=30)
    assert state.expires == job(recent).finished_at + timedelta(days=30)
    assert describe_job(job(kept), base_url="", kept_days=30).expires is None
    assert describe_job(job(waiting), base_url="", kept_days=30).expires is None
