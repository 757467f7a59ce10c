"""The report of an import: printed, returned by the API and stored with the version."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from app.layers.preparing import EXAMPLES_KEPT, PreparedBatch, count_features
from gis.validation.settling import reason_kinds


@dataclass(slots=True)
class ImportReport:
    """Counts and reasons; ``read`` is always ``accepted + repaired + rejected``."""

    read: int = 0
    accepted: int = 0
    repaired: int = 0
    rejected: int = 0
    repaired_area_change_m2: float = 0.0
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def add(self, batch: PreparedBatch) -> None:
        """Count one batch."""
        accepted, repaired_count, rejected_count = count_features(batch)
        self.read += accepted + repaired_count + rejected_count
        self.accepted += accepted
        self.repaired += repaired_count
        self.rejected += rejected_count
        for repaired in batch.repaired:
            if repaired.area_before_m2 is not None:
                self.repaired_area_change_m2 += repaired.area_after_m2 - repaired.area_before_m2
            self._count("repaired", repaired.reason, f"row {repaired.source_row} ({repaired.feature_id})")
        for rejected in batch.rejected:
            kinds = ", ".join(reason_kinds(rejected.reason))
            self._count("rejected", kinds, f"row {rejected.source_row}: {rejected.reason}")
        for note, example in batch.notes:
            self._count("note", note, example)

    def note(self, reason: str, example: str) -> None:
        """Add something a reader should know."""
        self._count("note", reason, example)

    def _count(self, outcome: str, reason: str, example: str) -> None:
        self.reasons[outcome, reason] += 1
        kept = self.examples.setdefault((outcome, reason), [])
        if len(kept) < EXAMPLES_KEPT:
            kept.append(example)

    def as_json(self) -> dict[str, Any]:
        """Return what is stored and shown."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "repaired": self.repaired,
            "rejected": self.rejected,
            "repaired_area_change_m2": round(self.repaired_area_change_m2, 4),
            "reasons": [
                {"outcome": outcome, "reason": reason, "count": count, "examples": self.examples[outcome, reason]}
                for (outcome, reason), count in sorted(self.reasons.items())
            ],
        }
