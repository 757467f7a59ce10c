"""The parameter table: shipped defaults go in as immutable rows, a bureau's corrections are further rows."""

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.db.models.parameters import RuleParameter
from gis.rules import ParameterRow, ParameterSet, load_catalog

FIELDS = ("key", "value", "unit", "document", "article", "region", "valid_from", "valid_to", "status", "note")
SHIPPED_BY = "duogui"


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

    Shipped rows count only if they belong to the catalogue that was loaded last. Of rows for one key, region and first
    day, a correction goes before a shipped row, a later row before an earlier one.
    """
    newest = select(RuleParameter.catalog_version).where(RuleParameter.catalog_version.is_not(None))
    newest = newest.order_by(RuleParameter.id.desc()).limit(1)
    rank = (RuleParameter.catalog_version.is_(None), RuleParameter.id)
    identity = (RuleParameter.key, RuleParameter.region, RuleParameter.valid_from)
    latest = (
        select(*(getattr(RuleParameter, field) for field in FIELDS))
        .where(RuleParameter.catalog_version.is_(None) | (RuleParameter.catalog_version == newest.scalar_subquery()))
        .ext(distinct_on(*identity))
        .order_by(*identity, *(column.desc() for column in rank))
    )
    return ParameterSet(ParameterRow.model_validate(row) for row in session.execute(latest).mappings())
