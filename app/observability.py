"""What the service has done, as Prometheus metrics."""

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from sqlalchemy import Engine, QueuePool

DURATION_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """The metrics of one application; each has its own registry, so that two can live in one process.

    Routes are labelled by their template (``/collections/{collection_id}/items``), never by the path.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self.registry)
        self._requests = Counter(
            "duogui_http_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self._durations = Histogram(
            "duogui_http_request_duration_seconds",
            "Time until an answer was sent whole.",
            ("method", "route"),
            buckets=DURATION_BUCKETS_S,
            registry=self.registry,
        )
        self._in_progress = Gauge(
            "duogui_http_requests_in_progress", "Requests being answered.", registry=self.registry
        )

        self._connections = Gauge(
            "duogui_database_connections_in_use", "Database connections in use.", registry=self.registry
        )

    def watch_pool(self, engine: Engine) -> None:
        """Show how many connections of an engine are in use."""
        pool = engine.pool
        self._connections.set_function(lambda: pool.checkedout() if isinstance(pool, QueuePool) else 0)

    @contextmanager
    def in_progress(self) -> Iterator[None]:
        """Count a request while it is answered."""
        with self._in_progress.track_inprogress():
            yield

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count a request that was answered; a method that nobody knows is no label value of its own."""
        if method not in METHODS:
            method = "OTHER"
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(method, route).observe(duration_s)

    def render(self) -> bytes:
        """Return all metrics in the text format."""
        return generate_latest(self.registry)
