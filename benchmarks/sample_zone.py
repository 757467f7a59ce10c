"""The sample zone that the demo loads, in a database that is made once for all cases that ask it."""

from contextlib import nullcontext
from datetime import date
from typing import Final

from app.demo import load_sample
from benchmarks.intake import service_engine
from benchmarks.served import database_made_once

__all__ = ["AS_OF", "sample_database"]

#: A day on which everything of the sample is in force.
AS_OF: Final = date(2026, 6, 30)
_DATABASE: Final = "sample"


def sample_database(postgres: str) -> str:
    """Return the connection string of the database with the sample zone, given that of the cluster."""
    return database_made_once(postgres, _DATABASE, _load)


def _load(conninfo: str) -> None:
    engine = service_engine(conninfo)
    load_sample(engine, actor="benchmark", bar=lambda _title: nullcontext(lambda _done, _total: None))
    engine.dispose()
