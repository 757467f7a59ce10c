"""What a plan says of the ground in the one question that all plans answer: construction land or not."""

from collections.abc import Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from gis.arrays import IntArray
from gis.flatten import FlatLayer
from gis.landuse.codes import ConstructionStatus, construction_status, nearest_code
from gis.landuse.local_codes import LocalCodes

__all__ = ["PlanStatus", "is_code_known", "piece_codes", "piece_statuses", "plan_statuses"]

#: Between the codes of several zones of one plan on the same ground.
CODES_JOINED_BY = "+"


class PlanStatus(IntEnum):
    """What one plan says of one place (建设用地与否)."""

    NO_DATA = 0  # 无数据: the plan does not reach here, or its code says nothing
    NON_CONSTRUCTION = 1  # 非建设用地
    CONSTRUCTION = 2  # 建设用地
    CONTRADICTION = 3  # 自相矛盾: zones of the plan overlap, and one is construction land and the other is not


_STATUS = {
    ConstructionStatus.NO_DATA: PlanStatus.NO_DATA,
    ConstructionStatus.NON_CONSTRUCTION: PlanStatus.NON_CONSTRUCTION,
    ConstructionStatus.CONSTRUCTION: PlanStatus.CONSTRUCTION,
}


def plan_statuses(
    codes: Sequence[str | None], code_versions: Sequence[str | None], local: LocalCodes | None = None
) -> IntArray:
    """Tell for each zone of a plan whether it is construction land.

    Parameters
    ----------
    codes, code_versions : sequence of str or None, length n
        A zone without a code, or whose code or table is not known, is no data: never non-construction.
    local : mapping, optional
        Tables beside the standards.

    Returns
    -------
    ndarray of int64, shape (n,)
        :class:`PlanStatus`, never ``CONTRADICTION``.

    Examples
    --------
    >>> plan_statuses(["R2", "E2", None, "0601"], ["GB 50137-2011", "GB 50137-2011", "GB 50137-2011", None]).tolist()
    [2, 1, 0, 0]
    >>> plan_statuses(["C-2"], ["our zoning"], {"our zoning": {"C-2": ConstructionStatus.CONSTRUCTION}}).tolist()
    [2]
    """
    pairs = list(zip(codes, code_versions, strict=True))
    known = {pair: _status(*pair, local or {}) for pair in set(pairs)}
    return np.array([known[pair] for pair in pairs], dtype=np.int64)


def _status(code: object, version: object, local: LocalCodes) -> PlanStatus:
    # pandas writes a missing text as NaN.
    if not isinstance(code, str) or not isinstance(version, str) or not is_code_known(code, version, local):
        return PlanStatus.NO_DATA
    said = local.get(version)
    return _STATUS[construction_status(code, version) if said is None else said[code.strip()]]


def is_code_known(code: str | None, code_version: str | None, local: LocalCodes | None = None) -> bool:
    """Tell whether a code, or one above it, is in a code table that is known; in a local one, the code itself.

    Examples
    --------
    >>> is_code_known("R2", "GB 50137-2011"), is_code_known("R2", "Cambridge zoning"), is_code_known(None, None)
    (True, False, False)
    """
    if code is None or code_version is None:
        return False
    if local is not None and code_version in local:
        return code.strip() in local[code_version]
    try:
        return nearest_code(code, code_version) is not None
    except ValueError:
        # No such table.
        return False


def piece_statuses(flat: FlatLayer, statuses: IntArray) -> IntArray:
    """Tell what a plan says of each of its pieces, where several of its zones may lie.

    Zones that agree say one thing. One without a code leaves it open what holds, unless others contradict each other anyway.

    Parameters
    ----------
    flat : FlatLayer
        With p pieces of n zones.
    statuses : ndarray of int64, shape (n,)
        Of the zones.

    Returns
    -------
    ndarray of int64, shape (p,)
    """
    piece, zone = flat.memberships.T
    said = np.zeros((len(flat.pieces), len(PlanStatus)), dtype=bool)
    said[piece, statuses[zone]] = True
    result = np.full(len(flat.pieces), PlanStatus.NO_DATA.value, dtype=np.int64)
    for status in (PlanStatus.NON_CONSTRUCTION, PlanStatus.CONSTRUCTION):
        result[said[:, status] & ~said[:, PlanStatus.NO_DATA]] = status
    result[said[:, PlanStatus.NON_CONSTRUCTION] & said[:, PlanStatus.CONSTRUCTION]] = PlanStatus.CONTRADICTION
    return result


def piece_codes(flat: FlatLayer, codes: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Return the code of each piece; the different codes of several zones are joined by a plus sign, in their order.

    Parameters
    ----------
    flat : FlatLayer
        With p pieces of n zones.
    codes : ndarray of str, shape (n,)
        Empty where a zone has none.

    Returns
    -------
    ndarray of object, shape (p,)
        Empty where no zone of the piece has a code.

    Examples
    --------
    >>> import numpy as np
    >>> flat = FlatLayer(np.array([None, None], dtype=object), np.array([[0, 0], [1, 0], [1, 1]]))
    >>> piece_codes(flat, np.array(["R2", "M1"], dtype=object)).tolist()
    ['R2', 'M1+R2']
    """
    result = np.full(len(flat.pieces), "", dtype=object)
    single = flat.member_counts()[flat.memberships[:, 0]] == 1
    piece, zone = flat.memberships[single].T
    result[piece] = codes[zone]
    several: dict[int, set[str]] = {}
    for at, member in flat.memberships[~single].tolist():
        several.setdefault(at, set()).add(codes[member])
    for at, different in several.items():
        result[at] = CODES_JOINED_BY.join(sorted(different - {""}))
    return result
