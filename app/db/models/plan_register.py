"""The register of difference patches (差异图斑协调台账): what was decided of each, and every decision ever made."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.db.base import Base

STATE_CHECK = CheckConstraint("state in ('open', 'proposed', 'agreed', 'applied', 'rejected')", name="state")
DECIDED_STATUS_CHECK = CheckConstraint("decided_status in ('construction', 'non_construction')", name="decided_status")
DECIDED_CHECK = CheckConstraint(
    "(decided_status is null) = (decided_code is null) and (decided_plan is null or decided_code is not null) "
    "and (state not in ('proposed', 'agreed', 'applied') or decided_code is not null)",
    name="decided",
)
APPLIED_CHECK = CheckConstraint(
    "state <> 'applied' or (document is not null and effective_on is not null)", name="applied"
)
BUILT_SHARE_CHECK = CheckConstraint("built_share between 0 and 1", name="built_share")


def _names() -> Mapped[list[str]]:
    return mapped_column(ARRAY(Text), server_default=text("'{}'"))


class ResolutionColumns:
    """What a register holds of a patch beside what it is; the names of the customary record are in brackets.

    ``decided_code`` is the code that holds once the patch is applied. It is that of ``decided_plan``, or a code that no
    plan has there. ``decision_count`` goes up with every change.
    """

    state: Mapped[str] = mapped_column(server_default=text("'open'"))
    decision_count: Mapped[int] = mapped_column(server_default=text("0"))
    decided_plan: Mapped[str | None]
    decided_code: Mapped[str | None]
    decided_code_version: Mapped[str | None]
    decided_status: Mapped[str | None]
    # Plans and lines that have to change (CGTZ, TGTZ; JBNTTZ, STHXTZ, KFBJTZ).
    adjusted_plans: Mapped[list[str]] = _names()
    adjusted_lines: Mapped[list[str]] = _names()
    # The rule that a proposal follows (TZYYDM, TZYY), and what it did not know.
    reason_code: Mapped[str | None]
    reason_zh: Mapped[str | None]
    reason_en: Mapped[str | None]
    reason_document: Mapped[str | None]
    unknown_facts: Mapped[list[str]] = _names()
    # How it is settled (XTFS), by whom and until when.
    method: Mapped[str | None]
    owner: Mapped[str | None]
    deadline: Mapped[date | None]
    district_opinion: Mapped[str | None]  # QZFTZYJ
    leading_group_opinion: Mapped[str | None]  # LDXZBGS
    city_opinion: Mapped[str | None]  # SZFYJ
    document: Mapped[str | None]
    effective_on: Mapped[date | None]
    # Facts that a proposal asks for (CGJWNLSSPSJ, GTJWNLSSPSJ, ZDXM); null is not known. Construction land that is kept for a key
    # project takes its quota (规模指标) from somewhere.
    approval: Mapped[str | None]
    approved_on: Mapped[date | None]
    key_project: Mapped[str | None]
    quota_source: Mapped[str | None]
    has_existing_right: Mapped[bool | None]
    is_built_lawfully: Mapped[bool | None]
    is_inside_scale_boundary: Mapped[bool | None]
    built_share: Mapped[float | None]


class PatchDecision(Base):
    """One decision or change of facts of one patch; rows are added, and the database refuses to change or delete them.

    ``changes`` holds every field that changed with its value before and after. Decisions made together share ``batch``.
    """

    __tablename__ = "patch_decision"
    __table_args__ = (
        CheckConstraint("recorded_by <> ''", name="recorded_by"),
        Index("ix_patch_decision_patch_row_id", "patch_row_id"),
        Index("ix_patch_decision_plan_comparison_id", "plan_comparison_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    patch_row_id: Mapped[int] = mapped_column(ForeignKey("plan_patch.row_id"))
    plan_comparison_id: Mapped[int] = mapped_column(ForeignKey("plan_comparison.id"))
    action: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    changes: Mapped[dict[str, Any]]
    note: Mapped[str | None]
    batch: Mapped[UUID | None]
    recorded_at: Mapped[datetime] = mapped_column(server_default=func.now())
    recorded_by: Mapped[str]
