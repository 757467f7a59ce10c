"""The numbers of the disposal of idle land as one set of parameter rows in force."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Self

from gis.rules import NATIONAL, ParameterRow, ParameterSet


@dataclass(frozen=True, slots=True)
class DisposalNumbers:
    """Periods, rates and limits of Order 53 on one day, with the rows they were taken from."""

    idle_after_years: int
    suspended_after_years: int
    recovery_after_years: int
    fee_rate: Decimal
    fee_places: int
    survey_days: int
    evidence_days: int
    fee_payment_days: int
    deregistration_days: int
    extension_max_years: int
    temporary_use_max_years: int
    hearing_request_days: int
    review_days: int
    lawsuit_months: int
    reminder_before_days: int
    amber_after_months: int
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

        Raises
        ------
        ParameterNotInForceError
            When a number is missing, such as before 2012-07-01.
        """
        rows = {name: parameters.row(f"idle.{name}", as_of=as_of, region=region) for name in _NUMBERS}
        values = {name: row.value if name == "fee_rate" else row.integer for name, row in rows.items()}
        return cls(**values, rows=tuple(rows.values()))  # type: ignore[arg-type]

    def cite(self, name: str) -> str:
        """Return the document and article of a number."""
        return next(row.citation for row in self.rows if row.key == f"idle.{name}")


_NUMBERS = tuple(name for name in DisposalNumbers.__dataclass_fields__ if name != "rows")
