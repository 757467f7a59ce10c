"""Tell a subscriber how a job goes (OGC 18-062r2, requirements class "Callback"), beside the work and never in its way."""

import queue
import time
from collections.abc import Callable, Mapping
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self

import anyio
import structlog

from app.jobs.outside import AllowedHosts, OutsideFailedError, OutsideRefusedError
from app.jobs.outside_requests import post_json

log = structlog.get_logger(__name__)

#: Progress is told at most so often.
PROGRESS_EVERY_S: Final = 10.0
#: How long the end of a job is tried to be told.
ATTEMPTS: Final = 3
PAUSE_S: Final = 1.0

Document = Callable[[], Mapping[str, Any]]
Outcome = tuple[str, Mapping[str, Any]] | None


class Notices:
    """Sends notices from a thread of its own as long as the context lasts; a notice that fails is logged, no more.

    Parameters
    ----------
    hosts : AllowedHosts
    addresses : mapping
        ``successUri``, ``inProgressUri`` and ``failedUri``, those that the subscriber named.
    state : callable
        Return the job's state as it is now.
    outcome : callable
        Return which of the addresses is told of the end, and what; None for none of them.
    """

    def __init__(
        self, hosts: AllowedHosts, addresses: Mapping[str, str], state: Document, outcome: Callable[[], Outcome]
    ) -> None:
        self._hosts = hosts
        self._addresses = dict(addresses)
        self._state = state
        self._outcome = outcome
        self._waiting: queue.SimpleQueue[tuple[str, Mapping[str, Any], int] | None] = queue.SimpleQueue()
        self._told_at = -PROGRESS_EVERY_S
        self._thread = Thread(target=self._send_all, name="notices", daemon=True)

    def __enter__(self) -> Self:
        if self._addresses:
            self._thread.start()
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self._waiting.put(None)
        if self._thread.is_alive():
            self._thread.join()

    def progress(self) -> None:
        """Say that the job goes on, unless that was said just now."""
        address = self._addresses.get("inProgressUri")
        now = time.monotonic()
        if address is not None and now - self._told_at >= PROGRESS_EVERY_S:
            self._told_at = now
            self._waiting.put((address, self._state(), 1))

    def ended(self) -> None:
        """Say how the job ended, to ``successUri`` or ``failedUri``."""
        outcome = self._outcome() if self._addresses else None
        if outcome is not None and outcome[0] in self._addresses:
            self._waiting.put((self._addresses[outcome[0]], outcome[1], ATTEMPTS))

    def _send_all(self) -> None:
        while (notice := self._waiting.get()) is not None:
            self._send(*notice)

    def _send(self, address: str, document: Mapping[str, Any], attempts: int) -> None:
        for attempt in range(1, attempts + 1):
            try:
                anyio.run(post_json, self._hosts, address, document)
            except OutsideRefusedError as error:
                log.warning("notice.refused", reason=str(error))
                return
            except OutsideFailedError as error:
                log.warning("notice.failed", reason=str(error), attempt=attempt)
                time.sleep(PAUSE_S if attempt < attempts else 0)
            else:
                return
