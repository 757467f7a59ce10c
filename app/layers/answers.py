"""What is answered about layers and their versions: the map page takes its types from here, by the OpenAPI document."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from app.db.models import LayerKind, VersionStatus
from app.described import Described
from app.layers.differences import Change
from gis.landuse.control_kinds import ControlKind


class LayerVersionAnswer(Described):
    """A version with its counts: read = accepted + repaired + rejected."""

    number: int
    status: Literal[VersionStatus.DRAFT, VersionStatus.IN_FORCE, VersionStatus.ARCHIVED]
    valid_from: date
    valid_to: date | None
    approval_no: str | None
    source_name: str
    source_layer: str | None
    source_crs: str
    source_encoding: str | None
    sha256: str
    recorded_at: datetime
    recorded_by: str
    published_at: datetime | None
    published_by: str | None
    read: int
    accepted: int
    repaired: int
    rejected: int
    coverage_stated: bool
    coverage_revision: int
    report: Annotated[dict[str, Any], Field(description="What its import found, and with which options it was made.")]


class LayerAnswer(Described):
    """A layer with its versions, newest first."""

    slug: str
    kind: LayerKind
    control_kind: ControlKind | None
    title_zh: str
    title_en: str
    mandatory: bool
    accuracy_m: float | None
    stale_after_days: int | None
    applies_today: Annotated[int | None, Field(description="Number of the version in force.")]
    newest_draft: int | None
    versions: list[LayerVersionAnswer]


class LayerList(Described):
    """The layers with their versions."""

    layers: list[LayerAnswer]


class FeatureChange(Described):
    """One feature that differs between two versions."""

    feature_id: str
    change: Change
    attributes: Annotated[list[str], Field(description="Names of the fields that differ.")]
    moved_m: Annotated[float | None, Field(description="How far its boundary moved.")]
    area_before_m2: float | None
    area_after_m2: float | None
    geometry: Annotated[dict[str, Any] | None, Field(description="GeoJSON, where it was asked for.")] = None


class DiffLink(Described):
    """A link to this page or to the next one."""

    href: str
    rel: str
    type: str


class VersionDiffPage(Described):
    """Features that differ between two versions; the first page has their numbers."""

    layer: str
    older: int
    newer: int
    tolerance_m: float
    added: int | None = None
    removed: int | None = None
    geometry_changed: int | None = None
    attributes_changed: int | None = None
    unchanged: int | None = None
    features: list[FeatureChange]
    links: list[DiffLink]
