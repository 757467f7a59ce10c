"""Declared areas against the measured ones: within the tolerance, planar, in another unit, or different."""

import math
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from gis.arrays import BoolArray, FloatArray
from gis.layer_contracts.model import AreaRule
from gis.layer_contracts.parcel_codes import CodeFault

__all__ = ["AreaSums", "equals_planar_area", "find_area_faults"]

# 1 亩 = 2000/3 m², 1 公顷 = 10,000 m².
_UNITS: Final = (("亩", "mu", 2000 / 3), ("公顷", "hectares", 10_000.0), ("平方公里", "square kilometres", 1_000_000.0))


@dataclass(slots=True)
class AreaSums:
    """Sums over the features that declare an area and have one, in m²."""

    declared_count: int = 0
    undeclared_count: int = 0
    planar_count: int = 0
    first_planar_row: int | None = None
    _declared: list[float] = field(default_factory=list)
    _ellipsoid: list[float] = field(default_factory=list)
    _planar: list[float] = field(default_factory=list)

    def add(self, declared: FloatArray, ellipsoid: FloatArray, planar: FloatArray) -> None:
        """Add the features of a batch; NaN where there is no value."""
        measured = np.isfinite(ellipsoid)
        both = measured & np.isfinite(declared)
        self.declared_count += int(both.sum())
        self.undeclared_count += int((measured & ~np.isfinite(declared)).sum())
        self._declared.append(math.fsum(declared[both]))
        self._ellipsoid.append(math.fsum(ellipsoid[both]))
        self._planar.append(math.fsum(planar[both]))

    def as_json(self) -> dict[str, Any]:
        """Return the sums and the residues, declared less measured."""
        declared, ellipsoid, planar = (math.fsum(part) for part in (self._declared, self._ellipsoid, self._planar))
        return {
            "declared_count": self.declared_count,
            "undeclared_count": self.undeclared_count,
            "planar_count": self.planar_count,
            "declared_m2": round(declared, 2),
            "ellipsoid_m2": round(ellipsoid, 2),
            "planar_m2": round(planar, 2),
            "residue_ellipsoid_m2": round(declared - ellipsoid, 2),
            "residue_planar_m2": round(declared - planar, 2),
        }


def find_area_faults(declared: FloatArray, ellipsoid: FloatArray, rule: AreaRule) -> list[tuple[int, CodeFault]]:
    """Compare declared areas with the measured ones.

    Parameters
    ----------
    declared, ellipsoid : ndarray of float64, shape (n,)
        In m²; NaN where there is no value, which is no fault here.
    rule : AreaRule
        An area is right within ``relative_tolerance`` of the ellipsoidal one.

    Returns
    -------
    list of (position, CodeFault)

    Examples
    --------
    >>> import numpy as np
    >>> from gis.layer_contracts import load_contract
    >>> from gis.layer_contracts.areas import find_area_faults
    >>> declared, measured = np.array([9598.04, 9885.99, 14.40]), np.full(3, 9598.04)
    >>> [(position, fault.kind) for position, fault in find_area_faults(declared, measured, load_contract("parcel").area)]
    [(1, 'area_differs'), (2, 'area_other_unit')]
    """
    return [
        (int(row), _different(declared[row], ellipsoid[row], float(rule.relative_tolerance)))
        for row in np.flatnonzero(_is_off(declared, ellipsoid, rule))
    ]


def equals_planar_area(declared: FloatArray, ellipsoid: FloatArray, planar: FloatArray, rule: AreaRule) -> BoolArray:
    """Tell which declared areas are right, but are the planar area to the last digit and not the ellipsoidal one.

    Examples
    --------
    >>> import numpy as np
    >>> from gis.layer_contracts import load_contract
    >>> from gis.layer_contracts.areas import equals_planar_area
    >>> rule = load_contract("parcel").area
    >>> equals_planar_area(np.array([9600.0, 9598.04]), np.full(2, 9598.04), np.full(2, 9600.0), rule).tolist()
    [True, False]
    """
    rounding = float(rule.rounding_m2)
    with np.errstate(invalid="ignore"):
        equal: BoolArray = (np.abs(declared - planar) <= rounding) & (np.abs(declared - ellipsoid) > rounding)
    return equal & ~_is_off(declared, ellipsoid, rule)


def _is_off(declared: FloatArray, ellipsoid: FloatArray, rule: AreaRule) -> BoolArray:
    with np.errstate(invalid="ignore"):
        limit = np.maximum(float(rule.relative_tolerance) * ellipsoid, float(rule.rounding_m2))
        off: BoolArray = np.abs(declared - ellipsoid) > limit
    return off & np.isfinite(declared) & np.isfinite(ellipsoid)


def _different(declared: float, ellipsoid: float, tolerance: float) -> CodeFault:
    found, expected = f"{declared:.2f}", f"{ellipsoid:.2f}"
    for unit_zh, unit_en, size in _UNITS:
        if abs(declared * size - ellipsoid) <= tolerance * ellipsoid:
            return CodeFault("area_other_unit", found, expected, (("unit_zh", unit_zh), ("unit_en", unit_en)))
    difference = declared - ellipsoid
    said = (("difference", f"{difference:+.2f}"), ("percent", f"{difference / ellipsoid * 100:+.2f}"))
    return CodeFault("area_differs", found, expected, said)
