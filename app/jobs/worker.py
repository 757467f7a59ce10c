"""The worker process: takes jobs from the queue, one at a time, until it is told to stop."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from uuid import UUID

import structlog
from procrastinate import App, JobContext
from procrastinate.exceptions import ConnectorException
from sqlalchemy import Engine

from app.db.errors import DatabaseUnavailableError
from app.jobs.expiry import delete_old_jobs
from app.jobs.kinds import KINDS, Kind
from app.jobs.nightly import cron_of, start_nightly_scans
from app.jobs.outside import AllowedHosts
from app.jobs.queue import QUEUE, make_queue
from app.jobs.rescue import rescue_jobs
from app.jobs.runner import run_job

log = structlog.get_logger(__name__)

# On a stop a job may finish within this time; then it is asked to stop at its next chunk and goes back to the queue.
FINISH_WITHIN_S = 3.0
# After that a job that does not listen is cut off; the next worker finds it lost and runs it again.
STOP_WITHIN_S = 10.0
POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class WorkerSettings:
    """What a worker is told beside its database.

    Attributes
    ----------
    hosts : AllowedHosts
        Whom it may tell how jobs go.
    kept_days : int or None
        How long jobs are kept that ended; None for ever.
    nightly_scan : time or None
        Time of day in China at which the scans of land are started; None for never.
    """

    hosts: AllowedHosts = field(default_factory=lambda: AllowedHosts.of(()))
    kept_days: int | None = None
    nightly_scan: time | None = None


def run_worker(
    engine: Engine, *, kinds: Mapping[str, Kind] = KINDS, settings: WorkerSettings = WorkerSettings()
) -> None:
    """Run jobs until SIGTERM or SIGINT; those of workers that died are taken over.

    Parameters
    ----------
    engine : Engine
        On a database with the current schema, without a limit on the time of a statement.
    kinds : mapping
        Name of a kind to its work.
    settings : WorkerSettings, optional
        By default nobody is told of jobs, all of them are kept and nothing starts by itself.

    Raises
    ------
    DatabaseUnavailableError
        The database went away; a new worker may find it again.
    """
    # The queue tells of every entry at INFO; jobs have log events of their own.
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    rescue_jobs(engine)
    try:
        asyncio.run(_work(make_worker_queue(engine, kinds, settings)))
    except ConnectorException as error:
        raise DatabaseUnavailableError("The worker lost the database.") from error


def make_worker_queue(engine: Engine, kinds: Mapping[str, Kind], settings: WorkerSettings) -> App:
    """Make the queue's application that runs these kinds of work on this database."""

    def run(context: JobContext, job_id: UUID) -> None:
        attempt = context.job.attempts + 1
        run_job(engine, job_id, kinds, attempt=attempt, is_stopping=context.should_abort, hosts=settings.hosts)

    def rescue() -> None:
        rescue_jobs(engine)

    def expire() -> None:
        if settings.kept_days is not None:
            delete_old_jobs(engine, kept_days=settings.kept_days)

    scan = settings.nightly_scan
    nightly = None if scan is None else (cron_of(scan), lambda: start_nightly_scans(engine))
    url = engine.url.render_as_string(hide_password=False)
    return make_queue(url, run=run, rescue=rescue, expire=expire, nightly=nightly)


async def _work(queue: App) -> None:
    async with queue.open_async():
        work = asyncio.create_task(
            queue.run_worker_async(
                queues=[QUEUE],
                name="duogui",
                fetch_job_polling_interval=POLL_S,
                shutdown_graceful_timeout=FINISH_WITHIN_S,
                delete_jobs="always",
                install_signal_handlers=False,
            )
        )
        for word in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(word, work.cancel)
        log.info("worker.started", pid=os.getpid())
        try:
            await work
        except asyncio.CancelledError:
            log.info("worker.stopped", pid=os.getpid())
            return
    # Nobody told it to stop: the library ends a worker that cannot report to the database any more.
    raise DatabaseUnavailableError("The worker lost the database.")


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
