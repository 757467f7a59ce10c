"""The worker process: takes jobs from the queue, one at a time, until it is told to stop."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Mapping
from uuid import UUID

import structlog
from procrastinate import App, JobContext
from sqlalchemy import Engine

from app.db.engine import make_engine
from app.jobs.kinds import KINDS, Kind
from app.jobs.queue import QUEUE, make_queue
from app.jobs.rescue import rescue_jobs
from app.jobs.runner import run_job

log = structlog.get_logger(__name__)

# On a stop a job may finish within this time; then it is asked to stop at its next chunk and goes back to the queue.
FINISH_WITHIN_S = 3.0
# After that a job that does not listen is cut off; the next worker finds it lost and runs it again.
STOP_WITHIN_S = 10.0
POLL_S = 2.0


def run_worker(database_url: str, *, kinds: Mapping[str, Kind] = KINDS) -> None:
    """Run jobs until SIGTERM or SIGINT; those of workers that died are taken over.

    Parameters
    ----------
    database_url : str
        SQLAlchemy URL of a database with the current schema.
    kinds : mapping
        Name of a kind to its work.
    """
    # The queue tells every fetched entry at INFO; jobs have log events of their own.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    engine = make_engine(database_url)
    try:
        rescue_jobs(engine)
        asyncio.run(_work(make_worker_queue(engine, kinds)))
    finally:
        engine.dispose()


def make_worker_queue(engine: Engine, kinds: Mapping[str, Kind]) -> App:
    """Make the queue's application that runs these kinds of work on this database."""

    def run(context: JobContext, job_id: UUID) -> None:
        run_job(engine, job_id, kinds, attempt=context.job.attempts + 1, is_stopping=context.should_abort)

    def rescue() -> None:
        rescue_jobs(engine)

    return make_queue(engine.url.render_as_string(hide_password=False), run=run, rescue=rescue)


async def _work(queue: App) -> None:
    async with queue.open_async():
        log.info("worker.started", pid=os.getpid())
        await queue.run_worker_async(
            queues=[QUEUE],
            name="duogui",
            fetch_job_polling_interval=POLL_S,
            shutdown_graceful_timeout=FINISH_WITHIN_S,
            delete_jobs="always",
        )
        log.info("worker.stopped", pid=os.getpid())


def stop_with_parent(descriptor: int) -> None:
    """Stop this process when the one that holds the other end of a pipe ends, however that happens.

    A killed parent cannot tell its child, but the kernel closes its end of the pipe.
    """

    def watch() -> None:
        while os.read(descriptor, 1):
            pass
        log.warning("worker.parent_gone", pid=os.getpid())
        os.kill(os.getpid(), signal.SIGTERM)
        cut_off = threading.Event()
        cut_off.wait(STOP_WITHIN_S)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="stop-with-parent", daemon=True).start()
