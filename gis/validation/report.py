"""The report of a delivery, filled batch by batch: counts of features, counts and examples of faults, what was and was not examined."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from gis.errors import GisError
from gis.validation.kinds import fault_kind, fault_kinds
from gis.validation.model import Fault
from gis.validation.severity import Severity

__all__ = ["SCHEMA_VERSION", "CheckRecord", "CheckStatus", "CountMismatchError", "DeliveryReport", "FaultTally"]

#: Version of the JSON document; a change that a reader of the former version would misread raises it.
SCHEMA_VERSION: Final = 1
KEPT_PER_KIND: Final = 1_000
EXAMPLES: Final = 5


class CountMismatchError(GisError):
    """Accepted, repaired and rejected features are not together those that were read."""


class CheckStatus(StrEnum):
    """Whether something was examined; what was not is never read as right."""

    DONE = "done"
    PARTLY = "partly"
    NOT_DONE = "not_done"


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One thing that a validation examines, and whether it did."""

    name: str
    status: CheckStatus
    reason_zh: str = ""
    reason_en: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the record as JSON holds it."""
        return {"name": self.name, "status": self.status.value, "zh": self.reason_zh, "en": self.reason_en}


@dataclass(slots=True)
class FaultTally:
    """The faults of one kind and severity: all are counted, the first are kept."""

    kind: str
    severity: Severity
    count: int = 0
    kept: list[Fault] = field(default_factory=list)


@dataclass(slots=True)
class DeliveryReport:
    """What a validation found.

    Attributes
    ----------
    source : dict
        What is known of the file: name, layer, driver, crs, encoding, sha256 and so on; JSON values only.
    settings : dict
        How it was examined: contract and its version, mapping, tolerances; JSON values only.
    checks : list of CheckRecord
    areas : dict
        Sums of declared, ellipsoidal and planar area and their residues, in m².
    keep_per_kind : int
        How many faults of each kind and severity are kept with their places; the others are counted, and the report says so.

    Examples
    --------
    >>> from gis.validation import DeliveryReport, describe_fault
    >>> report = DeliveryReport(source={"name": "宗地.shp"})
    >>> report.add([describe_fault("value_missing", source_row=2, field="ZDDM")], read=2, accepted=2)
    >>> report.as_json()["counts"], report.error_count
    ({'read': 2, 'accepted': 2, 'repaired': 0, 'rejected': 0}, 1)
    """

    source: dict[str, Any] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    checks: list[CheckRecord] = field(default_factory=list)
    areas: dict[str, Any] = field(default_factory=dict)
    keep_per_kind: int = KEPT_PER_KIND
    read: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: int = 0
    _tallies: dict[tuple[str, Severity], FaultTally] = field(default_factory=dict)

    def add(
        self, faults: Iterable[Fault] = (), *, read: int = 0, accepted: int = 0, repaired: int = 0, rejected: int = 0
    ) -> None:
        """Add the features of one batch and faults, which may also be those of the delivery as a whole.

        Raises
        ------
        CountMismatchError
            Unless ``accepted + repaired + rejected == read``.
        """
        if accepted + repaired + rejected != read or min(accepted, repaired, rejected) < 0:
            raise CountMismatchError(
                f"{accepted} accepted, {repaired} repaired and {rejected} rejected are not {read} read."
            )
        self.read += read
        self.accepted += accepted
        self.repaired += repaired
        self.rejected += rejected
        for fault in faults:
            tally = self._tally(fault.kind, fault.severity)
            tally.count += 1
            if len(tally.kept) < self.keep_per_kind:
                tally.kept.append(fault)

    def count_more(self, counts: Mapping[str, int]) -> None:
        """Count faults that were not described because enough of their kind are kept.

        Parameters
        ----------
        counts : mapping of str to int
            By kind; they have the severity of the kind.
        """
        for kind, count in counts.items():
            self._tally(kind, fault_kind(kind).severity).count += count

    def _tally(self, kind: str, severity: Severity) -> FaultTally:
        return self._tallies.setdefault((kind, severity), FaultTally(fault_kind(kind).kind, severity))

    @property
    def tallies(self) -> list[FaultTally]:
        """Counts by kind and severity: the worst first, then in the order of the table of kinds."""
        severities, kinds = list(Severity), list(fault_kinds())
        return sorted(
            self._tallies.values(), key=lambda tally: (severities.index(tally.severity), kinds.index(tally.kind))
        )

    @property
    def faults(self) -> Iterator[Fault]:
        """The faults that were kept, in the order of the tallies."""
        for tally in self.tallies:
            yield from tally.kept

    @property
    def severity_counts(self) -> dict[str, int]:
        """How many faults there are of each severity."""
        counts = Counter[Severity]()
        for tally in self._tallies.values():
            counts[tally.severity] += tally.count
        return {severity.value: counts[severity] for severity in Severity}

    @property
    def error_count(self) -> int:
        """How many faults are errors."""
        return self.severity_counts[Severity.ERROR]

    def count(self, kind: str) -> int:
        """Return how often a kind of fault was found, in any severity."""
        return sum(tally.count for tally in self._tallies.values() if tally.kind == fault_kind(kind).kind)

    def as_json(self) -> dict[str, Any]:
        """Return the report as the published schema describes it (``gis/validation/tables/report_schema.json``)."""
        return {
            "schema_version": SCHEMA_VERSION,
            "source": self.source,
            "settings": self.settings,
            "counts": {
                "read": self.read,
                "accepted": self.accepted,
                "repaired": self.repaired,
                "rejected": self.rejected,
            },
            "severities": self.severity_counts,
            "checks": [check.as_json() for check in self.checks],
            "areas": self.areas,
            "keep_per_kind": self.keep_per_kind,
            "faults": [_tally_as_json(tally) for tally in self.tallies],
        }


def _tally_as_json(tally: FaultTally) -> dict[str, Any]:
    known = fault_kind(tally.kind)
    return {
        "kind": tally.kind,
        "group": known.group.value,
        "severity": tally.severity.value,
        "title_zh": known.title_zh,
        "title_en": known.title_en,
        "remedy_zh": known.remedy_zh,
        "remedy_en": known.remedy_en,
        "count": tally.count,
        "kept": len(tally.kept),
        "examples": [fault.as_json() for fault in tally.kept[:EXAMPLES]],
    }
