"""Tables of enterprises (企业)."""

from dataclasses import dataclass
from pathlib import Path

from gis.formats.headers import texts
from gis.formats.tables import Check, Column, TableContent, TableRow, read_table, unasked


@dataclass(frozen=True, slots=True, kw_only=True)
class EnterpriseRecord:
    """One row of an enterprise table; what is delivered beyond identity and industry is kept in ``facts`` by its header."""

    row: int
    credit_code: str
    name: str
    industry_code: str | None
    facts: dict[str, str]


def read_enterprises(path: Path, check: Check = unasked) -> TableContent[EnterpriseRecord]:
    """Read a table of enterprises.

    Parameters
    ----------
    path : Path
        ``.xlsx`` or ``.csv`` with Chinese headers.
    check : callable, optional
        See :func:`gis.formats.tables.read_table`.

    Returns
    -------
    TableContent of EnterpriseRecord

    Raises
    ------
    TableRefusedError
        When the file has no column for the credit code (统一社会信用代码) or the name (企业名称), or is no table.
    """
    return read_table(path, _COLUMNS, _make_record, unique_field="credit_code", check=check)


def _make_record(row: TableRow) -> EnterpriseRecord:
    return EnterpriseRecord(
        row=row.row,
        credit_code=row.values["credit_code"],
        name=row.values["name"],
        industry_code=row.values.get("industry_code"),
        facts=dict(row.extra),
    )


_COLUMNS = (
    Column("credit_code", texts("统一社会信用代码", "社会信用代码", "信用代码"), is_required=True),
    Column("name", texts("企业名称", "单位名称", "名称"), is_required=True),
    Column("industry_code", texts("行业代码", "国民经济行业代码", "行业分类代码")),
)
