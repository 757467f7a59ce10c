"""The parameter table: shipped defaults go in as immutable rows, a bureau's corrections are further rows."""

from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.db.models.parameters import RuleParameter
from app.errors import AppError
from gis.rules import ParameterRow, ParameterSet, load_catalog

FIELDS = ("key", "value", "unit", "document", "article", "region", "valid_from", "valid_to", "status", "note")
SHIPPED_BY = "duogui"


class ParameterRefusedError(AppError):
    """A stored legal number cannot be used."""

    def __init__(self, detail: str) -> None:
        super().__init__("parameter-refused", "Legal number refused", 409, detail)


def load_shipped_parameters(connection: Connection) -> int:
    """Store the catalogue's rows once per catalogue version; return how many were added."""
    catalog = load_catalog()
    known = select(RuleParameter.id).where(RuleParameter.catalog_version == catalog.version).limit(1)
    if connection.execute(known).first() is not None:
        return 0
    rows = [
        {
            "catalog_version": catalog.version,
            "recorded_by": SHIPPED_BY,
            **{field: getattr(row, field) for field in FIELDS if field != "status"},
            "status": row.status.value,
        }
        for row in catalog.parameters
    ]
    connection.execute(insert(RuleParameter), rows)
    return len(rows)


def read_parameters(session: Session) -> ParameterSet:
    """Read the numbers that apply.

    Of the shipped rows those count that belong to the catalogue of this version. Of rows for one key, region and first
    day, a correction goes before a shipped row, a later row before an earlier one.

    Raises
    ------
    ParameterRefusedError
        A stored row is no parameter row: a correction was entered wrongly.
    """
    shipped = RuleParameter.catalog_version == load_catalog().version
    rank = (RuleParameter.catalog_version.is_(None), RuleParameter.id)
    identity = (RuleParameter.key, RuleParameter.region, RuleParameter.valid_from)
    latest = (
        select(*(getattr(RuleParameter, field) for field in FIELDS))
        .where(RuleParameter.catalog_version.is_(None) | shipped)
        .ext(distinct_on(*identity))
        .order_by(*identity, *(column.desc() for column in rank))
    )
    rows = tuple(tuple(row) for row in session.execute(latest))
    try:
        return _parameter_set(rows)
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        raise ParameterRefusedError(f"A row of rule_parameter is refused: {found['loc']}: {found['msg']}.") from error


@lru_cache(maxsize=16)
def _parameter_set(rows: tuple[tuple[Any, ...], ...]) -> ParameterSet:
    """Take rows of the table as parameters; every question reads them, and they seldom change."""
    return ParameterSet(ParameterRow.model_validate(dict(zip(FIELDS, row, strict=True))) for row in rows)


def describe_parameter(row: ParameterRow) -> dict[str, str]:
    """Name a row as a statement does; the value is exact."""
    return {
        "row_id": row.row_id,
        "key": row.key,
        "value": f"{row.value:f}",
        "unit": row.unit,
        "document": row.document,
        "article": row.article,
        "status": row.status.value,
    }
