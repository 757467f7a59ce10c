"""What the evidence does to a claim, as one sentence in Chinese and in English."""

from dataclasses import dataclass

from gis.imagery.claims import Basis, Bearing, Claim, ClaimKind

__all__ = ["Statement", "state"]


@dataclass(frozen=True, slots=True)
class Statement:
    """The same sentence twice."""

    zh: str
    en: str


_CLAIMS = {
    ClaimKind.STARTED: ("申报已动工", "Reported as started"),
    ClaimKind.NOT_STARTED: ("申报未动工", "Reported as not started"),
    ClaimKind.DEVELOPED_SHARE: ("申报的已动工面积比例", "Reported share under development"),
}
_BEARINGS = {
    Bearing.SUPPORTS: ("影像与申报相符", "the imagery supports this"),
    Bearing.CONTRADICTS: ("影像与申报不符", "the imagery contradicts this"),
    Bearing.CANNOT_TELL: ("影像无法判断", "the imagery cannot tell"),
}
_BASES = {
    Basis.OVERGROWN: ("均为植被覆盖，未见建设", "vegetation covers the land, nothing was built"),
    Basis.NOT_ALL_OVERGROWN: ("为植被覆盖，其余不是", "vegetation covers the land, on the others it does not"),
    Basis.VEGETATION_LIMITS: (
        "的植被覆盖面积使所报比例不可能",
        "vegetation covers more than the reported share leaves",
    ),
    Basis.BUILDINGS: ("可见建筑", "buildings are there"),
    Basis.VEGETATION_FELL: ("植被在申报动工前后消失", "vegetation went about the reported day"),
    Basis.BARE_OR_BUILT: ("地表裸露或已建设，指数不能区分", "the ground is open: an index cannot tell bare from built"),
    Basis.NOTHING_USABLE: ("期内无可用影像", "no scene of the period can be used"),
}


def state(claim: Claim) -> Statement:
    """Write a claim's sentence: what was reported, what was seen on how many days of which period, and what follows.

    Examples
    --------
    >>> from datetime import date
    >>> claim = Claim(ClaimKind.STARTED, Bearing.CONTRADICTS, 4, 4, 5, date(2024, 1, 1), date(2024, 12, 31), Basis.OVERGROWN)
    >>> state(claim).en
    'Reported as started: on 4 of 4 usable dates (5 in all) from 2024-01-01 to 2024-12-31 vegetation covers the land, nothing was built; the imagery contradicts this.'
    """
    said, bearing, basis = _CLAIMS[claim.kind], _BEARINGS[claim.bearing], _BASES[claim.basis]
    period = f"{claim.since} 至 {claim.until}", f"from {claim.since} to {claim.until}"
    dates_zh = f"可用影像 {claim.usable} 期（共 {claim.in_period} 期）"
    dates_en = f"{claim.usable} usable dates ({claim.in_period} in all)"
    if claim.basis in (Basis.OVERGROWN, Basis.NOT_ALL_OVERGROWN, Basis.VEGETATION_LIMITS):
        dates_zh += f"，其中 {claim.showing} 期"
        dates_en = f"{claim.showing} of {dates_en}"
    return Statement(
        zh=f"{said[0]}：{period[0]}，{dates_zh}{basis[0]}；{bearing[0]}。",
        en=f"{said[1]}: on {dates_en} {period[1]} {basis[1]}; {bearing[1]}.",
    )
