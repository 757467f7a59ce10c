"""Serve a database by one of the servers that are compared, until whoever started this process is gone.

Arguments: the server, the connection string, a folder for data, a file that gets the address.
"""

import os
import socket
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any
from urllib.parse import quote

import uvicorn
from psycopg.conninfo import conninfo_to_dict

#: Where tipg looks for its tables.
PEER_SCHEMA = "peer"


def duogui(conninfo: str, folder: Path) -> Any:  # noqa: ANN401 - an ASGI application
    """Return this project's service with the settings and the log that it has by itself; DUOGUI_* says otherwise."""
    from app.db.engine import make_service_engine  # noqa: PLC0415 - not in the memory of the peer
    from app.logs import configure_logging  # noqa: PLC0415
    from app.main import create_app  # noqa: PLC0415
    from app.settings import Settings  # noqa: PLC0415
    from benchmarks.intake import engine_url  # noqa: PLC0415

    configure_logging("production")
    settings = Settings(data_dir=folder)
    return create_app(settings, make_service_engine(engine_url(conninfo), settings))


def tipg(conninfo: str, _folder: Path) -> Any:  # noqa: ANN401 - an ASGI application
    """Return tipg with the settings it has by itself."""
    options = conninfo_to_dict(conninfo)
    # Its settings want a host in the address, and the driver takes a socket's folder for one.
    host = quote(str(options["host"]), safe="")
    url = f"postgresql://{options['user']}@{host}:{options['port']}/{options['dbname']}"
    os.environ.update(DATABASE_URL=url, TIPG_DB_SCHEMAS=f'["{PEER_SCHEMA}"]', TIPG_CATALOG_TTL="0")
    # It reads its settings from the folder it is started in, too.
    os.chdir(tempfile.gettempdir())
    from tipg.main import app  # noqa: PLC0415

    return app


def main(server: str, conninfo: str, folder: str, said: str) -> None:
    threading.Thread(target=_end_with_the_caller, daemon=True).start()
    application = {"duogui": duogui, "tipg": tipg}[server](conninfo, Path(folder))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        # Whoever measures gets ready between two requests.
        config = uvicorn.Config(
            application, log_level="error", access_log=False, proxy_headers=False, timeout_keep_alive=600
        )
        Path(said).write_text(f"{listener.getsockname()[1]}\n", encoding="ascii")
        uvicorn.Server(config).run(sockets=[listener])


def _end_with_the_caller() -> None:
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
