"""Structured logging: one event name and its fields; JSON lines in production, readable lines in development.

Events carry no coordinates and no names of holders; whatever looks like a database address loses its password.
"""

import logging
import re
import sys
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^\s/@]*:[^\s@]*@", re.IGNORECASE)
KEY = re.compile(r"duogui_[A-Za-z0-9_-]{16,}")


def redact_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Take user names, passwords and keys out of every text of an event.

    Examples
    --------
    >>> from app.logs import redact_secrets
    >>> redact_secrets(None, "info", {"event": "connect", "url": "postgresql://planner:s3cret@db/duogui"})["url"]
    'postgresql://***@db/duogui'
    """
    return {name: _redact(value) if isinstance(value, str) else value for name, value in event.items()}


def _redact(text: str) -> str:
    # Most texts hold neither, which is found out much sooner so; every request has a line.
    if "://" in text:
        text = CREDENTIALS.sub(r"\g<scheme>***@", text)
    return KEY.sub("duogui_***", text) if "duogui_" in text else text


def configure_logging(environment: Literal["production", "development"], *, level: int = logging.INFO) -> None:
    """Set up logging of this process, the server's and the libraries' own loggers included.

    Called by whoever starts a process, never at import and not by ``create_app``.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False)
        if environment == "production"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                # The traceback becomes text first, so that it is redacted like the rest.
                structlog.processors.format_exc_info,
                redact_secrets,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    # No event says which line, thread or process it came from, so none is looked up
    # (docs.python.org/3/howto/logging.html#optimization).
    logging._srcfile = None  # noqa: SLF001  as that page says
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # It reports every look at the schema, and readiness is asked for every few seconds.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # Every request has a line of its own already.
    logging.getLogger("uvicorn.access").disabled = True
