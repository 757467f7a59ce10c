"""Make the ledger as a file."""

from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from app.cases.ledger import Cell, ledger_rows, read_ledger, read_suspects, suspect_rows
from app.cases.ledger_files import rate_rows, write_csv, write_workbook
from app.clock import today
from app.idle.errors import NoContractsError
from app.idle.reporting import AT_ONCE, count_contracts, idle_statistics
from app.jobs.kinds import IDLE_STATISTICS


class LedgerFormat(StrEnum):
    """The files that a ledger is written to."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    LedgerFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    LedgerFormat.CSV: "text/csv; charset=utf-8",
}

_LEFT_TO_A_JOB: list[list[Cell]] = [
    [f"合同超过 {AT_ONCE:,} 份，比率由流程 {IDLE_STATISTICS} 计算"],
    [f"There are more than {AT_ONCE:,} contracts: the process {IDLE_STATISTICS} measures the rates"],
]


def make_ledger(
    session: Session, kind: LedgerFormat, *, office: str = "", as_of: date | None = None, at_once: bool = False
) -> bytes:
    """Write the ledger with all cases; a workbook also has what is suspected beyond them, and the rates.

    Parameters
    ----------
    session : Session
    kind : LedgerFormat
    office : str, optional
        Who fills it in.
    as_of : date, optional
        Day of the rates, today when left out.
    at_once : bool, optional
        Leave the rates of a great many contracts to the process that measures them.
    """
    rows = ledger_rows(read_ledger(session))
    if kind is LedgerFormat.CSV:
        return write_csv(rows)
    day = as_of or today()
    rates = _LEFT_TO_A_JOB if at_once and count_contracts(session) > AT_ONCE else _rates(session, day)
    return write_workbook(rows, suspect_rows(read_suspects(session)), rates, office=office, as_of=day)


def _rates(session: Session, day: date) -> list[list[Cell]]:
    try:
        return rate_rows(idle_statistics(session, as_of=day))
    except NoContractsError:
        return []
