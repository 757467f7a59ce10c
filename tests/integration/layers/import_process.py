"""A process that imports a file, to be killed: ``import_process.py DATABASE_URL FILE CHUNK_ROWS [publish]``."""

import sys
from datetime import date
from pathlib import Path

from app.db.engine import make_engine
from app.layers.delivery import ImportRequest
from app.layers.importing import import_file


def say(done: int, _total: int) -> None:
    """Tell the test how far it is."""
    sys.stdout.write(f"{done}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    request = ImportRequest(
        path=Path(sys.argv[2]),
        to="parcels",
        kind="parcel",
        mapping={"parcel_code": "code"},
        publish="publish" in sys.argv,
        valid_from=date(2026, 1, 1),
    )
    import_file(
        make_engine(sys.argv[1]),
        request,
        actor="test",
        today=date(2026, 6, 30),
        progress=say,
        chunk_rows=int(sys.argv[3]),
    )
