"""What the scans of land after its approval find: low-efficiency land, zombie firms, approvals, holdings, terms, classes."""

from datetime import date, datetime
from typing import Any

from geoalchemy2 import WKBElement
from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base, storage_geometry


class LandScan(Base):
    """One scan of a topic as of a day; of per-mu evaluations the period is the year, and each year has a current one."""

    __tablename__ = "land_scan"
    __table_args__ = (
        Index("uq_land_scan_current", "topic", "period", unique=True, postgresql_where=text("is_current")),
        Index("ix_land_scan_input_digest", "input_digest"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    topic: Mapped[str]
    period: Mapped[str]
    as_of: Mapped[date]
    input_digest: Mapped[str]
    catalog_version: Mapped[str]
    summary: Mapped[dict[str, Any]]
    is_current: Mapped[bool]
    finished_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_by: Mapped[str]


class LandFinding(Base):
    """One subject of a scan, with the reason, the numbers and the parameter rows that decide.

    The id of its feature names topic, period and subject without telling them: subjects may be firms. The geometry is that of the
    parcels which alone carry one of its codes, else that of an approval's own feature; a finding about no such land has none.
    """

    __tablename__ = "land_finding"
    __table_args__ = (
        UniqueConstraint("land_scan_id", "subject"),
        Index("ix_land_finding_feature_id", "feature_id"),
        Index("ix_land_finding_geom", "geom", postgresql_using="gist"),
        Index("ix_land_finding_land_scan_id_row_id", "land_scan_id", "row_id"),
        Index("ix_land_finding_parcel_codes", "parcel_codes", postgresql_using="gin"),
    )

    row_id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    land_scan_id: Mapped[int] = mapped_column(ForeignKey("land_scan.id", ondelete="CASCADE"))
    feature_id: Mapped[str]
    topic: Mapped[str]
    subject: Mapped[str]
    kind: Mapped[str]
    parcel_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    reason_zh: Mapped[str]
    reason_en: Mapped[str]
    article: Mapped[str]
    missing: Mapped[list[str]] = mapped_column(ARRAY(Text))
    measures: Mapped[dict[str, Any]]
    parameter_rows: Mapped[list[Any]]
    is_under_appeal: Mapped[bool] = mapped_column(server_default=text("false"))
    geom: Mapped[WKBElement | None] = mapped_column(storage_geometry())
