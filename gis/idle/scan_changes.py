"""What changed from one scan to the next, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from gis.idle.contract import LandContract


class ChangeKind(StrEnum):
    """What became of a contract's case."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


class ChangeReason(StrEnum):
    """Why: the first of these that holds."""

    DELIVERED = "delivered"  # not in the former delivery
    NOT_DELIVERED = "not_delivered"  # not in the latter
    FACTS = "facts"  # the contract says something else
    OTHER_CONTRACTS = "other_contracts"  # it shares its parcel with another contract than before
    LAW = "law"  # other rows of the law
    TIME = "time"  # the same facts, another day


@dataclass(frozen=True, slots=True)
class ScannedContract:
    """A contract in a scan: its terms, and what was found (None: not idle)."""

    terms: LandContract
    kind: str | None
    faults: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ScanOf:
    """A scan: its day, the rows of the law that it used, and its contracts by number."""

    as_of: date
    parameter_rows: frozenset[str]
    contracts: Mapping[str, ScannedContract]


@dataclass(frozen=True, slots=True)
class ScanChange:
    """A case that is new, gone or of another kind, with the reason and the fields that differ."""

    contract_no: str
    change: ChangeKind
    before: str | None
    after: str | None
    reason: ChangeReason
    changed_fields: tuple[str, ...] = ()


def compare_scans(former: ScanOf, latter: ScanOf) -> list[ScanChange]:
    """Compare two scans contract by contract.

    Parameters
    ----------
    former, latter : ScanOf

    Returns
    -------
    list of ScanChange
        By number of the contract; what both scans say alike is left out.
    """
    changes = []
    for number in sorted(former.contracts.keys() | latter.contracts.keys()):
        before, after = former.contracts.get(number), latter.contracts.get(number)
        kinds = (None if before is None else before.kind, None if after is None else after.kind)
        if kinds[0] == kinds[1]:
            continue
        change = ChangeKind.NEW if kinds[0] is None else ChangeKind.GONE if kinds[1] is None else ChangeKind.CHANGED
        reason, differing = _explain(before, after, has_other_law=former.parameter_rows != latter.parameter_rows)
        changes.append(ScanChange(number, change, *kinds, reason, differing))
    return changes


def _explain(
    before: ScannedContract | None, after: ScannedContract | None, *, has_other_law: bool
) -> tuple[ChangeReason, tuple[str, ...]]:
    if before is None:
        return ChangeReason.DELIVERED, ()
    if after is None:
        return ChangeReason.NOT_DELIVERED, ()
    differing = tuple(
        each.name
        for each in fields(LandContract)
        if getattr(before.terms, each.name) != getattr(after.terms, each.name)
    )
    if differing:
        return ChangeReason.FACTS, differing
    if before.faults != after.faults:
        return ChangeReason.OTHER_CONTRACTS, tuple(sorted(before.faults ^ after.faults))
    return (ChangeReason.LAW if has_other_law else ChangeReason.TIME), ()
