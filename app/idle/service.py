"""Import tables of contracts and enterprises, and scan the contracts for idle land."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version as package_version
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.clock import today
from app.db.models import IdleScan, LayerVersion, TableDelivery
from app.db.parameters import read_parameters
from app.db.sessions import ReadSession, WriteSession, read_session, write_session
from app.idle import repository
from app.idle.delivered import FACT_KINDS
from app.idle.errors import NoContractsError, NothingReadError, SourceDropError, UnknownTableKindError
from app.idle.parcel_layers import choose_parcel_layer
from app.idle.refused import DeliveredContracts, add_refused
from app.idle.repository import Case, StoredContract
from app.layers.repository import find_layer, version_in_force
from gis.formats.contracts import read_contracts
from gis.formats.enterprises import read_enterprises
from gis.formats.reading import file_sha256
from gis.formats.tables import CHECK_EVERY, Check, TableContent, unasked
from gis.idle import (
    DataFault,
    IdleAssessment,
    IdleKind,
    IdleThresholds,
    flag_contracts,
)
from gis.rules import ParameterSet, load_catalog, region_of_parcel

CONTRACTS, ENTERPRISES = "contracts", "enterprises"


@dataclass(frozen=True, slots=True)
class TableKind:
    """How a kind of table is read and stored."""

    read: Callable[[Path, Check], TableContent[Any]]
    store: Callable[[WriteSession, int, Iterable[Any]], None]


TABLE_KINDS = {
    CONTRACTS: TableKind(read_contracts, repository.store_contracts),
    ENTERPRISES: TableKind(read_enterprises, repository.store_enterprises),
    **{kind: TableKind(each.read, each.store) for kind, each in FACT_KINDS.items()},
}


@dataclass(frozen=True, slots=True)
class ScanInputs:
    """Everything that a scan depends on, read in one transaction."""

    as_of: date
    delivery: TableDelivery
    target: str
    parcel_version: LayerVersion | None
    contracts: Sequence[StoredContract]
    faults: Mapping[str, Sequence[DataFault]]
    parameters: ParameterSet
    digest: str


def only_store(_session: WriteSession, _report: Mapping[str, Any]) -> None:
    """Record nothing beside the table."""


def import_table(
    engine: Engine,
    path: Path,
    kind: str,
    *,
    actor: str,
    confirm_drop: bool = False,
    check: Check = unasked,
    conclude: Callable[[WriteSession, Mapping[str, Any]], None] = only_store,
) -> dict[str, Any]:
    """Import a table; it becomes the current one of its kind. Every row is stored, as a record or with its errors.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.xlsx``.
    kind : str
        A name in ``TABLE_KINDS``: ``contracts``, ``enterprises``, ``approvals`` ...
    actor : str
    confirm_drop : bool, optional
        Take a table that has much less than the current one.
    check : callable, optional
        Asked now and then while the table is read and stored; raises where it is not wanted any more.
    conclude : callable, optional
        Given the report at the end of the transaction that stores the table; raises where the table must stay as it was.

    Returns
    -------
    dict
        The report. A file that is the current delivery already changes nothing: ``is_new`` is False.

    Raises
    ------
    UnknownTableKindError, NothingReadError, TableRefusedError
    SourceDropError
        Fewer rows than the current table by more than ``delivery.max_drop_percent``.
    """
    if kind not in TABLE_KINDS:
        raise UnknownTableKindError(kind, TABLE_KINDS)
    table = TABLE_KINDS[kind]
    check()
    content = table.read(path, check)
    errors = [str(error) for row in content.rejected for error in row.errors]
    if not content.records:
        raise NothingReadError(path.name, errors)
    sha256 = file_sha256(path)
    check()
    with write_session(engine, actor=actor) as session:
        repository.lock_deliveries(session)
        current = repository.current_delivery(session, kind)
        is_new = current is None or current.sha256 != sha256
        if is_new:
            if current is not None and not confirm_drop:
                _require_no_drop(session, path.name, current, len(content.records))
            _store(session, kind, path.name, sha256, content, check)
        report = {
            "file": path.name,
            "kind": kind,
            "is_new": is_new,
            "read": len(content.records) + len(content.rejected),
            "accepted": len(content.records),
            "rejected": len(content.rejected),
            "blank_rows": len(content.blank_rows),
            "unknown_columns": list(content.unknown_columns),
            "unread_sheets": list(content.unread_sheets),
            "errors": errors,
        }
        conclude(session, report)
    return report


def _store(session: WriteSession, kind: str, file: str, sha256: str, content: TableContent[Any], check: Check) -> None:
    """Store a table as the current one of its kind: what it is, and its rows."""
    delivery = repository.store_delivery(session, kind, source_name=file, sha256=sha256, content=content)
    TABLE_KINDS[kind].store(session, delivery.id, _while_wanted(content.records, check))


def _while_wanted(records: Sequence[Any], check: Check) -> Iterator[Any]:
    for number, record in enumerate(records):
        if number % CHECK_EVERY == 0:
            check()
        yield record


def _require_no_drop(session: WriteSession, file: str, current: TableDelivery, accepted: int) -> None:
    """Ask before a table is replaced by a much shorter one.

    Raises
    ------
    SourceDropError
    """
    before = current.row_count - len(current.rejected_rows)
    limit = read_parameters(session).row("delivery.max_drop_percent", as_of=today()).value
    if (before - accepted) * 100 > limit * before:
        raise SourceDropError(file, current.kind, before, accepted, f"{limit.normalize():f}")


def scan(engine: Engine, *, as_of: date | None = None, target: str | None = None, actor: str) -> dict[str, Any]:
    """Assess every contract of the current delivery as of a day and store the cases.

    Parameters
    ----------
    as_of : date, optional
        Today when left out.
    target : str, optional
        Layer of parcels in which the contracts' codes are looked up (:func:`app.idle.parcel_layers.choose_parcel_layer`); a contract whose code
        finds no parcel there, or several, keeps its case.
    actor : str

    Returns
    -------
    dict
        The summary. When the current scan was made of the same inputs nothing changes: ``is_new`` is False.

    Raises
    ------
    NoContractsError
    LayerNotFoundError, NotParcelsError, ParcelLayerUnsaidError
    ParameterNotInForceError
        When the law has no number for that day.
    """
    with read_session(engine) as session:
        inputs = _read_inputs(session, as_of or today(), target)
        known = repository.find_current_scan(session, inputs.digest)
        if known is not None:
            return known.summary | {"idle_scan_id": known.id, "is_new": False}
    cases, rows = _flag(inputs)
    summary = _summarise(inputs, cases)
    with write_session(engine, actor=actor) as write:
        row = IdleScan(
            as_of=inputs.as_of,
            parcel_version_id=None if inputs.parcel_version is None else inputs.parcel_version.id,
            delivery_id=inputs.delivery.id,
            input_digest=inputs.digest,
            catalog_version=load_catalog().version,
            parameter_rows=sorted(rows),
            contract_count=len(inputs.contracts),
            summary=summary,
            is_current=True,
            started_by=actor,
        )
        repository.store_scan(write, row)
        repository.store_cases(write, row, cases, parcel_layer=inputs.target)
        return summary | {"idle_scan_id": row.id, "is_new": True}


def _read_inputs(session: ReadSession, as_of: date, named: str | None) -> ScanInputs:
    delivery = repository.current_delivery(session, CONTRACTS)
    if delivery is None:
        raise NoContractsError
    target = choose_parcel_layer(session, named)
    layer = find_layer(session, target)
    version = None if layer is None else version_in_force(session, layer.id, as_of=as_of)
    version_id = None if version is None else version.id
    read = repository.read_contracts(session, delivery.id, version_id)
    found = add_refused(session, delivery, read, version_id)
    parameters = read_parameters(session)
    digest = _digest(as_of, delivery, target, found, parameters)
    return ScanInputs(as_of, delivery, target, version, found.contracts, found.faults, parameters, digest)


def _digest(
    as_of: date,
    delivery: TableDelivery,
    target: str,
    found: DeliveredContracts,
    parameters: ParameterSet,
) -> str:
    """Name the inputs by their content: the parcels that each contract finds are in it, so an edited parcel counts."""
    facts = {
        "as_of": as_of.isoformat(),
        "contracts": delivery.sha256,
        "target": target,
        "matches": [[contract.source_row, contract.match.row_ids] for contract in found.contracts],
        "faulty": sorted(found.faults),
        "parameters": sorted(row.model_dump_json() for row in parameters if row.key.startswith("idle.")),
        "engine": package_version("duogui"),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _flag(inputs: ScanInputs) -> tuple[list[Case], set[str]]:
    """Find what is to be told of by the law of each county, in the order of the contracts, and the rows of the law used."""
    by_region: dict[str, list[int]] = defaultdict(list)
    for position, contract in enumerate(inputs.contracts):
        by_region[region_of_parcel(contract.terms.parcel_code)].append(position)
    found: dict[int, IdleAssessment] = {}
    rows: set[str] = set()
    for region, positions in by_region.items():
        thresholds = IdleThresholds.in_force(inputs.parameters, as_of=inputs.as_of, region=region)
        rows |= {row.row_id for row in thresholds.rows}
        there = (inputs.contracts[position] for position in positions)
        terms = ((contract.terms, contract.signed_date) for contract in there)
        flags = flag_contracts(terms, as_of=inputs.as_of, thresholds=thresholds, faults=inputs.faults)
        found.update((position, flag) for position, flag in zip(positions, flags, strict=True) if flag is not None)
    return [Case(inputs.contracts[position], found[position]) for position in sorted(found)], rows


def _summarise(inputs: ScanInputs, cases: Sequence[Case]) -> dict[str, Any]:
    kinds = Counter(case.assessment.kind for case in cases)
    matches = Counter(case.contract.match.name for case in cases)
    version = inputs.parcel_version
    return {
        "as_of": inputs.as_of.isoformat(),
        "contract_count": len(inputs.contracts),
        "cases": {kind.value: kinds[kind] for kind in IdleKind if kind is not IdleKind.NOT_IDLE},
        "parcel_layer": inputs.target,
        "parcel_version": None if version is None else version.number,
        "parcel_matches": {name: matches[name] for name in ("one", "none", "many")},
    }
