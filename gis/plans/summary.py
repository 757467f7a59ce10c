"""The sums of a comparison: tables whose every cell, row and column closes on the compared area."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np
import numpy.typing as npt
import pandas as pd

from gis.arrays import FloatArray, IntArray
from gis.landuse.codes import LandClass, nearest_code
from gis.measurement import apportion
from gis.plans.comparison import ConflictClass, PlanComparison, conflict_numbers
from gis.plans.statuses import CODES_JOINED_BY, PlanStatus, is_code_known

__all__ = [
    "LAND_CLASS_ROWS",
    "class_areas",
    "close_table",
    "code_matrix",
    "land_class_matrix",
    "plan_areas",
    "status_matrix",
]

_UNCLEAR = "unclear"
#: The land classes as a matrix names them: where a table leaves open which one, or zones that overlap are of several, it is unclear; no data is its own.
LAND_CLASS_ROWS = (*(each.value for each in LandClass), _UNCLEAR, PlanStatus.NO_DATA.name.lower())


def class_areas(comparison: PlanComparison, units: Sequence[str] | None = None) -> pd.DataFrame:
    """Sum the area of each conflict class, for each administrative unit where asked.

    Parameters
    ----------
    comparison : PlanComparison
        Of m cells.
    units : sequence of str, length m, optional
        The unit of each cell.

    Returns
    -------
    DataFrame
        Square metres; columns are the classes there are, rows the units (one row ``all`` when left out).
    """
    if units is None:
        rows, row_names = np.zeros(len(comparison.cells), dtype=np.int64), ["all"]
    else:
        rows, row_names = _numbered(units)
    there, columns = np.unique(conflict_numbers(comparison.statuses), return_inverse=True)
    names = [name.value for name in ConflictClass]
    return _cross(rows, row_names, columns, [names[k] for k in there.tolist()], comparison.areas_m2)


def plan_areas(comparison: PlanComparison) -> pd.DataFrame:
    """Sum what each plan says of the compared area by construction status.

    Parameters
    ----------
    comparison : PlanComparison

    Returns
    -------
    DataFrame
        Square metres; a row for each plan, which sums to the compared area, with the names of :class:`~gis.plans.statuses.PlanStatus` in small letters as
        columns, all of them.

    Examples
    --------
    >>> import numpy as np
    >>> said, nothing = np.array([[2, 1], [2, 0]]), np.zeros(2, dtype=np.int64)
    >>> compared = PlanComparison(("city", "land"), (), np.arange(2), said, said, said, nothing, np.array([3.0, 4.0]))
    >>> plan_areas(compared).loc["land"].to_dict()
    {'no_data': 4.0, 'non_construction': 3.0, 'construction': 0.0, 'contradiction': 0.0}
    """
    sums = [
        np.bincount(column, weights=comparison.areas_m2, minlength=len(PlanStatus)) for column in comparison.statuses.T
    ]
    return pd.DataFrame(sums, index=[*comparison.plans], columns=[status.name.lower() for status in PlanStatus])


def status_matrix(comparison: PlanComparison, first: str, second: str) -> pd.DataFrame:
    """Cross two plans by construction status; missing data is a row and a column of its own.

    Parameters
    ----------
    comparison : PlanComparison
    first, second : str
        Names of two of its plans: the rows and the columns.

    Returns
    -------
    DataFrame
        Square metres, with the names of :class:`~gis.plans.statuses.PlanStatus` in small letters, all of them.
    """
    names = [status.name.lower() for status in PlanStatus]
    rows, across = (comparison.statuses[:, comparison.plans.index(plan)] for plan in (first, second))
    return _cross(rows, names, across, names, comparison.areas_m2)


def code_matrix(comparison: PlanComparison, first: str, second: str) -> pd.DataFrame:
    """Cross two plans by their codes, as they wrote them; an empty name stands for no data.

    Parameters
    ----------
    comparison : PlanComparison
    first, second : str
        Names of two of its plans: the rows and the columns.

    Returns
    -------
    DataFrame
        Square metres.
    """
    rows, across = (_numbered(comparison.codes[:, comparison.plans.index(plan)]) for plan in (first, second))
    return _cross(*rows, *across, comparison.areas_m2)


def land_class_matrix(
    comparison: PlanComparison, first: str, second: str, code_versions: Mapping[str, str | None]
) -> pd.DataFrame:
    """Cross two plans by the land class (三大类) of their codes.

    Parameters
    ----------
    comparison : PlanComparison
    first, second : str
        Names of two of its plans: the rows and the columns.
    code_versions : mapping of str to str or None
        The code table of each of the two.

    Returns
    -------
    DataFrame
        Square metres, with all of :data:`LAND_CLASS_ROWS` as rows and columns.
    """
    rows, across = (_numbered(_land_classes(comparison, plan, code_versions[plan])) for plan in (first, second))
    table = _cross(*rows, *across, comparison.areas_m2)
    return table.reindex(index=[*LAND_CLASS_ROWS], columns=[*LAND_CLASS_ROWS], fill_value=0.0)


def _land_classes(comparison: PlanComparison, plan: str, code_version: str | None) -> list[str]:
    column = comparison.plans.index(plan)
    statuses, codes = comparison.statuses[:, column], comparison.codes[:, column]
    classes = {code: _land_class(code, code_version) for code in set(codes.tolist())}
    return [
        PlanStatus.NO_DATA.name.lower() if status == PlanStatus.NO_DATA else classes[code]
        for status, code in zip(statuses.tolist(), codes.tolist(), strict=True)
    ]


def _land_class(codes: str, code_version: str | None) -> str:
    if code_version is None:
        return _UNCLEAR
    known = [
        nearest_code(code, code_version) for code in codes.split(CODES_JOINED_BY) if is_code_known(code, code_version)
    ]
    classes = {None if code is None else code.land_class for code in known}
    only = classes.pop() if len(classes) == 1 else None
    return _UNCLEAR if only is None else only.value


def close_table(table: pd.DataFrame, *, square_metres_per_unit: float, places: int) -> list[list[Decimal]]:
    """Write a table of areas in a unit so that the rounded numbers sum to the rounded total.

    Parameters
    ----------
    table : DataFrame
        Square metres.
    square_metres_per_unit : float
        10000 for hectares.
    places : int
        Decimal places.

    Returns
    -------
    list of list of Decimal
        In the rows and columns of the table.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame([[3333.0, 3333.0], [3334.0, 0.0]])
    >>> [[str(number) for number in row] for row in close_table(table, square_metres_per_unit=10_000, places=1)]
    [['0.3', '0.3'], ['0.4', '0.0']]
    """
    areas = table.to_numpy(dtype=np.float64) / square_metres_per_unit
    numbers = iter(apportion(areas.ravel(), areas.sum(), places))
    return [[next(numbers) for _ in row] for row in areas]


def _numbered(names: Sequence[str] | npt.NDArray[np.object_]) -> tuple[IntArray, list[str]]:
    """Return the number of each name among the different ones, and these, ascending."""
    numbers, different = pd.factorize(np.asarray(names, dtype=object), sort=True)
    return numbers.astype(np.int64), different.tolist()


def _cross(
    rows: IntArray, row_names: Sequence[str], columns: IntArray, column_names: Sequence[str], areas_m2: FloatArray
) -> pd.DataFrame:
    """Sum areas by the numbers of their rows and columns."""
    # Pandas keeps what adding up a hundred thousand areas would round off.
    sums = pd.Series(areas_m2).groupby(rows * len(column_names) + columns).sum()
    table = np.zeros(len(row_names) * len(column_names))
    table[sums.index.to_numpy()] = sums.to_numpy()
    return pd.DataFrame(table.reshape(len(row_names), -1), index=[*row_names], columns=[*column_names])
