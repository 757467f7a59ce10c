"""Make the ledger as a file."""

from datetime import date
from enum import StrEnum

from sqlalchemy.orm import Session

from app.cases.ledger import ledger_rows, read_ledger, read_suspects, suspect_rows
from app.cases.ledger_files import rate_rows, write_csv, write_workbook
from app.clock import today
from app.idle.errors import NoContractsError
from app.idle.reporting import idle_statistics


class LedgerFormat(StrEnum):
    """The files that a ledger is written to."""

    XLSX = "xlsx"
    CSV = "csv"


MEDIA_TYPES = {
    LedgerFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    LedgerFormat.CSV: "text/csv; charset=utf-8",
}


def make_ledger(session: Session, kind: LedgerFormat, *, office: str = "", as_of: date | None = None) -> bytes:
    """Write the ledger with all cases; a workbook also has what is suspected beyond them, and the rates.

    Parameters
    ----------
    session : Session
    kind : LedgerFormat
    office : str, optional
        Who fills it in.
    as_of : date, optional
        Day of the rates, today when left out.
    """
    rows = ledger_rows(read_ledger(session))
    if kind is LedgerFormat.CSV:
        return write_csv(rows)
    day = as_of or today()
    try:
        rates = rate_rows(idle_statistics(session, as_of=day))
    except NoContractsError:
        rates = []
    return write_workbook(rows, suspect_rows(read_suspects(session)), rates, office=office, as_of=day)
