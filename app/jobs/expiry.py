"""Delete jobs that ended long ago, with what they found and the files that they wrote."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import structlog
from sqlalchemy import Engine

from app.db.sessions import write_session
from app.jobs import repository
from app.jobs.files import WRITTEN, remove_folder
from app.jobs.kinds import LAYER_IMPORT, SHEETS

log = structlog.get_logger(__name__)

DELETED_BY: Final = "duogui"
#: An import is what its version came from.
KEPT: Final = (LAYER_IMPORT,)


def is_kept(kind: str) -> bool:
    """Whether jobs of a kind are never deleted."""
    return kind in KEPT


def delete_old_jobs(engine: Engine, *, kept_days: int) -> int:
    """Delete jobs that ended more than so many days ago; return how many there were."""
    with write_session(engine, actor=DELETED_BY) as session:
        old = repository.delete_ended(session, kept_days=kept_days, kept_kinds=KEPT)
    for kind, inputs in old:
        _remove_files(kind, inputs)
    if old:
        log.info("jobs.expired", count=len(old))
    return len(old)


def _remove_files(kind: str, inputs: Mapping[str, Any]) -> None:
    remove_folder(inputs, WRITTEN)
    if kind == SHEETS:
        archive = Path(inputs["data_dir"]) / "extracts" / f"{inputs['archive']}.zip"
        archive.unlink(missing_ok=True)
