"""Code tables that a bureau gives itself: stored as they come, and looked up by whoever reads codes."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, Select, select, update
from sqlalchemy.orm import Session

from app.code_tables.errors import StandardTableError
from app.db.models import LocalCodeTable
from app.db.sessions import write_session
from gis.formats.local_codes import read_local_codes
from gis.landuse.codes import CodeVersion, ConstructionStatus
from gis.landuse.local_codes import LocalCodes

__all__ = ["current_tables", "describe_table", "keep_table", "said_by"]


def keep_table(engine: Engine, path: Path, name: str, *, actor: str) -> dict[str, Any]:
    """Read a file and make it the table of a name; a former one stays, for the results that stand on it.

    Returns
    -------
    dict
        As :func:`describe_table`; ``is_new`` is False where the same is the table already.

    Raises
    ------
    TableRefusedError
        If the file is no such table.
    StandardTableError
        If a standard has this name.
    """
    if _is_standard(name):
        raise StandardTableError(name)
    codes = [
        {"code": code.code, "construction_status": code.construction_status.value, "name": code.name}
        for code in read_local_codes(path)
    ]
    digest = hashlib.sha256(json.dumps(codes, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    with write_session(engine, actor=actor) as session:
        former = session.scalar(_current().where(LocalCodeTable.name == name))
        if former is not None and former.sha256 == digest:
            return describe_table(former) | {"is_new": False}
        session.execute(
            update(LocalCodeTable)
            .where(LocalCodeTable.name == name, LocalCodeTable.is_current)
            .values(is_current=False)
        )
        row = LocalCodeTable(
            name=name, codes=codes, sha256=digest, source_name=path.name, is_current=True, recorded_by=actor
        )
        session.add(row)
        session.flush()
        return describe_table(row) | {"is_new": True}


def current_tables(session: Session) -> list[LocalCodeTable]:
    """Return the tables that hold now, by their names."""
    return list(session.scalars(_current().order_by(LocalCodeTable.name)))


def describe_table(row: LocalCodeTable) -> dict[str, Any]:
    """Return a table as it is told, and stored with what stands on it."""
    return {
        "code_version": row.name,
        "sha256": row.sha256,
        "source": row.source_name,
        "codes": {code["code"]: code["construction_status"] for code in row.codes},
    }


def said_by(tables: Iterable[dict[str, Any]]) -> LocalCodes:
    """Return what tables say, as :func:`describe_table` tells of them."""
    return {
        table["code_version"]: {code: ConstructionStatus(status) for code, status in table["codes"].items()}
        for table in tables
    }


def _current() -> Select[LocalCodeTable]:
    return select(LocalCodeTable).where(LocalCodeTable.is_current)


def _is_standard(name: str) -> bool:
    try:
        CodeVersion(name)
    except ValueError:
        return False
    return True
