"""Layers and versions as JSON, the same for the command line and HTTP."""

from typing import Any

from sqlalchemy.orm import Session

from app.db.models import Layer, LayerVersion
from app.layers import repository


def describe_layer(session: Session, layer: Layer) -> dict[str, Any]:
    """Return a layer with its versions, newest first."""
    names = ("slug", "kind", "control_kind", "title_zh", "title_en", "mandatory", "accuracy_m", "stale_after_days")
    versions = [describe_version(version) for version in repository.list_versions(session, layer.id)]
    return {name: getattr(layer, name) for name in names} | {"versions": versions}


def describe_version(version: LayerVersion) -> dict[str, Any]:
    """Return a version with its counts and the report of its import."""
    names = ("number", "status", "valid_from", "valid_to", "approval_no", "source_name", "source_layer", "source_crs")
    more = ("source_encoding", "sha256", "recorded_at", "recorded_by", "published_at", "published_by")
    counts = {name: getattr(version, f"{name}_count") for name in ("read", "accepted", "repaired", "rejected")}
    stated = {"coverage_stated": version.coverage is not None}
    return {name: getattr(version, name) for name in (*names, *more)} | counts | stated | {"report": version.report}
