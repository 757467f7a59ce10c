"""Hoarding of land (囤地): what a holder and a group hold, how much of it lies idle, and whose applications are refused."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from gis.measurement import round_half_up
from gis.rules import NATIONAL, ParameterRow, ParameterSet
from gis.supervision.finding import LandFinding, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """A parcel and who holds it.

    Attributes
    ----------
    parcel_code : str
    holder_code : str
        Credit code (统一社会信用代码).
    group_code : str or None
        Of the group that the holder belongs to; None for a holder of its own.
    area_m2 : Decimal
    is_idle : bool
        Found idle and not yet disposed of.
    is_excused : bool
        Idle for a cause of the government or force majeure: counted, but no reason to refuse anything.
    """

    parcel_code: str
    holder_code: str
    area_m2: Decimal
    group_code: str | None = None
    is_idle: bool = False
    is_excused: bool = False


@dataclass(frozen=True, slots=True)
class HoldingSum:
    """What one holder, or one group of several, holds; a parcel that is named twice counts once."""

    owner: str
    holder_codes: tuple[str, ...]
    parcel_codes: tuple[str, ...]
    idle_parcel_codes: tuple[str, ...]
    area_m2: Decimal
    idle_area_m2: Decimal

    @property
    def idle_share(self) -> Fraction | None:
        """Idle land of all land, None without any."""
        return Fraction(self.idle_area_m2) / Fraction(self.area_m2) if self.area_m2 else None


def sum_holdings(holdings: Iterable[Holding], *, by_group: bool = True) -> list[HoldingSum]:
    """Sum land by holder, or by group.

    Parameters
    ----------
    holdings : iterable of Holding
    by_group : bool, optional
        Sum the holders of a group together.

    Returns
    -------
    list of HoldingSum
        The most idle land first, then by owner.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.supervision import Holding, sum_holdings
    >>> land = [Holding(parcel_code=p, holder_code=h, group_code="G", area_m2=Decimal(100), is_idle=i) for p, h, i in
    ...         (("1", "A", True), ("2", "B", False))]
    >>> [(each.owner, each.idle_share) for each in sum_holdings(land)]
    [('G', Fraction(1, 2))]
    """
    owned: dict[str, dict[str, Holding]] = defaultdict(dict)
    for holding in holdings:
        owner = (holding.group_code if by_group else None) or holding.holder_code
        known = owned[owner].get(holding.parcel_code)
        if known is None or (holding.is_idle and not known.is_idle):
            owned[owner][holding.parcel_code] = holding
    sums = [_sum(owner, list(parcels.values())) for owner, parcels in owned.items()]
    return sorted(sums, key=lambda each: (-each.idle_area_m2, each.owner))


def find_blocked_holders(holdings: Iterable[Holding]) -> dict[str, tuple[str, ...]]:
    """Find the holders whose new applications are refused until their idle land is disposed of (Order 53 art. 24).

    Returns
    -------
    dict
        From credit code to the idle parcels, land that is idle for an excused cause left out; the members of one group do
        not answer for each other.
    """
    blocked: dict[str, set[str]] = defaultdict(set)
    for holding in holdings:
        if holding.is_idle and not holding.is_excused:
            blocked[holding.holder_code].add(holding.parcel_code)
    return {code: tuple(sorted(parcels)) for code, parcels in sorted(blocked.items())}


def assess_hoarding(
    holdings: Sequence[Holding], *, as_of: date, parameters: ParameterSet, region: str = NATIONAL
) -> list[LandFinding]:
    """List the owners with idle land.

    Parameters
    ----------
    holdings : sequence of Holding
    as_of : date
    parameters : ParameterSet
        ``hoarding.*`` rows.
    region : str, optional

    Returns
    -------
    list of LandFinding
        ``kind`` is ``hoarding`` where the number of idle parcels and their share reach the parameters, else ``idle_holder``;
        owners without idle land are left out.

    Raises
    ------
    ParameterNotInForceError
    """
    rows = tuple(
        parameters.row(f"hoarding.{name}", as_of=as_of, region=region)
        for name in ("refuse_applications", "idle_share_min", "idle_parcels_min")
    )
    blocked = find_blocked_holders(holdings)
    return [_describe(each, blocked, rows) for each in sum_holdings(holdings) if each.idle_parcel_codes]


def _sum(owner: str, parcels: Sequence[Holding]) -> HoldingSum:
    idle = [holding for holding in parcels if holding.is_idle]
    return HoldingSum(
        owner=owner,
        holder_codes=tuple(sorted({holding.holder_code for holding in parcels})),
        parcel_codes=tuple(sorted(holding.parcel_code for holding in parcels)),
        idle_parcel_codes=tuple(sorted(holding.parcel_code for holding in idle)),
        area_m2=sum((holding.area_m2 for holding in parcels), Decimal(0)),
        idle_area_m2=sum((holding.area_m2 for holding in idle), Decimal(0)),
    )


def _describe(held: HoldingSum, blocked: dict[str, tuple[str, ...]], rows: tuple[ParameterRow, ...]) -> LandFinding:
    refuse, share, parcels = rows
    is_hoarding = (
        held.idle_share is not None
        and held.idle_share >= Fraction(share.value)
        and len(held.idle_parcel_codes) >= parcels.integer
    )
    refused = sorted(set(held.holder_codes) & set(blocked))
    percent = round_half_up((held.idle_share or Fraction(0)) * 100, 2)
    total, idle = (round_half_up(Fraction(area) / 10_000, 4) for area in (held.area_m2, held.idle_area_m2))
    return LandFinding(
        topic=Topic.HOARDING,
        subject=held.owner,
        kind="hoarding" if is_hoarding else "idle_holder",
        reason_zh=f"持有 {len(held.parcel_codes)} 宗 {total} 公顷，其中闲置 {len(held.idle_parcel_codes)} 宗 {idle} 公顷，占 {percent} %；"
        + (f"不受理新的用地申请：{'、'.join(refused)}。" if refused else "没有因自身原因闲置的土地。")
        + f"依据{refuse.citation}。",
        reason_en=f"Holds {len(held.parcel_codes)} parcels of {total} ha, {len(held.idle_parcel_codes)} of them idle with {idle} ha, "
        f"{percent} %; "
        + (f"new applications refused of {', '.join(refused)}" if refused else "none idle by its own fault")
        + f"; basis: {refuse.citation}.",
        article=refuse.citation,
        parcel_codes=held.idle_parcel_codes,
        measures={
            "area_m2": held.area_m2,
            "idle_area_m2": held.idle_area_m2,
            "idle_share": held.idle_share,
            "refused_holders": " ".join(refused),
        },
        parameter_rows=rows,
    )
