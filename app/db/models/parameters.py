"""Legal numbers: rows with their source, loaded from the shipped catalogue and corrected by a bureau."""

from datetime import date
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.base import Base, Recorded


class RuleParameter(Base, Recorded):
    """One immutable version of one legal number; a correction is a further row."""

    __tablename__ = "rule_parameter"
    __table_args__ = (
        CheckConstraint("status in ('confirmed', 'assumed')", name="status"),
        CheckConstraint("valid_to > valid_from", name="validity"),
        Index("ix_rule_parameter_key", "key", "region", "valid_from"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    catalog_version: Mapped[str | None]
    key: Mapped[str]
    value: Mapped[Decimal]
    unit: Mapped[str]
    document: Mapped[str]
    article: Mapped[str]
    region: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    status: Mapped[str]
    note: Mapped[str]
