"""The numbers of idle-land law as one set of parameter rows in force."""

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Self

from gis.rules import NATIONAL, ParameterRow, ParameterSet


@dataclass(frozen=True, slots=True)
class IdleThresholds:
    """Thresholds of Order 53 arts. 2, 22 and 30, with the rows they were taken from."""

    idle_after_years: int
    suspended_after_years: int
    developed_share: Fraction
    invested_share: Fraction
    foundation_share: Fraction
    years_after_delivery: int
    rows: tuple[ParameterRow, ...]

    @classmethod
    def in_force(cls, parameters: ParameterSet, *, as_of: date, region: str = NATIONAL) -> Self:
        """Pick the rows in force.

        Parameters
        ----------
        parameters : ParameterSet
        as_of : date
        region : str, optional
            Administrative code of the land.

        Returns
        -------
        IdleThresholds

        Raises
        ------
        ParameterNotInForceError
            When a number is missing, such as before 2012-07-01.
        """
        rows = {key: parameters.row(key, as_of=as_of, region=region) for key in _KEYS}

        def share(name: str) -> Fraction:
            return Fraction(rows[f"{name}_numerator"].integer, rows[f"{name}_denominator"].integer)

        return cls(
            idle_after_years=rows["idle.idle_after_years"].integer,
            suspended_after_years=rows["idle.suspended_after_years"].integer,
            developed_share=share("idle.developed_share"),
            invested_share=Fraction(rows["idle.invested_share"].value),
            foundation_share=share("idle.foundation_share"),
            years_after_delivery=rows["idle.start_after_delivery_years"].integer,
            rows=tuple(rows.values()),
        )

    def row(self, key: str) -> ParameterRow:
        """Look up one of the rows, to cite it."""
        return self.rows[_KEYS.index(key)]


_KEYS = (
    "idle.idle_after_years",
    "idle.suspended_after_years",
    "idle.developed_share_numerator",
    "idle.developed_share_denominator",
    "idle.invested_share",
    "idle.foundation_share_numerator",
    "idle.foundation_share_denominator",
    "idle.start_after_delivery_years",
)
