"""``duogui worker``: run the jobs that the service takes in."""

import sys
from typing import Annotated

import typer

from app.cli.database import open_engine
from app.jobs.outside import AllowedHosts
from app.jobs.worker import WorkerSettings, run_worker, stop_with_parent
from app.logs import configure_logging
from app.settings import get_settings


def worker(
    *,
    stop_with_stdin: Annotated[
        bool, typer.Option("--stop-with-stdin", hidden=True, help="Stop when standard input ends.")
    ] = False,
) -> None:
    """Run jobs, one at a time, until told to stop. `duogui serve` starts one; further ones may be started anywhere."""
    if stop_with_stdin:
        stop_with_parent(sys.stdin.fileno())
    settings = get_settings()
    configure_logging(settings.environment)
    with open_engine(settings) as engine:
        hosts = AllowedHosts.of(settings.remote_hosts)
        run_worker(engine, settings=WorkerSettings(hosts, settings.job_retention_days, settings.nightly_scan))
