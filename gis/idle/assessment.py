"""Is this land idle? One contract, or many, as of a day."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from gis.idle.clock import first_day_after
from gis.idle.contract import LandContract, excused_days
from gis.idle.faults import DataFault, find_contract_faults
from gis.idle.findings import Finding, IdleKind, find_idleness, read_facts
from gis.idle.reasons import Days, explain, explain_faults
from gis.idle.start import StartBasis
from gis.idle.thresholds import IdleThresholds
from gis.rules import NATIONAL, ParameterRow, ParameterSet


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleAssessment:
    """What the law says about one contract on one day, with the numbers that decide.

    Attributes
    ----------
    contract_no : str
    parcel_code : str or None
    as_of : date
    kind : IdleKind
    agreed_start_date, actual_start_date : date or None
    agreed_start_basis : StartBasis or None
        Whether the agreed start follows from the supplement, the contract or the delivery.
    idle_since : date or None
        Day from which idle days count; it is not counted itself.
    period_end, true_from : date or None
        Last day of the year that has to pass, and the day after, on which the test is first true: whoever reads the law one
        day otherwise finds both.
    gross_idle_days, net_idle_days : int or None
        Days from ``idle_since`` to ``as_of`` (for a late start: to the start), and the same without the days of government
        causes and force majeure. The Order does not say that these are subtracted: both are shown, the calendar decides.
    developed_share, invested_share : Fraction or None
        Exact quotients, None where a number is missing or the whole is 0.
    reason_zh, reason_en, article : str
    missing : tuple of str
        Fields of the contract without which nothing can be said.
    faults : tuple of DataFault
        Facts that contradict each other: the law is not applied to them.
    parameter_rows : tuple of ParameterRow
    """

    contract_no: str
    parcel_code: str | None
    as_of: date
    kind: IdleKind
    agreed_start_date: date | None
    agreed_start_basis: StartBasis | None
    actual_start_date: date | None
    idle_since: date | None
    period_end: date | None
    true_from: date | None
    gross_idle_days: int | None
    net_idle_days: int | None
    developed_share: Fraction | None
    invested_share: Fraction | None
    reason_zh: str
    reason_en: str
    article: str
    missing: tuple[str, ...]
    faults: tuple[DataFault, ...]
    parameter_rows: tuple[ParameterRow, ...]


def assess_contract(
    contract: LandContract, *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> IdleAssessment:
    """Assess one contract as of a day.

    Parameters
    ----------
    contract : LandContract
    as_of : date
        What happened after this day has not happened yet, so that a past day can be assessed again.
    parameters : ParameterSet
        ``idle.*`` rows.
    region : str, optional
        Administrative code of the land.

    Returns
    -------
    IdleAssessment

    Raises
    ------
    ParameterNotInForceError
        When a threshold has no row in force, such as before 2012-07-01.

    References
    ----------
    .. [1] 《闲置土地处置办法》（国土资源部令第53号）第二条、第八条、第二十二条、第三十条。
    .. [2] 《中华人民共和国民法典》第二百零一条、第二百零二条。

    Examples
    --------
    >>> from datetime import date
    >>> from gis.idle import LandContract, assess_contract
    >>> from gis.rules import ParameterSet, load_catalog
    >>> contract = LandContract(contract_no="1", parcel_code="1", agreed_start_date=date(2023, 3, 1))
    >>> parameters = ParameterSet(load_catalog().parameters)
    >>> [assess_contract(contract, as_of=date(2024, 3, day), parameters=parameters).kind.value for day in (1, 2)]
    ['not_idle', 'idle_not_started']
    """
    return assess_contracts([contract], as_of=as_of, parameters=parameters, region=region)[0]


def assess_contracts(
    contracts: Iterable[LandContract],
    *,
    as_of: date,
    parameters: ParameterSet,
    region: str = NATIONAL,
    faults: Mapping[str, Sequence[DataFault]] | None = None,
) -> list[IdleAssessment]:
    """Assess many contracts; the parameter rows are picked once.

    Parameters
    ----------
    contracts : iterable of LandContract
    as_of : date
    parameters : ParameterSet
    region : str, optional
        Administrative code that all the contracts lie in.
    faults : mapping of str to sequence of DataFault, optional
        What was found wrong beyond a contract itself, by its number; what contradicts itself in it is found here.

    Returns
    -------
    list of IdleAssessment
        One per contract in the same order, ``not_idle`` included; ``pandas.DataFrame`` takes the list as it is.

    Raises
    ------
    ParameterNotInForceError
    """
    thresholds = IdleThresholds.in_force(parameters, as_of=as_of, region=region)
    known = faults or {}
    return [_assess(contract, as_of, thresholds, known.get(contract.contract_no, ())) for contract in contracts]


def flag_contracts(
    contracts: Iterable[tuple[LandContract, date | None]],
    *,
    as_of: date,
    thresholds: IdleThresholds,
    faults: Mapping[str, Sequence[DataFault]] | None = None,
) -> Iterator[IdleAssessment | None]:
    """Assess a great many contracts of which few are to be told of.

    Parameters
    ----------
    contracts : iterable of (LandContract, date or None)
        Each with the day on which it was signed.
    as_of : date
    thresholds : IdleThresholds
        The law of the region that all the contracts lie in.
    faults : mapping of str to sequence of DataFault, optional
        As for :func:`assess_contracts`.

    Yields
    ------
    IdleAssessment or None
        In the order of the contracts: as :func:`assess_contracts` has it, with the faults against the signing; None for
        land that is not idle, which nothing is worked out for beyond that.
    """
    known = faults or {}
    for contract, signed_date in contracts:
        own = find_contract_faults(contract, signed_date=signed_date)
        others = known.get(contract.contract_no, ())
        if not own and not others:
            facts = read_facts(contract, as_of=as_of, thresholds=thresholds)
            if find_idleness(facts).kind is IdleKind.NOT_IDLE:
                yield None
                continue
        found = _assess(contract, as_of, thresholds, (*others, *own))
        yield None if found.kind is IdleKind.NOT_IDLE else found


def _assess(
    contract: LandContract, as_of: date, thresholds: IdleThresholds, known_faults: Sequence[DataFault]
) -> IdleAssessment:
    facts = read_facts(contract, as_of=as_of, thresholds=thresholds)
    faults = tuple(dict.fromkeys((*known_faults, *find_contract_faults(contract))))
    is_blocked = any(fault.code.is_blocking for fault in faults)
    finding = Finding(IdleKind.INSUFFICIENT_DATA) if is_blocked else find_idleness(facts)
    days = _count_days(contract, finding)
    reason = explain_faults(facts, faults) if is_blocked else explain(facts, finding, days or Days(0, 0))
    return IdleAssessment(
        contract_no=contract.contract_no,
        parcel_code=contract.parcel_code,
        as_of=as_of,
        kind=finding.kind,
        agreed_start_date=facts.agreed.day if facts.agreed else None,
        agreed_start_basis=facts.agreed.basis if facts.agreed else None,
        actual_start_date=facts.actual.day,
        idle_since=finding.since,
        period_end=finding.period_end,
        true_from=first_day_after(finding.period_end) if finding.period_end else None,
        gross_idle_days=days.gross if days else None,
        net_idle_days=days.net if days else None,
        developed_share=facts.developed_share,
        invested_share=facts.invested_share,
        reason_zh=reason.zh,
        reason_en=reason.en,
        article=reason.article,
        missing=finding.missing,
        faults=faults,
        parameter_rows=thresholds.rows,
    )


def _count_days(contract: LandContract, finding: Finding) -> Days | None:
    if finding.since is None or finding.until is None:
        return None
    gross = (finding.until - finding.since).days
    return Days(gross, gross - excused_days(contract.causes, after=finding.since, until=finding.until))
