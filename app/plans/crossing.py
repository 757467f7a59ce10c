"""Two plans of a comparison crossed by finer classes than construction land or not: by land class, or code by code."""

from enum import StrEnum
from itertools import combinations
from typing import Any

import pandas as pd
from sqlalchemy.orm import Session

from app.db.parameters import read_parameters
from app.plans.opening import OpenComparison, open_comparison
from app.plans.register_repository import code_versions, require_comparison
from app.plans.summarising import write_areas
from gis.plans.summary import code_matrix, land_class_matrix
from gis.rules import NATIONAL
from gis.rules.sentences import display_rows


class CrossedBy(StrEnum):
    """What two plans are crossed by."""

    LAND_CLASS = "land_class"
    CODE = "code"


def cross_plans(session: Session, comparison_id: int, by: CrossedBy) -> dict[str, Any]:
    """Cross every two plans of a comparison; each table sums to the compared area, with missing data as a row and a column of its own.

    Raises
    ------
    ComparisonNotFoundError, PlansNotComparableError
        Its cells are not stored any more.
    """
    row = require_comparison(session, comparison_id)
    opened = open_comparison(session, row)
    tables = code_versions(session, row)
    versions = dict(zip(opened.cells.plans, tables, strict=True))
    places = display_rows(read_parameters(session), as_of=row.as_of, region=NATIONAL)
    matrices = []
    for first, second in combinations(opened.cells.plans, 2):
        table = _table(opened, first, second, versions, by)
        names = {"row_names": [*map(str, table.index)], "column_names": [*map(str, table.columns)]}
        matrices.append({"rows": first, "columns": second, **names, "areas": write_areas(table, places)})
    return {"plan_comparison_id": comparison_id, "by": by.value, "matrices": matrices}


def _table(
    opened: OpenComparison, first: str, second: str, versions: dict[str, str | None], by: CrossedBy
) -> pd.DataFrame:
    if by is CrossedBy.CODE:
        return code_matrix(opened.cells, first, second).rename(index={"": "no_data"}, columns={"": "no_data"})
    return land_class_matrix(opened.cells, first, second, versions)
