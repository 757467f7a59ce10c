"""All SQL about contracts, enterprises and idle cases."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from app.db.models import Enterprise, IdleScan, LandContract, TableDelivery
from app.db.sessions import WriteSession
from app.idle.terms import parse_contract, parse_day, to_terms
from app.layers.staging import copy_rows
from gis.formats.contracts import ContractRecord
from gis.formats.enterprises import EnterpriseRecord
from gis.formats.tables import RejectedRow, TableContent
from gis.idle import IdleAssessment
from gis.idle import LandContract as ContractTerms

# Contracts are joined to the parcels of one version by their code; a code may name none, one or several.
CANDIDATES = text(
    """
    select c.row_id, array_agg(p.row_id order by p.row_id) as row_ids,
           array_agg(p.feature_id order by p.row_id) as feature_ids
      from land_contract c
      join parcel p on p.parcel_code = c.parcel_code
     where c.delivery_id = :delivery_id and p.layer_version_id = :version_id and p.superseded_at is null
     group by c.row_id
    """
)
# Contracts that development has surely started on need not be looked at, nor those agreed for a later day; the rest is judged one by one.
# The bound on the rows comes first, so that a page costs the same wherever it begins.
UNSTARTED = text(
    """
    with next as (
        select source_row, terms -> 'contract' as contract
          from land_contract
         where delivery_id = :delivery_id and source_row > :after
         order by source_row limit :count
    ), told as (
        select count(*) as looked_at, max(source_row) as last_row from next
    )
    select told.looked_at, told.last_row, next.source_row, next.contract::text as contract
      from told
      left join next
        on least((contract ->> 'supplement_start_date')::date, (contract ->> 'agreed_start_date')::date,
                 (contract ->> 'delivery_date')::date) <= :agreed_until
       and ((contract ->> 'permit_date')::date <= :as_of
            and coalesce((contract ->> 'milestone_date')::date <= :as_of, true)
            and (contract ->> 'milestone_done')::numeric
                >= nullif((contract ->> 'milestone_total')::numeric, 0)) is not true
     order by next.source_row
    """
)
ROWS_AT_ONCE = 20_000
CASE_COLUMNS = (
    "feature_id",
    "idle_scan_id",
    "as_of",
    "target_row_id",
    "parcel_match",
    "candidate_ids",
    "parcel_layer",
    "target_id",
    "parcel_code",
    "contract_no",
    "kind",
    "agreed_start_date",
    "idle_since",
    "gross_idle_days",
    "net_idle_days",
    "developed_share",
    "invested_share",
    "missing",
    "reason_zh",
    "reason_en",
    "article",
    "facts",
)


@dataclass(frozen=True, slots=True)
class ParcelMatch:
    """The parcels that carry a contract's code."""

    row_ids: tuple[int, ...] = ()
    feature_ids: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """``none``, ``one`` or ``many``."""
        return ("none", "one", "many")[min(len(self.row_ids), 2)]


@dataclass(frozen=True, slots=True)
class StoredContract:
    """A contract of the current delivery."""

    source_row: int
    terms: ContractTerms
    match: ParcelMatch
    signed_date: date | None = None


@dataclass(frozen=True, slots=True)
class UnstartedContracts:
    """Contracts that may not be started, each with its row of the table, and the row to go on after; None at the end of the table."""

    contracts: list[tuple[int, ContractTerms]]
    next_after: int | None


@dataclass(frozen=True, slots=True)
class CurrentTable:
    """The file that is the current one of a kind of table, and how many of its rows were read and refused."""

    source_name: str
    row_count: int
    rejected_count: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Case:
    """A contract that the scan flags."""

    contract: StoredContract
    assessment: IdleAssessment


def current_tables(session: Session) -> dict[str, CurrentTable]:
    """Tell of every kind that was delivered which table is current; the rows that it refused are counted where they are."""
    found = session.execute(
        select(
            TableDelivery.kind,
            TableDelivery.source_name,
            TableDelivery.row_count,
            func.jsonb_array_length(TableDelivery.rejected_rows),
            TableDelivery.recorded_at,
        ).where(TableDelivery.is_current)
    )
    return {kind: CurrentTable(*facts) for kind, *facts in found}


def current_delivery(session: Session, kind: str) -> TableDelivery | None:
    """Return the newest delivery of a kind of table."""
    return session.scalar(select(TableDelivery).where(TableDelivery.kind == kind, TableDelivery.is_current))


def lock_deliveries(session: WriteSession) -> None:
    """Let deliveries take turns."""
    session.execute(text("lock table table_delivery in share row exclusive mode"))


def store_delivery(
    session: WriteSession, kind: str, *, source_name: str, sha256: str, content: TableContent[Any]
) -> TableDelivery:
    """Store what a delivery is and which rows it refused, and make it the current one; its rows are stored apart."""
    session.execute(
        update(TableDelivery).where(TableDelivery.kind == kind, TableDelivery.is_current).values(is_current=False)
    )
    delivery = TableDelivery(
        kind=kind,
        source_name=source_name,
        sha256=sha256,
        row_count=len(content.records) + len(content.rejected),
        rejected_rows=[_rejected(row) for row in content.rejected],
        is_current=True,
        recorded_by=session.actor,
    )
    session.add(delivery)
    session.flush()
    return delivery


def _rejected(row: RejectedRow) -> dict[str, Any]:
    return {
        "row": row.row,
        "cells": dict(row.cells),
        "errors": [str(error) for error in row.errors],
        "refused": [{"column": each.column, "found": each.found, "expected": each.expected} for each in row.errors],
        "repeats": row.repeats,
        "fields": {name: value for name, value in row.values.items() if isinstance(value, str)},
    }


def store_contracts(session: WriteSession, delivery_id: int, records: Iterable[ContractRecord]) -> None:
    """Store the contracts of a delivery."""
    columns = ("delivery_id", "source_row", "contract_no", "parcel_code", "holder", "holder_credit_code", "price_yuan")
    copy_rows(
        session,
        LandContract.__tablename__,
        (*columns, "terms"),
        (
            (
                delivery_id,
                record.row,
                record.contract.contract_no,
                record.contract.parcel_code,
                record.holder,
                record.holder_credit_code,
                record.price_yuan,
                _json(to_terms(record)),
            )
            for record in records
        ),
    )


def store_enterprises(session: WriteSession, delivery_id: int, records: Iterable[EnterpriseRecord]) -> None:
    """Store the enterprises of a delivery."""
    copy_rows(
        session,
        Enterprise.__tablename__,
        ("delivery_id", "source_row", "credit_code", "name", "industry_code", "facts"),
        (
            (delivery_id, record.row, record.credit_code, record.name, record.industry_code, _json(record.facts))
            for record in records
        ),
    )


def read_contracts(session: Session, delivery_id: int, parcel_version_id: int | None) -> list[StoredContract]:
    """Read the contracts of a delivery in the order of its rows, each with the parcels that carry its code."""
    matches: dict[int, ParcelMatch] = {}
    if parcel_version_id is not None:
        found = session.execute(CANDIDATES, {"delivery_id": delivery_id, "version_id": parcel_version_id})
        matches = {row.row_id: ParcelMatch(tuple(row.row_ids), tuple(row.feature_ids)) for row in found}
    # The contract's own text, read at once into its fields: a table may have a million of them.
    rows = session.execute(
        select(
            LandContract.row_id,
            LandContract.source_row,
            LandContract.terms["contract"].astext,
            LandContract.terms["delivered"]["signed_date"].astext,
        )
        .where(LandContract.delivery_id == delivery_id)
        .order_by(LandContract.source_row),
        execution_options={"yield_per": ROWS_AT_ONCE},
    )
    nothing = ParcelMatch()
    return [
        StoredContract(source_row, parse_contract(terms), matches.get(row_id, nothing), parse_day(signed))
        for row_id, source_row, terms, signed in rows
    ]


def read_unstarted(
    session: Session, delivery_id: int, *, after: int, count: int, as_of: date, agreed_until: date
) -> UnstartedContracts:
    """Read, of the next ``count`` contracts of a delivery, those that may not be started and were agreed to start by a day."""
    bounds = {"delivery_id": delivery_id, "after": after, "count": count, "as_of": as_of, "agreed_until": agreed_until}
    rows = session.execute(UNSTARTED, bounds).all()
    found = [(row.source_row, parse_contract(row.contract)) for row in rows if row.source_row is not None]
    return UnstartedContracts(found, rows[0].last_row if rows[0].looked_at == count else None)


def find_current_scan(session: Session, input_digest: str) -> IdleScan | None:
    """Return the current scan, if it was made of the same inputs."""
    return session.scalar(select(IdleScan).where(IdleScan.is_current, IdleScan.input_digest == input_digest))


def store_scan(session: WriteSession, scan: IdleScan) -> None:
    """Store a scan and make it the current one."""
    session.execute(text("lock table idle_scan in share row exclusive mode"))
    session.execute(update(IdleScan).where(IdleScan.is_current).values(is_current=False))
    session.add(scan)
    session.flush()


def store_cases(session: WriteSession, scan: IdleScan, cases: Sequence[Case], *, parcel_layer: str) -> None:
    """Store the cases of a scan; a case with one parcel takes the parcel's geometry inside the database."""
    columns = ", ".join(CASE_COLUMNS)
    session.execute(
        text(f"create temp table new_idle_case on commit drop as select {columns} from idle_case with no data")  # noqa: S608  columns of ours
    )
    copy_rows(
        session, "new_idle_case", CASE_COLUMNS, (_case_row(scan, case, parcel_layer=parcel_layer) for case in cases)
    )
    session.execute(
        text(
            f"insert into idle_case ({columns}, geom) select {', '.join(f'c.{name}' for name in CASE_COLUMNS)}, p.geom "  # noqa: S608  columns of ours
            "from new_idle_case c left join parcel p on p.row_id = c.target_row_id order by c.feature_id"
        )
    )


def _case_row(scan: IdleScan, case: Case, *, parcel_layer: str) -> tuple[Any, ...]:
    found, match = case.assessment, case.contract.match
    is_one = match.name == "one"
    return (
        found.contract_no,
        scan.id,
        scan.as_of,
        match.row_ids[0] if is_one else None,
        match.name,
        list(match.feature_ids),
        parcel_layer if match.row_ids else None,
        match.feature_ids[0] if is_one else None,
        found.parcel_code,
        found.contract_no,
        found.kind.value,
        found.agreed_start_date,
        found.idle_since,
        found.gross_idle_days,
        found.net_idle_days,
        None if found.developed_share is None else float(found.developed_share),
        None if found.invested_share is None else float(found.invested_share),
        list(found.missing),
        found.reason_zh,
        found.reason_en,
        found.article,
        _json(_facts(case)),
    )


def _facts(case: Case) -> dict[str, Any]:
    """Keep what the columns do not say: the exact quotients, the days of the period and the terms that were read."""
    found = case.assessment
    return {
        "source_row": case.contract.source_row,
        "agreed_start_basis": found.agreed_start_basis,
        "actual_start_date": found.actual_start_date,
        "period_end": found.period_end,
        "true_from": found.true_from,
        "developed_share": None if found.developed_share is None else str(found.developed_share),
        "invested_share": None if found.invested_share is None else str(found.invested_share),
        "faults": [{"code": fault.code, "zh": fault.zh, "en": fault.en} for fault in found.faults],
        "parameter_rows": [row.row_id for row in found.parameter_rows],
    }


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False, default=str)
