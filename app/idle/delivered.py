"""Delivered tables that are kept as they are read: a row is a value of its kind, stored as JSON with exact amounts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.models import DeliveredFact, Enterprise, TableDelivery
from app.db.sessions import WriteSession
from app.layers.staging import copy_rows
from gis.efficiency import LandInUse
from gis.formats.enterprises import EnterpriseRecord
from gis.formats.firm_years import FirmYearRecord, read_firm_years
from gis.formats.land_tables import (
    DeliveredRow,
    read_approvals,
    read_grant_terms,
    read_promises,
    read_supplies,
    read_temporary_uses,
)
from gis.formats.land_use_tables import read_land_in_use
from gis.formats.tables import Check, TableContent
from gis.supervision import Approval, GrantTerm, Promise, Supply, TemporaryUse

APPROVALS, SUPPLIES, FIRM_YEARS, LAND_IN_USE = "approvals", "supplies", "firm_years", "land_in_use"
TEMPORARY_USES, GRANT_TERMS, PROMISES = "temporary_uses", "grant_terms", "promises"


@dataclass(frozen=True, slots=True)
class FactKind:
    """How a kind of table is read, and how its rows are written and read as JSON."""

    read: Callable[[Path, Check], TableContent[Any]]
    adapter: TypeAdapter[Any]

    def store(self, session: WriteSession, delivery_id: int, records: Iterable[DeliveredRow[Any]]) -> None:
        """Store the rows of a delivery."""
        copy_rows(
            session,
            DeliveredFact.__tablename__,
            ("delivery_id", "source_row", "subject", "facts"),
            (
                (delivery_id, record.row, record.subject, self.adapter.dump_json(record.value).decode())
                for record in records
            ),
        )


FACT_KINDS = {
    APPROVALS: FactKind(read_approvals, TypeAdapter(Approval)),
    SUPPLIES: FactKind(read_supplies, TypeAdapter(Supply)),
    FIRM_YEARS: FactKind(read_firm_years, TypeAdapter(FirmYearRecord)),
    LAND_IN_USE: FactKind(read_land_in_use, TypeAdapter(LandInUse)),
    TEMPORARY_USES: FactKind(read_temporary_uses, TypeAdapter(TemporaryUse)),
    GRANT_TERMS: FactKind(read_grant_terms, TypeAdapter(GrantTerm)),
    PROMISES: FactKind(read_promises, TypeAdapter(Promise)),
}


def read_facts(session: Session, kind: str) -> list[Any]:
    """Read the values of the current delivery of a kind in the order of its rows; empty when there is none."""
    rows = session.scalars(
        select(DeliveredFact.facts)
        .join(TableDelivery, TableDelivery.id == DeliveredFact.delivery_id)
        .where(TableDelivery.kind == kind, TableDelivery.is_current)
        .order_by(DeliveredFact.source_row)
    )
    adapter = FACT_KINDS[kind].adapter
    return [adapter.validate_python(row) for row in rows]


def read_enterprises(session: Session) -> list[EnterpriseRecord]:
    """Read the enterprises of the current delivery in the order of its rows."""
    rows = session.scalars(
        select(Enterprise)
        .join(TableDelivery, TableDelivery.id == Enterprise.delivery_id)
        .where(TableDelivery.is_current)
        .order_by(Enterprise.source_row)
    )
    return [
        EnterpriseRecord(
            row=row.source_row,
            credit_code=row.credit_code,
            name=row.name,
            industry_code=row.industry_code,
            facts=row.facts,
        )
        for row in rows
    ]
