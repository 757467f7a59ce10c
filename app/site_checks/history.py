"""The site checks that were made, the newest first, without their findings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row, and_, select, tuple_
from sqlalchemy.orm import Session

from app.db.models import SiteAnswer, SiteCheck
from app.page_tokens import decode_position, encode_position


class ListedSiteCheck(BaseModel):
    """One site check in the list: what was asked, and the answer in one word."""

    site_check_id: UUID
    created_at: datetime
    created_by: str
    as_of: date
    verdict: str
    use_code: str | None
    use_code_version: str | None
    stage: str | None
    site_count: int
    first_site: str | None
    area_m2: float | None


class HistoryLink(BaseModel):
    """A link to another page of the list."""

    href: str
    rel: str
    type: str = "application/json"


class SiteCheckList(BaseModel):
    """A page of site checks, the newest first."""

    site_checks: list[ListedSiteCheck]
    links: list[HistoryLink]


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Some site checks; ``next_token`` leads to the ones before them."""

    checks: list[ListedSiteCheck]
    next_token: str | None


def list_checks(session: Session, *, limit: int, after: str | None) -> HistoryPage:
    """Return a page of the site checks, the newest first. Checks that are made while one pages do not shift the pages.

    Raises
    ------
    PageTokenError
    """
    found = _read(session, limit=limit + 1, position=None if after is None else decode_position(after))
    shown = [_listed(row) for row in found[:limit]]
    return HistoryPage(shown, encode_position(found[limit - 1]) if len(found) > limit else None)


def _read(session: Session, *, limit: int, position: tuple[datetime, UUID] | None) -> Sequence[Row[Any]]:
    """Read the rows; of the answer what lists show of its first site."""
    statement = (
        select(
            SiteCheck.id,
            SiteCheck.created_at,
            SiteCheck.created_by,
            SiteCheck.as_of,
            SiteCheck.verdict,
            SiteCheck.parameters,
            SiteCheck.site_count,
            SiteAnswer.parcel_code,
            SiteAnswer.name,
            SiteAnswer.area_m2,
        )
        .join(SiteAnswer, and_(SiteAnswer.site_check_id == SiteCheck.id, SiteAnswer.number == 1))
        .order_by(SiteCheck.created_at.desc(), SiteCheck.id.desc())
        .limit(limit)
    )
    if position is not None:
        statement = statement.where(tuple_(SiteCheck.created_at, SiteCheck.id) < position)
    return session.execute(statement).all()


def _listed(row: Row[Any]) -> ListedSiteCheck:
    asked = row.parameters
    return ListedSiteCheck(
        site_check_id=row.id,
        created_at=row.created_at,
        created_by=row.created_by,
        as_of=row.as_of,
        verdict=row.verdict,
        use_code=asked.get("use_code"),
        use_code_version=asked.get("use_code_version"),
        stage=asked.get("stage"),
        site_count=row.site_count,
        first_site=row.parcel_code or row.name,
        # Of several sites no one area stands for all.
        area_m2=row.area_m2 if row.site_count == 1 else None,
    )
