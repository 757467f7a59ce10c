"""What the import refused or changed; nothing of a delivery is lost."""

from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base


class RejectedFeature(Base):
    """A source feature that was not stored, whole: reason, raw geometry and attributes."""

    __tablename__ = "rejected_feature"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), index=True)
    source_row: Mapped[int]
    reason: Mapped[str]
    raw_wkb: Mapped[bytes | None] = mapped_column(LargeBinary)
    attributes: Mapped[dict[str, Any]]


class Repair(Base):
    """A source feature that was repaired: the reasons and the area before and after, in square metres."""

    __tablename__ = "repair"
    __table_args__ = (CheckConstraint("area_after_m2 > 0", name="area_after_m2"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    layer_version_id: Mapped[int] = mapped_column(ForeignKey("layer_version.id", ondelete="CASCADE"), index=True)
    feature_id: Mapped[str]
    source_row: Mapped[int]
    reason: Mapped[str]
    raw_wkb: Mapped[bytes] = mapped_column(LargeBinary)
    area_before_m2: Mapped[float | None]
    area_after_m2: Mapped[float]
