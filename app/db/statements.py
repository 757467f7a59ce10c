"""Statements that are put together once and run often: as text, the way the driver takes them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ClauseElement, Row
from sqlalchemy.dialects.postgresql import psycopg
from sqlalchemy.orm import Session

from app.db.engine import BINARY_RESULTS

__all__ = ["IN_BINARY", "WrittenStatement", "write_statement"]

#: Options of a statement that returns long texts or bytes.
IN_BINARY: Final = {BINARY_RESULTS: True}
_DIALECT: Final = psycopg.dialect()  # type: ignore[no-untyped-call]  # as SQLAlchemy has it


@dataclass(frozen=True, slots=True)
class WrittenStatement:
    """A statement as text, and the values in it that are always the same."""

    text: str
    constants: Mapping[str, Any]

    def one(self, session: Session, values: Mapping[str, Any]) -> Row[*tuple[Any, ...]]:
        """Run it with these values of its parameters, and return its only row, in which everything is as the driver reads it."""
        return session.connection().exec_driver_sql(self.text, {**self.constants, **values}, IN_BINARY).one()


def write_statement(statement: ClauseElement) -> WrittenStatement:
    """Write a statement whose parameters have names and get their values when it is run.

    SQLAlchemy keeps what it compiled too, but finds it again by walking through the whole statement, which takes longer than many a query.
    """
    compiled = statement.compile(dialect=_DIALECT)
    return WrittenStatement(str(compiled), compiled.params)
