"""Layers (图层) and their versions in time."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, Double, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded, storage_geometry
from gis.landuse.control_kinds import ControlKind


class LayerKind(StrEnum):
    """What the rows of a layer are; decides the table they are stored in."""

    PARCEL = "parcel"
    PLAN = "plan"
    CONTROL_AREA = "control_area"
    REFERENCE = "reference"
    VECTOR = "vector"


class VersionStatus(StrEnum):
    """Where a layer version stands; one that is being loaded is ``staging`` and belongs to no layer yet."""

    STAGING = "staging"
    DRAFT = "draft"
    IN_FORCE = "in_force"
    ARCHIVED = "archived"


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} in ({', '.join(repr(value.value) for value in values)})"


class Layer(Base):
    """A named layer; its slug is the id of its collection."""

    __tablename__ = "layer"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z][a-z0-9_]{0,62}$'", name="slug"),
        CheckConstraint(_one_of("kind", LayerKind), name="kind"),
        CheckConstraint(_one_of("control_kind", ControlKind), name="control_kind"),
        CheckConstraint("(kind = 'control_area') = (control_kind is not null)", name="control_kind_of_control_area"),
        CheckConstraint("stale_after_days > 0", name="stale_after_days"),
        CheckConstraint("accuracy_m >= 0", name="accuracy_m"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    control_kind: Mapped[str | None]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    theme: Mapped[str | None]
    mandatory: Mapped[bool] = mapped_column(server_default=text("false"))
    stale_after_days: Mapped[int | None]
    accuracy_m: Mapped[float | None]
    # Numbers given so far: that of a discarded draft is not used again.
    version_count: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_by: Mapped[str]


class LayerVersion(Base, Recorded):
    """One delivery of a layer.

    The version that applies on a day is the last published one whose ``valid_from .. valid_to`` holds that day, so
    publishing never rewrites the dates of an older version and every past answer can be repeated.
    """

    __tablename__ = "layer_version"
    __table_args__ = (
        UniqueConstraint("layer_id", "number"),
        CheckConstraint(_one_of("status", VersionStatus), name="status"),
        CheckConstraint("(status in ('staging', 'draft')) = (published_at is null)", name="published_at"),
        CheckConstraint("(status = 'staging') = (layer_id is null)", name="staging"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("read_count = accepted_count + repaired_count + rejected_count", name="counts"),
        CheckConstraint("coverage is null or ST_IsValid(coverage)", name="coverage_valid"),
        Index("uq_layer_version_in_force", "layer_id", unique=True, postgresql_where=text("status = 'in_force'")),
        Index("ix_layer_version_coverage", "coverage", postgresql_using="gist"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # Null while the version is being loaded, so that nothing that asks for the versions of a layer can meet it.
    layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"), nullable=True)
    number: Mapped[int]
    status: Mapped[str]
    source_name: Mapped[str]
    source_layer: Mapped[str | None]
    source_crs: Mapped[str]
    source_encoding: Mapped[str | None]
    sha256: Mapped[str]
    approval_no: Mapped[str | None]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    coverage: Mapped[WKBElement | None] = mapped_column(storage_geometry(), deferred=True)
    # How often the coverage was changed after the import: a result is of one of these states.
    coverage_revision: Mapped[int] = mapped_column(server_default=text("0"))
    read_count: Mapped[int]
    accepted_count: Mapped[int]
    repaired_count: Mapped[int]
    rejected_count: Mapped[int]
    report: Mapped[dict[str, Any]]
    # What the validation of the delivery found (``gis/validation/tables/report_schema.json``).
    validation: Mapped[dict[str, Any] | None] = mapped_column(deferred=True)
    # Of a layer whose features are described by their source alone: its fields, and what GDAL calls its type of geometry.
    own_fields: Mapped[list[Any] | None]
    geometry_type: Mapped[str | None]
    # How often its features were changed after it was made.
    edit_count: Mapped[int] = mapped_column(server_default=text("0"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None]


class LayerStatistics(Base):
    """How many features a version has and where they lie, as of so many edits of it; west, south, east, north, or null where none has a place."""

    __tablename__ = "layer_statistics"

    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), primary_key=True)
    edit_count: Mapped[int]
    feature_count: Mapped[int]
    bounds: Mapped[list[float] | None] = mapped_column(ARRAY(Double))


class LayerEdit(Base, Recorded):
    """A change of a layer or of the coverage of a version: what it was and what it became."""

    __tablename__ = "layer_edit"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_id: Mapped[int] = mapped_column(ForeignKey("layer.id"), index=True)
    layer_version_id: Mapped[int | None] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), index=True)
    changes: Mapped[dict[str, Any]]
    coverage_before: Mapped[WKBElement | None] = mapped_column(storage_geometry(), deferred=True)
