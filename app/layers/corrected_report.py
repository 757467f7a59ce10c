"""The reports of a draft after features of it were corrected: the counts stay closed, and the corrections are noted."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select

from app.db.models import IntakeFault, LayerVersion
from app.db.sessions import WriteSession
from app.layers.preparing import EXAMPLES_KEPT
from app.layers.rejected import list_rejected
from gis.validation.settling import reason_kinds


def corrected_import_report(
    session: WriteSession, version: LayerVersion, counts: Counter[str], name: str
) -> dict[str, Any]:
    """Return the report of the import with what is refused now; ``counts`` and ``name`` are those of the corrections."""
    refused: dict[str, list[str]] = {}
    for one in list_rejected(session, version):
        refused.setdefault(", ".join(reason_kinds(one.reason)), []).append(f"row {one.source_row}: {one.reason}")
    reasons = [reason for reason in version.report["reasons"] if reason["outcome"] != "rejected"]
    reasons += [
        {"outcome": "rejected", "reason": kind, "count": len(rows), "examples": rows[:EXAMPLES_KEPT]}
        for kind, rows in sorted(refused.items())
    ]
    correction = {"file": name, "by": session.actor, **{key: counts[key] for key in sorted(counts)}}
    return version.report | {
        "accepted": version.accepted_count,
        "repaired": version.repaired_count,
        "rejected": version.rejected_count,
        "reasons": reasons,
        "corrections": [*version.report.get("corrections", []), correction],
    }


def corrected_validation(session: WriteSession, version: LayerVersion) -> dict[str, Any] | None:
    """Return the report of the validation with the counts that hold now.

    Of a kind of which more was found than is kept, what is kept tells how many there are now at least.
    """
    stored: dict[str, Any] | None = session.scalar(select(LayerVersion.validation).where(LayerVersion.id == version.id))
    if stored is None:
        return None
    query = select(IntakeFault.kind, IntakeFault.severity, func.count()).where(
        IntakeFault.layer_version_id == version.id
    )
    found = {(kind, severity): count for kind, severity, count in session.execute(query.group_by("kind", "severity"))}
    faults = [
        tally | {"count": found[tally["kind"], tally["severity"]], "kept": found[tally["kind"], tally["severity"]]}
        for tally in stored["faults"]
        if (tally["kind"], tally["severity"]) in found
    ]
    severities = dict.fromkeys(stored["severities"], 0)
    for tally in faults:
        severities[tally["severity"]] += tally["count"]
    counts = {
        "read": version.read_count,
        "accepted": version.accepted_count,
        "repaired": version.repaired_count,
        "rejected": version.rejected_count,
    }
    return stored | {"counts": counts, "faults": faults, "severities": severities}
