"""The worker that belongs to a service: started, kept alive and stopped with it."""

import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Event, Lock, Thread

import structlog

from app.jobs.worker import STOP_WITHIN_S

log = structlog.get_logger(__name__)

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0
# A worker that lived this long did not fail at its start.
GOOD_LIFE_S = 60.0


class WorkerChild:
    """A worker process that is started again whenever it ends, until ``stop``.

    The child reads its standard input, of which this process holds the other end: when this process dies, however that
    happens, the kernel closes it and the child stops (``app.jobs.worker.stop_with_parent``).

    Parameters
    ----------
    command : sequence of str
        The worker's command line.
    environment : mapping
        All of its environment.
    before_restart : callable
        Called before a worker that ended is started again.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        before_restart: Callable[[], None] = lambda: None,
    ) -> None:
        self._command = list(command)
        self._environment = dict(environment)
        self._before_restart = before_restart
        self._stopping = Event()
        self._starting = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._keeper = Thread(target=self._keep_alive, name="worker-keeper", daemon=True)

    def start(self) -> None:
        """Start the worker and watch over it."""
        self._keeper.start()

    def stop(self) -> None:
        """Stop the worker: a job may finish or go back to the queue; one that does not listen is cut off."""
        with self._starting:
            self._stopping.set()
            process = self._process
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_WITHIN_S)
            except subprocess.TimeoutExpired:
                log.warning("worker.killed", pid=process.pid)
                process.kill()
        self._keeper.join(STOP_WITHIN_S)

    def _keep_alive(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.is_set():
            began = time.monotonic()
            code = self._run()
            if self._stopping.is_set():
                return
            pause_s = FIRST_PAUSE_S if time.monotonic() - began > GOOD_LIFE_S else pause_s
            log.warning("worker.ended", code=code, restart_in_s=pause_s)
            self._stopping.wait(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
            if not self._stopping.is_set():
                self._before_restart()

    def _run(self) -> int | None:
        """Run the process to its end and return its exit code; None when it was not started."""
        with self._starting:
            if self._stopping.is_set():
                return None
            try:
                # A session of its own: Ctrl-C in a terminal is for the service, which then stops its worker in order.
                process = subprocess.Popen(
                    self._command, env=self._environment, stdin=subprocess.PIPE, start_new_session=True
                )
            except OSError as error:
                log.error("worker.not_started", reason=str(error))  # noqa: TRY400  the reason is whole without a traceback
                return None
            self._process = process
        with process:
            return process.wait()
