"""Contracts, enterprises, and what the idle-land scan finds."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, Recorded, storage_geometry


class TableDelivery(Base, Recorded):
    """A delivered table (contracts, enterprises, approvals ...); the newest of its kind is the current one."""

    __tablename__ = "table_delivery"
    __table_args__ = (
        CheckConstraint("kind ~ '^[a-z][a-z_]*$'", name="kind"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        Index("uq_table_delivery_current", "kind", unique=True, postgresql_where=text("is_current")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    source_name: Mapped[str]
    sha256: Mapped[str]
    row_count: Mapped[int]
    rejected_rows: Mapped[list[Any]]
    is_current: Mapped[bool]


class LandContract(Base):
    """A grant contract or allocation decision (出让合同, 划拨决定书) as delivered."""

    __tablename__ = "land_contract"
    __table_args__ = (
        UniqueConstraint("delivery_id", "source_row"),
        Index("ix_land_contract_parcel_code", "parcel_code"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("table_delivery.id", ondelete="CASCADE"))
    source_row: Mapped[int]
    contract_no: Mapped[str]
    parcel_code: Mapped[str | None]
    holder: Mapped[str | None]
    holder_credit_code: Mapped[str | None]
    price_yuan: Mapped[Decimal | None]
    terms: Mapped[dict[str, Any]]


class Enterprise(Base):
    """An enterprise (企业) as delivered."""

    __tablename__ = "enterprise"
    __table_args__ = (
        UniqueConstraint("delivery_id", "source_row"),
        Index("ix_enterprise_credit_code", "credit_code"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("table_delivery.id", ondelete="CASCADE"))
    source_row: Mapped[int]
    credit_code: Mapped[str]
    name: Mapped[str]
    industry_code: Mapped[str | None]
    facts: Mapped[dict[str, Any]]


class DeliveredFact(Base):
    """A row of any other delivered table (approvals, firms' years, land in use ...), read into the fields of its kind."""

    __tablename__ = "delivered_fact"
    __table_args__ = (
        UniqueConstraint("delivery_id", "source_row"),
        Index("ix_delivered_fact_subject", "subject"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    delivery_id: Mapped[int] = mapped_column(ForeignKey("table_delivery.id", ondelete="CASCADE"))
    source_row: Mapped[int]
    subject: Mapped[str]
    facts: Mapped[dict[str, Any]]


class IdleScan(Base):
    """One scan of all current contracts as of a day; ``input_digest`` names what its result depends on."""

    __tablename__ = "idle_scan"
    __table_args__ = (
        Index("ix_idle_scan_input_digest", "input_digest"),
        Index("uq_idle_scan_current", "is_current", unique=True, postgresql_where=text("is_current")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    as_of: Mapped[date]
    parcel_version_id: Mapped[int | None] = mapped_column(ForeignKey("layer_version.id"))
    delivery_id: Mapped[int] = mapped_column(ForeignKey("table_delivery.id"))
    input_digest: Mapped[str]
    catalog_version: Mapped[str]
    parameter_rows: Mapped[list[Any]]
    contract_count: Mapped[int]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class IdleCase(Base):
    """A contract that the scan flags: idle, late or not decidable, with the reason and the numbers.

    The geometry is that of the parcel; a contract whose code finds no parcel, or several, keeps its case without one.
    """

    __tablename__ = "idle_case"
    __table_args__ = (
        CheckConstraint(
            "kind in ('idle_not_started', 'idle_suspended', 'late_start', 'insufficient_data')",
            name="kind",
        ),
        CheckConstraint("parcel_match in ('none', 'one', 'many')", name="parcel_match"),
        CheckConstraint("(parcel_match = 'one') = (target_row_id is not null)", name="target_of_match"),
        CheckConstraint("(target_row_id is null) = (geom is null)", name="geom_of_target"),
        UniqueConstraint("idle_scan_id", "feature_id"),
        Index("ix_idle_case_geom", "geom", postgresql_using="gist"),
        Index("ix_idle_case_idle_scan_id_row_id", "idle_scan_id", "row_id"),
        Index("ix_idle_case_parcel_code", "parcel_code"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    feature_id: Mapped[str]
    idle_scan_id: Mapped[int] = mapped_column(ForeignKey("idle_scan.id", ondelete="CASCADE"))
    as_of: Mapped[date]
    target_row_id: Mapped[int | None] = mapped_column(ForeignKey("parcel.row_id", ondelete="CASCADE"))
    parcel_match: Mapped[str]
    candidate_ids: Mapped[list[str]] = mapped_column(ARRAY(Text))
    parcel_layer: Mapped[str | None]
    target_id: Mapped[str | None]
    parcel_code: Mapped[str | None]
    contract_no: Mapped[str]
    kind: Mapped[str]
    agreed_start_date: Mapped[date | None]
    idle_since: Mapped[date | None]
    gross_idle_days: Mapped[int | None]
    net_idle_days: Mapped[int | None]
    developed_share: Mapped[float | None]
    invested_share: Mapped[float | None]
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    article: Mapped[str]
    facts: Mapped[dict[str, Any]]
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry())
