"""Numbers of the law as rows with their source, and the choice of the row in force."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Final

from pydantic import Field, StringConstraints

from gis.errors import GisError
from gis.rules.sources import NATIONAL, InForce, shorten_region


class ParameterNotInForceError(GisError):
    """No row of a parameter is in force on the day and in the region asked for."""


class AmbiguousParameterError(GisError):
    """Two rows of a parameter claim the same region from the same day."""


class ParameterRow(InForce):
    """One number of the law: value, unit, source, period and status."""

    key: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")]
    value: Decimal = Field(description="Exact; written as a string in JSON")
    unit: Annotated[str, StringConstraints(min_length=1)]
    note: str = ""

    @cached_property
    def row_id(self) -> str:
        """Name of the row in stored results: key, region and first day in force."""
        return f"{self.key}@{self.region}@{self.valid_from or 'always'}"

    @cached_property
    def integer(self) -> int:
        """The value as a whole number (years, days, counts).

        Raises
        ------
        ValueError
            When the value is not whole.
        """
        if self.value != int(self.value):
            raise ValueError(f"parameter {self.key} must be a whole number, row {self.row_id} says {self.value}")
        return int(self.value)


_MOST_PICKED: Final = 20_000


class ParameterSet:
    """Parameter rows with the choice of the one in force.

    Parameters
    ----------
    rows : iterable of ParameterRow
        The catalogue's rows and a bureau's own; a bureau's row of its region goes before the national one.

    Raises
    ------
    AmbiguousParameterError
        When two rows share key, region and first day in force.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.rules import ParameterSet, load_catalog
    >>> parameters = ParameterSet(load_catalog().parameters)
    >>> parameters.row("idle.recovery_after_years", as_of=date(2025, 1, 1)).value
    Decimal('2')
    """

    def __init__(self, rows: Iterable[ParameterRow]) -> None:
        self._rows: dict[str, list[ParameterRow]] = defaultdict(list)
        # The rows never change, and a run asks for the same few of them for every finding.
        self._picked: dict[tuple[str, date, str], ParameterRow] = {}
        self._picked_together: dict[tuple[tuple[str, ...], date, str], tuple[ParameterRow, ...]] = {}
        seen: set[str] = set()
        for row in rows:
            if row.row_id in seen:
                raise AmbiguousParameterError(f"two rows are named {row.row_id}")
            seen.add(row.row_id)
            self._rows[row.key].append(row)

    def __iter__(self) -> Iterator[ParameterRow]:
        for rows in self._rows.values():
            yield from rows

    def row(self, key: str, *, as_of: date, region: str = NATIONAL) -> ParameterRow:
        """Pick the row in force: most specific region first, then the latest start; national rows are the fallback.

        Parameters
        ----------
        key : str
        as_of : date
            The day whose law is asked for.
        region : str, optional
            ``CN`` or a GB/T 2260 code of 2, 4 or 6 digits.

        Returns
        -------
        ParameterRow

        Raises
        ------
        ParameterNotInForceError
            When no row of the key is in force there and then: a missing number is never read as zero.
        """
        wanted = (key, as_of, region)
        picked = self._picked.get(wanted)
        if picked is None:
            picked = self._pick(key, as_of, region)
            # A set may live as long as the service, which is asked about any day and region.
            if len(self._picked) >= _MOST_PICKED:
                self._picked.clear()
            self._picked[wanted] = picked
        return picked

    def rows(self, keys: tuple[str, ...], *, as_of: date, region: str = NATIONAL) -> tuple[ParameterRow, ...]:
        """Pick the rows in force of several keys, in their order; see :meth:`row`.

        Raises
        ------
        ParameterNotInForceError
        """
        wanted = (keys, as_of, region)
        picked = self._picked_together.get(wanted)
        if picked is None:
            picked = tuple(self.row(key, as_of=as_of, region=region) for key in keys)
            if len(self._picked_together) >= _MOST_PICKED:
                self._picked_together.clear()
            self._picked_together[wanted] = picked
        return picked

    def _pick(self, key: str, as_of: date, region: str) -> ParameterRow:
        in_force = [row for row in self._rows.get(key, ()) if row.is_in_force(as_of) and row.applies_in(region)]
        if not in_force:
            known = "; ".join(_where_and_when(row) for row in self._rows.get(key, ()))
            message = (
                f"No value of {key} is in force on {as_of} in region {region}; there is "
                f"{known or 'no row at all'}. Choose another day, or add a row for then and there."
            )
            raise ParameterNotInForceError(message)
        return max(in_force, key=_precedence)


def _where_and_when(row: ParameterRow) -> str:
    return f"one in {row.region} from {row.valid_from or 'always'} to {row.valid_to or 'now'}"


def _precedence(row: ParameterRow) -> tuple[int, date]:
    specificity = 0 if row.region == NATIONAL else len(shorten_region(row.region))
    return specificity, row.valid_from or date.min
