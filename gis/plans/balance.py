"""The balance of construction land (建设用地增减平衡): what decisions add to and take from each plan, and what quota that needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from gis.landuse.codes import LandClass, LandUseCode, code_table, nearest_code
from gis.plans.statuses import PlanStatus, is_code_known

__all__ = ["DecidedPatch", "PlanBalance", "balance_construction", "is_agricultural", "is_arable"]

# What the tables call arable land; GB 50137 has no such class.
_ARABLE = "耕地"


@dataclass(frozen=True, slots=True)
class DecidedPatch:
    """A patch with a decision, and what one plan said of it before."""

    area_m2: float
    before: PlanStatus
    code: str
    code_version: str | None
    decided: PlanStatus


@dataclass(frozen=True, slots=True)
class PlanBalance:
    """What decisions do to one plan, in square metres.

    Attributes
    ----------
    added_m2, removed_m2 : float
        Construction land that the plan did not have and gets, and that it had and loses.
    added_agricultural_m2, added_arable_m2 : float
        Of what is added, the part that the plan had as agricultural land, which needs quota for conversion (农用地转用),
        and as arable land, which has to be made up for (耕地占补平衡).
    added_unknown_m2 : float
        Of what is added, the part of which the plan did not say whether it was one of these: its quota is not known.
    unclear_m2 : float
        Where the plan contradicts itself: counted neither as added nor as removed.
    """

    added_m2: float = 0.0
    removed_m2: float = 0.0
    added_agricultural_m2: float = 0.0
    added_arable_m2: float = 0.0
    added_unknown_m2: float = 0.0
    unclear_m2: float = 0.0

    @property
    def net_m2(self) -> float:
        """Return by how much construction land grows; negative where it shrinks."""
        return self.added_m2 - self.removed_m2


def balance_construction(patches: Sequence[DecidedPatch]) -> PlanBalance:
    """Balance the construction land that decisions add to and take from one plan.

    Parameters
    ----------
    patches : sequence of DecidedPatch
        ``decided`` is ``CONSTRUCTION`` or ``NON_CONSTRUCTION``.

    Returns
    -------
    PlanBalance

    References
    ----------
    .. [1] 差异图斑协调: “总量不增”, construction land added = removed.

    Examples
    --------
    >>> lost = DecidedPatch(300.0, PlanStatus.CONSTRUCTION, "2110", "TD/T 1027-2010", PlanStatus.NON_CONSTRUCTION)
    >>> won = DecidedPatch(200.0, PlanStatus.NON_CONSTRUCTION, "1100", "TD/T 1027-2010", PlanStatus.CONSTRUCTION)
    >>> balance = balance_construction([lost, won])
    >>> balance.added_m2, balance.removed_m2, balance.net_m2, balance.added_arable_m2
    (200.0, 300.0, -100.0, 200.0)
    """
    areas = np.array([patch.area_m2 for patch in patches], dtype=np.float64)

    def total(chosen: Sequence[bool]) -> float:
        return float(areas[np.array(chosen, dtype=bool)].sum())

    unclear = [patch.before is PlanStatus.CONTRADICTION for patch in patches]
    added = [
        patch.decided is PlanStatus.CONSTRUCTION and patch.before in {PlanStatus.NON_CONSTRUCTION, PlanStatus.NO_DATA}
        for patch in patches
    ]
    removed = [
        patch.decided is PlanStatus.NON_CONSTRUCTION and patch.before is PlanStatus.CONSTRUCTION for patch in patches
    ]
    farms = [is_agricultural(patch.code, patch.code_version) for patch in patches]
    fields = [is_arable(patch.code, patch.code_version) for patch in patches]
    return PlanBalance(
        added_m2=total(added),
        removed_m2=total(removed),
        added_agricultural_m2=total([new and farm is True for new, farm in zip(added, farms, strict=True)]),
        added_arable_m2=total([new and field is True for new, field in zip(added, fields, strict=True)]),
        added_unknown_m2=total(
            [new and None in pair for new, pair in zip(added, zip(farms, fields, strict=True), strict=True)]
        ),
        unclear_m2=total(unclear),
    )


@cache
def is_agricultural(code: str, code_version: str | None) -> bool | None:
    """Tell whether a code is agricultural land (农用地); None where its table does not say.

    Examples
    --------
    >>> is_agricultural("1100", "TD/T 1027-2010"), is_agricultural("R2", "GB 50137-2011"), is_agricultural("", None)
    (True, False, None)
    """
    if code_version is None or not is_code_known(code, code_version):
        return None
    known = nearest_code(code, code_version)
    return None if known is None or known.land_class is None else known.land_class is LandClass.AGRICULTURAL


@cache
def is_arable(code: str, code_version: str | None) -> bool | None:
    """Tell whether a code is arable land (耕地); None where its table does not say, or only some of it is.

    Examples
    --------
    >>> [is_arable(code, "TD/T 1027-2010") for code in ("1100", "1200", "1000", "2110")]
    [True, False, None, False]
    >>> is_arable("E2", "GB 50137-2011") is None
    True
    """
    agricultural = is_agricultural(code, code_version)
    if agricultural is not True or code_version is None:
        return agricultural
    table = code_table(code_version)
    arable = {name for name, entry in table.items() if entry.name_zh == _ARABLE}
    known = nearest_code(code, code_version)
    above = {} if known is None else _with_ancestors(known, table)
    if arable & above.keys():
        return True
    # A table without arable land, and a class that holds it among others, do not say.
    holds_some = known is not None and any(known.code in _with_ancestors(table[name], table) for name in arable)
    return None if not arable or holds_some else False


def _with_ancestors(known: LandUseCode, table: Mapping[str, LandUseCode]) -> dict[str, LandUseCode]:
    found = {known.code: known}
    while known.parent is not None:
        known = table[known.parent]
        found[known.code] = known
    return found
