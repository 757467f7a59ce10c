"""Layers and versions as JSON, the same for the command line and HTTP."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Layer, LayerVersion, VersionStatus
from app.layers import repository


def describe_layer(session: Session, layer: Layer, *, today: date) -> dict[str, Any]:
    """Return a layer with its versions, newest first, the one that applies today and the newest draft."""
    names = ("slug", "kind", "control_kind", "title_zh", "title_en", "mandatory", "accuracy_m", "stale_after_days")
    versions = repository.list_versions(session, layer.id)
    applies = repository.version_in_force(session, layer.id, as_of=today)
    draft = next((version.number for version in versions if version.status == VersionStatus.DRAFT), None)
    return {name: getattr(layer, name) for name in names} | {
        "applies_today": None if applies is None else applies.number,
        "newest_draft": draft,
        "versions": [describe_version(version) for version in versions],
    }


def describe_version(version: LayerVersion) -> dict[str, Any]:
    """Return a version with its counts and the report of its import."""
    names = ("number", "status", "valid_from", "valid_to", "approval_no", "source_name", "source_layer", "source_crs")
    more = ("source_encoding", "sha256", "recorded_at", "recorded_by", "published_at", "published_by")
    counts = {name: getattr(version, f"{name}_count") for name in ("read", "accepted", "repaired", "rejected")}
    stated = {"coverage_stated": version.coverage is not None, "coverage_revision": version.coverage_revision}
    return {name: getattr(version, name) for name in (*names, *more)} | counts | stated | {"report": version.report}


def without_examples(layer: dict[str, Any]) -> dict[str, Any]:
    """Return a layer whose imports tell what they met and how often; examples quote what was delivered, and are not for every reader."""
    versions = [version | {"report": _without_examples(version["report"])} for version in layer["versions"]]
    return layer | {"versions": versions}


def _without_examples(report: dict[str, Any]) -> dict[str, Any]:
    reasons = [reason | {"examples": []} for reason in report.get("reasons", [])]
    return report | {"reasons": reasons}
