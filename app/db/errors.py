"""Driver errors become domain errors at the edge of the database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from app.errors import AppError


class DatabaseUnavailableError(AppError):
    """The database does not answer; trying again later may help."""

    def __init__(self, detail: str) -> None:
        super().__init__("database-unavailable", "Database unavailable", 503, detail)


class DatabaseBusyError(AppError):
    """A statement ran into its time limit or could not get a lock or a connection."""

    def __init__(self, detail: str) -> None:
        super().__init__("database-busy", "Database busy", 503, detail)


class UnstorableTextError(AppError):
    """A text that the database cannot hold; whoever knows of which field it is says so before."""

    def __init__(self) -> None:
        super().__init__(
            "unstorable-text",
            "Unstorable text",
            400,
            "A text of the request holds a NUL character or half a surrogate pair, expected text without them: take it out.",
        )


# "Untranslatable character": \u0000 in JSON.
_UNTRANSLATABLE = "22P05"
BUSY_STATES = {
    "57014": "A statement took longer than the time limit. Narrow the request, or run it as a job.",
    "55P03": "Another change holds the lock that this one needs. Try again.",
    "40001": "Another change came first. Try again.",
    "40P01": "Two changes waited for each other. Try again.",
}


@contextmanager
def translate_db_errors() -> Iterator[None]:
    """Translate what the driver says about availability and about texts that cannot be stored; every other error is a defect and stays what it is."""
    try:
        yield
    except PoolTimeoutError as error:
        raise DatabaseBusyError("All database connections are in use. Try again.") from error
    except DBAPIError as error:
        _raise_translated(error.orig, error, is_lost=error.connection_invalidated)
        raise
    except UnicodeEncodeError as error:
        # The driver writes UTF-8, which has no halves of surrogate pairs.
        if error.reason == "surrogates not allowed":
            raise UnstorableTextError from error
        raise
    except psycopg.Error as error:
        # COPY and binary cursors talk to the driver itself.
        _raise_translated(error, error, is_lost=False)
        raise


def _raise_translated(driver_error: BaseException | None, error: Exception, *, is_lost: bool) -> None:
    state = getattr(driver_error, "sqlstate", None)
    if state in BUSY_STATES:
        raise DatabaseBusyError(BUSY_STATES[state]) from error
    if state == _UNTRANSLATABLE or (isinstance(driver_error, psycopg.DataError) and "NUL (0x00)" in str(driver_error)):
        raise UnstorableTextError from error
    lost = is_lost or (state or "").startswith(("08", "57P"))
    if lost or (isinstance(driver_error, psycopg.OperationalError) and state is None):
        raise DatabaseUnavailableError("The database cannot be reached.") from error
