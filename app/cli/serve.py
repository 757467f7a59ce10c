"""``duogui serve``: the HTTP service with the worker that runs its jobs."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated, NoReturn

import structlog
import typer
import uvicorn
from sqlalchemy import Engine

from app.cli.addresses import address_of, sign_in_address
from app.cli.console import ExitCode, fail, say
from app.cli.database import local_actor, open_engine
from app.db.cluster import ClusterError, ClusterState, ClusterStatus, PrivateCluster
from app.db.engine import make_service_engine
from app.db.sessions import read_session, write_session
from app.jobs.child import WorkerChild
from app.keys.errors import FirstKeyFileError, KeysRequiredError
from app.keys.first_key import ensure_first_key
from app.keys.service import require_keys_for_address
from app.keys.sessions import make_writer_link
from app.logs import configure_logging
from app.main import create_app
from app.settings import Settings, get_settings

log = structlog.get_logger(__name__)

BACKLOG = 2048
ANSWER_WITHIN_S = 5
# ``-P``: a folder named ``app`` where the operator happens to stand is not the service.
WORKER_COMMAND = (sys.executable, "-P", "-m", "app.cli.main", "worker", "--stop-with-stdin")


def serve(
    *,
    host: Annotated[str | None, typer.Option(help="Address to listen on; DUOGUI_HOST when left out.")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, 0 for any; DUOGUI_PORT when left out.")
    ] = None,
    no_worker: Annotated[bool, typer.Option("--no-worker", help="Start no worker; jobs wait for one.")] = False,
) -> None:
    """Serve over HTTP, and run jobs in a worker beside it. A new data folder is made ready first."""
    serve_with(settings_with(host, port), with_worker=not no_worker)


def serve_with(settings: Settings, *, with_worker: bool = True, offer_sign_in: bool = False) -> None:
    """Serve until told to stop; ``offer_sign_in`` prints a link that signs a browser in once."""
    configure_logging(settings.environment)
    signal.signal(signal.SIGTERM, _leave)
    try:
        with listen(settings) as listener, open_engine(settings) as engine:
            prepare_keys(settings, engine)
            run_service(settings, engine, listener, with_worker=with_worker, offer_sign_in=offer_sign_in)
    except KeyboardInterrupt:
        # Ctrl-C is how a service in a terminal is meant to end.
        return


def settings_with(host: str | None, port: int | None) -> Settings:
    """Return the settings, with what the command line says in place of what the environment says."""
    given = {name: value for name, value in (("host", host), ("port", port)) if value is not None}
    return Settings.model_validate(given) if given else get_settings()


@contextmanager
def listen(settings: Settings) -> Iterator[socket.socket]:
    """Take the address before anything else is done, so that a second service on it fails at once and harms nothing."""
    try:
        family, *_, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listener = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0]
        fail(
            f"Cannot listen on {settings.host} port {settings.port}: {reason}. Another service may be using "
            "it, or this machine does not have that address. Choose others with --host and --port, or with "
            "DUOGUI_HOST and DUOGUI_PORT."
        )
    with listener:
        yield listener


def prepare_keys(settings: Settings, engine: Engine) -> None:
    """Refuse an address that nobody could use the service on, and make the first key of a new installation."""
    try:
        with read_session(engine) as session:
            require_keys_for_address(settings, session)
        made = ensure_first_key(engine, settings.data_dir)
    except (KeysRequiredError, FirstKeyFileError) as error:
        fail(str(error), ExitCode.REFUSED)
    if made is not None:
        say(f"The first key, of scope write, is in {made}")


def run_service(
    settings: Settings, engine: Engine, listener: socket.socket, *, with_worker: bool, offer_sign_in: bool
) -> None:
    """Serve until told to stop; the worker ends with the service."""
    url = engine.url.render_as_string(hide_password=False)
    service_engine = make_service_engine(url, settings)
    config = uvicorn.Config(
        create_app(settings, service_engine),
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=ANSWER_WITHIN_S,
    )
    worker = WorkerChild(WORKER_COMMAND, worker_environment(settings, url), before_restart=lambda: revive(settings))
    if with_worker:
        worker.start()
    address = address_of(settings, listener.getsockname()[1])
    say(f"Serving on {address}  (map page: {address}/map)")
    if offer_sign_in:
        with write_session(engine, actor=local_actor()) as session:
            secret = make_writer_link(session)
        if secret is not None:
            say("To change things on the page, open it with this link; it works once, within the hour:")
            say(sign_in_address(address, secret))
    try:
        uvicorn.Server(config).run(sockets=[listener])
    finally:
        if with_worker:
            worker.stop()
        service_engine.dispose()


def worker_environment(settings: Settings, database_url: str) -> dict[str, str]:
    """Return the environment of the worker: it uses the database that the service uses, and starts none of its own."""
    return {
        **os.environ,
        "DUOGUI_DATABASE_URL": database_url,
        "DUOGUI_DATA_DIR": str(settings.data_dir),
    }


def revive(settings: Settings) -> None:
    """Start the private database again if it crashed; one that was stopped on purpose stays stopped."""
    if settings.database_url is not None:
        return
    cluster = PrivateCluster(settings.data_dir)
    try:
        if has_crashed(cluster.status()):
            log.warning("database.revived")
            cluster.ensure_running()
    except ClusterError as error:
        log.error("database.not_revived", reason=str(error))  # noqa: TRY400  the reason is whole without a traceback


def has_crashed(status: ClusterStatus) -> bool:
    """Whether the database server ended without putting its house in order: then its lock file is still there."""
    return status.state is ClusterState.STOPPED and (status.data_folder / "postmaster.pid").exists()


def _leave(_signal: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(int(ExitCode.OK))
