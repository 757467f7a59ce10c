"""Contracts whose rows the import refused: what the table says of them could not be taken, so nothing can be told of their land."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db.models import TableDelivery
from app.idle.repository import ParcelMatch, StoredContract
from app.idle.terms import ZONE_HEADERS
from gis.idle import DataFault, LandContract, find_shared_parcels, tell_refused_row, tell_repeated_contract

_PARCELS_OF_CODES = text(
    """
    select parcel_code, array_agg(row_id order by row_id) as row_ids, array_agg(feature_id order by row_id) as feature_ids
      from parcel
     where parcel_code = any(:codes) and layer_version_id = :version_id and superseded_at is null
     group by parcel_code
    """
)


@dataclass(frozen=True, slots=True)
class DeliveredContracts:
    """All contracts that a delivery names, and what is wrong with them beyond each one itself.

    Attributes
    ----------
    contracts : sequence of StoredContract
        Those that were read, then those of which no row could be: these have nothing but their number and parcel.
    faults : mapping of str to tuple of DataFault
        By number of the contract.
    zones : mapping of int to str
        Zone of those that could not be read, by row of the table.
    """

    contracts: Sequence[StoredContract]
    faults: Mapping[str, tuple[DataFault, ...]]
    zones: Mapping[int, str]


def add_refused(
    session: Session, delivery: TableDelivery, read: Sequence[StoredContract], parcel_version_id: int | None
) -> DeliveredContracts:
    """Add to the contracts of a delivery those whose rows were refused, and find the faults between contracts.

    A row that names no contract is nobody's, and stays in the list of faults.
    """
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in delivery.rejected_rows:
        if row.get("fields", {}).get("contract_no"):
            rows[row["fields"]["contract_no"]].append(row)
    known = {each.terms.contract_no: each for each in read}
    unread = [_unread(number, refused) for number, refused in rows.items() if number not in known]
    contracts = [*read, *_find_parcels(session, unread, parcel_version_id)]
    faults: dict[str, tuple[DataFault, ...]] = {
        number: (fault,) for number, fault in find_shared_parcels(each.terms for each in contracts).items()
    }
    for number, refused in rows.items():
        faults[number] = (*faults.get(number, ()), *_faults_of(number, known.get(number), refused))
    return DeliveredContracts(contracts, faults, {row["row"]: zone for row, zone in _zones(rows.values())})


def _unread(number: str, refused: Sequence[dict[str, Any]]) -> StoredContract:
    first = refused[0]
    parcel = next((row["fields"]["parcel_code"] for row in refused if row["fields"].get("parcel_code")), None)
    return StoredContract(first["row"], LandContract(contract_no=number, parcel_code=parcel), ParcelMatch())


def _find_parcels(
    session: Session, unread: Sequence[StoredContract], parcel_version_id: int | None
) -> list[StoredContract]:
    codes = sorted({each.terms.parcel_code for each in unread if each.terms.parcel_code})
    if parcel_version_id is None or not codes:
        return list(unread)
    found = session.execute(_PARCELS_OF_CODES, {"codes": codes, "version_id": parcel_version_id})
    matches = {row.parcel_code: ParcelMatch(tuple(row.row_ids), tuple(row.feature_ids)) for row in found}
    return [replace(each, match=matches.get(each.terms.parcel_code or "", each.match)) for each in unread]


def _faults_of(number: str, read: StoredContract | None, refused: Sequence[dict[str, Any]]) -> list[DataFault]:
    """Tell each row that could not be read; rows that only repeat the number of one that was are told together."""
    repeats = [row["row"] for row in refused if row.get("repeats")]
    faults = [
        tell_refused_row(
            number, row["row"], [(cell["column"], cell["found"], cell["expected"]) for cell in row["refused"]]
        )
        for row in refused
        if not row.get("repeats")
    ]
    if repeats and read is not None:
        faults.append(tell_repeated_contract(number, [read.source_row, *repeats]))
    return faults


def _zones(rows: Iterable[Sequence[dict[str, Any]]]) -> Iterable[tuple[dict[str, Any], str]]:
    for refused in rows:
        for name in ZONE_HEADERS:
            if zone := refused[0]["cells"].get(name):
                yield refused[0], zone
                break
