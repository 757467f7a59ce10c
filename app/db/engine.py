"""The SQLAlchemy engine of a service process."""

from sqlalchemy import Engine, create_engine

from app.settings import Settings


def make_engine(url: str, *, pool_size: int = 5, statement_timeout_s: int | None = None) -> Engine:
    """Make an engine; connections are checked before use, so a restarted database is not an error."""
    options = "-c timezone=UTC -c jit=off"
    if statement_timeout_s is not None:
        options += f" -c statement_timeout={statement_timeout_s * 1000}"
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=True,
        pool_timeout=30,
        # Bound values may be holders' names, and errors are logged.
        hide_parameters=True,
        connect_args={"options": options, "application_name": "duogui"},
    )


def make_service_engine(url: str, settings: Settings) -> Engine:
    """Make the engine of the HTTP service: as many connections as request threads, statements limited in time."""
    return make_engine(url, pool_size=settings.pool_size, statement_timeout_s=settings.statement_timeout_s)
