"""The numbers by which scenes are read, as one set of parameter rows in force."""

from dataclasses import dataclass
from datetime import date
from typing import Self

from gis.rules import NATIONAL, ParameterRow, ParameterSet

__all__ = ["ImageryThresholds"]

_KEYS = (
    "vegetated_index_min",
    "overgrown_share_min",
    "valid_share_min",
    "pixels_min",
    "tolerance_share",
    "start_grace_days",
    "recent_days",
    "change_dates_min",
    "change_statistic_min",
)


@dataclass(frozen=True, slots=True)
class ImageryThresholds:
    """When ground counts as vegetated, and when a scene says too little."""

    vegetated_index_min: float
    overgrown_share_min: float
    valid_share_min: float
    pixels_min: int
    tolerance_share: float
    start_grace_days: int
    recent_days: int
    change_dates_min: int
    change_statistic_min: float
    rows: tuple[ParameterRow, ...]

    @classmethod
    def in_force(cls, parameters: ParameterSet, *, as_of: date, region: str = NATIONAL) -> Self:
        """Pick the rows in force.

        Raises
        ------
        ParameterNotInForceError
        """
        rows = {key: parameters.row(f"imagery.{key}", as_of=as_of, region=region) for key in _KEYS}
        return cls(
            vegetated_index_min=float(rows["vegetated_index_min"].value),
            overgrown_share_min=float(rows["overgrown_share_min"].value),
            valid_share_min=float(rows["valid_share_min"].value),
            pixels_min=rows["pixels_min"].integer,
            tolerance_share=float(rows["tolerance_share"].value),
            start_grace_days=rows["start_grace_days"].integer,
            recent_days=rows["recent_days"].integer,
            change_dates_min=rows["change_dates_min"].integer,
            change_statistic_min=float(rows["change_statistic_min"].value),
            rows=tuple(rows.values()),
        )
