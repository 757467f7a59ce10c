"""Temporary use past its end (临时用地), and grants whose term is over or was too long (出让年限)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from gis.idle.clock import add_years
from gis.rules import NATIONAL, ParameterRow, ParameterSet
from gis.supervision.finding import LandFinding, Topic


class UseGroup(StrEnum):
    """Uses by which the longest term of a grant differs (出让暂行条例 art. 12)."""

    RESIDENTIAL = "residential"
    INDUSTRIAL = "industrial"
    PUBLIC = "public"
    COMMERCIAL = "commercial"
    OTHER = "other"


class ExpiryKind(StrEnum):
    """What a term is as of a day."""

    IN_TERM = "in_term"
    TERM_TOO_LONG = "term_too_long"
    EXPIRED = "expired"
    RECLAMATION_OVERDUE = "reclamation_overdue"
    ENDED = "ended"  # given back: nothing is left to do
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporaryUse:
    """A temporary use of land.

    Attributes
    ----------
    approval_no : str
    parcel_code : str or None
    start_date, agreed_end_date : date or None
    is_long_infrastructure : bool
        Energy, transport or water works with a long building time.
    reclaimed_on : date or None
        Day of acceptance of the reclamation.
    """

    approval_no: str
    parcel_code: str | None
    start_date: date | None
    agreed_end_date: date | None
    is_long_infrastructure: bool = False
    reclaimed_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTerm:
    """The term of a grant in whole years."""

    contract_no: str
    parcel_code: str | None
    use_group: UseGroup | None
    start_date: date | None
    years: int | None


def assess_temporary_use(
    use: TemporaryUse, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> LandFinding:
    """Assess a temporary use as of a day.

    Parameters
    ----------
    use : TemporaryUse
    as_of : date
    parameters : ParameterSet
        ``temporary_use.*`` rows.
    region : str, optional

    Returns
    -------
    LandFinding
        The use ends on the agreed day, or with the longest lawful term if that is earlier; land that was reclaimed by
        ``as_of`` is ``ended``.

    Raises
    ------
    ParameterNotInForceError
    """
    suffix = "_infrastructure" if use.is_long_infrastructure else ""
    longest = parameters.row(f"temporary_use.max_years{suffix}", as_of=as_of, region=region)
    reclaim = parameters.row("temporary_use.reclaim_years", as_of=as_of, region=region)
    missing = tuple(name for name in ("start_date", "agreed_end_date") if getattr(use, name) is None)
    if use.start_date is None or use.agreed_end_date is None:
        text = ("数据不足，缺起止日期", "Insufficient data: the start or the end is missing")
        return _finding(
            Topic.TEMPORARY_USE,
            use.approval_no,
            use.parcel_code,
            ExpiryKind.INSUFFICIENT_DATA,
            text,
            (longest, reclaim),
            missing,
        )
    limit = add_years(use.start_date, longest.integer)
    end = min(use.agreed_end_date, limit)
    kind, text = _judge_temporary(use, as_of, end, limit, add_years(end, reclaim.integer))
    return _finding(Topic.TEMPORARY_USE, use.approval_no, use.parcel_code, kind, text, (longest, reclaim))


def assess_grant_term(term: GrantTerm, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL) -> LandFinding:
    """Assess the term of a grant as of a day.

    Parameters
    ----------
    term : GrantTerm
    as_of : date
    parameters : ParameterSet
        ``grant_term.max_years.*`` rows, those of the day on which the term began.
    region : str, optional

    Returns
    -------
    LandFinding

    Raises
    ------
    ParameterNotInForceError
    """
    names = ("use_group", "start_date", "years")
    missing = tuple(name for name in names if getattr(term, name) is None)
    group = term.use_group or UseGroup.OTHER
    longest = parameters.row(f"grant_term.max_years.{group}", as_of=term.start_date or as_of, region=region)
    if term.start_date is None or term.years is None or term.use_group is None:
        text = ("数据不足，缺用途、起始日期或年限", "Insufficient data: use, start or term is missing")
        return _finding(
            Topic.GRANT_TERM,
            term.contract_no,
            term.parcel_code,
            ExpiryKind.INSUFFICIENT_DATA,
            text,
            (longest,),
            missing,
        )
    end = add_years(term.start_date, term.years)
    if as_of > end:
        kind, text = ExpiryKind.EXPIRED, (f"使用年限于 {end} 届满", f"The term ended on {end}")
    elif term.years > longest.integer:
        kind = ExpiryKind.TERM_TOO_LONG
        text = (
            f"约定年限 {term.years} 年，超过最高年限 {longest.integer} 年",
            f"A term of {term.years} years, where {longest.integer} is the longest",
        )
    else:
        kind, text = ExpiryKind.IN_TERM, (f"使用年限至 {end}", f"The term runs until {end}")
    return _finding(Topic.GRANT_TERM, term.contract_no, term.parcel_code, kind, text, (longest,))


def _judge_temporary(
    use: TemporaryUse, as_of: date, end: date, limit: date, reclaim_by: date
) -> tuple[ExpiryKind, tuple[str, str]]:
    if use.reclaimed_on is not None and use.reclaimed_on <= as_of:
        return ExpiryKind.ENDED, (f"已于 {use.reclaimed_on} 复垦验收", f"Reclaimed on {use.reclaimed_on}")
    if as_of > reclaim_by:
        return ExpiryKind.RECLAMATION_OVERDUE, (
            f"{end} 期满，应于 {reclaim_by} 前完成复垦，至 {as_of} 未完成",
            f"Ended on {end}, to be reclaimed by {reclaim_by}, not done by {as_of}",
        )
    if as_of > end:
        return ExpiryKind.EXPIRED, (
            f"{end} 期满，应于 {reclaim_by} 前完成复垦",
            f"Ended on {end}, to be reclaimed by {reclaim_by}",
        )
    if use.agreed_end_date is not None and use.agreed_end_date > limit:
        return ExpiryKind.TERM_TOO_LONG, (
            f"约定至 {use.agreed_end_date}，超过最长期限 {limit}",
            f"Agreed until {use.agreed_end_date}, beyond the longest term, {limit}",
        )
    return ExpiryKind.IN_TERM, (f"期限至 {end}", f"Runs until {end}")


def _finding(
    topic: Topic,
    subject: str,
    parcel_code: str | None,
    kind: ExpiryKind,
    text: tuple[str, str],
    rows: tuple[ParameterRow, ...],
    missing: tuple[str, ...] = (),
) -> LandFinding:
    return LandFinding(
        topic=topic,
        subject=subject,
        kind=kind,
        reason_zh=f"{text[0]}。依据{rows[0].citation}。",
        reason_en=f"{text[1]}; basis: {rows[0].citation}.",
        article=rows[0].citation,
        parcel_codes=(parcel_code,) if parcel_code else (),
        missing=missing,
        parameter_rows=rows,
    )
