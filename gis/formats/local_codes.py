"""Files that say of each code of a local table whether it is construction land."""

from pathlib import Path
from typing import Final

from gis.formats.cells import CellValueError, parse_text
from gis.formats.grids import TableRefusedError
from gis.formats.tables import Column, TableRow, read_table
from gis.landuse.codes import ConstructionStatus
from gis.landuse.local_codes import LocalCode

__all__ = ["read_local_codes"]

_STATUSES: Final = {
    "建设用地": ConstructionStatus.CONSTRUCTION,
    "非建设用地": ConstructionStatus.NON_CONSTRUCTION,
    "无数据": ConstructionStatus.NO_DATA,
} | {status.value: status for status in ConstructionStatus}


def read_local_codes(path: Path) -> tuple[LocalCode, ...]:
    """Read what the codes of a local table mean.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.xlsx`` with the columns 代码 (or code) and 建设用地与否 (or construction_status), which says 建设用地, 非建设用地 or 无数据 (or construction,
        non_construction, no_data); 名称 (or name) may be there.

    Returns
    -------
    tuple of LocalCode
        In the order of the file.

    Raises
    ------
    TableRefusedError
        When it is no such table, a code comes twice, or one of its rows cannot be read: half a table would call zones no data that are none.
    """
    content = read_table(path, _COLUMNS, _make_code, unique_field="code")
    faults = [str(error) for row in content.rejected for error in row.errors]
    if faults:
        raise TableRefusedError(f"The code table is not taken: {'; '.join(faults)}.")
    if not content.records:
        raise TableRefusedError(f"{path.name} has no row with a code.")
    return content.records


def _make_code(row: TableRow) -> LocalCode:
    return LocalCode(row.values["code"], row.values["construction_status"], row.values.get("name"))


def _parse_status(cell: object) -> ConstructionStatus:
    status = _STATUSES.get(parse_text(cell).strip().lower())
    if status is None:
        raise CellValueError("建设用地, 非建设用地 or 无数据 (construction, non_construction or no_data)")
    return status


_COLUMNS: Final = (
    Column("code", {"代码": parse_text, "用地代码": parse_text, "code": parse_text}, is_required=True),
    Column(
        "construction_status",
        {"建设用地与否": _parse_status, "类别": _parse_status, "construction_status": _parse_status},
        is_required=True,
    ),
    Column("name", {"名称": parse_text, "name": parse_text}),
)
