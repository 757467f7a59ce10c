"""The folders of single jobs: what was uploaded for them and what they wrote."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event

from app.db.models import Job
from app.db.sessions import WriteSession

#: Where folders of single jobs stand that they wrote into.
WRITTEN: Final = frozenset({"results", "exports"})
UPLOADED: Final = frozenset({"uploads"})


def remove_folder(inputs: Mapping[str, Any], among: frozenset[str]) -> None:
    """Delete the folder of a job, if it has one that stands in one of these."""
    folder = Path(inputs["folder"]) if "folder" in inputs else None
    if folder is not None and folder.parent.name in among:
        shutil.rmtree(folder, ignore_errors=True)


def remove_folder_after(session: WriteSession, job: Job) -> None:
    """Delete the folder of a job once the transaction is committed after which nobody needs it."""
    inputs = dict(job.inputs)

    @event.listens_for(session, "after_commit", once=True)
    def remove(_session: object) -> None:
        remove_folder(inputs, WRITTEN | UPLOADED)
