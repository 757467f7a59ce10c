"""Serve a database on any port, as a process of its own: GDAL reads while it holds Python's lock.

Arguments: database URL, data folder, file that gets the address and then a line for each request.
"""

import socket
import sys
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.db.engine import make_service_engine
from app.main import create_app
from app.settings import Settings

MAX_LIMIT = 500


class Recorder:
    """Note every request on its way in."""

    def __init__(self, app: ASGIApp, log: Path) -> None:
        self.app = app
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            query = scope["query_string"].decode()
            with self.log.open("a", encoding="utf-8") as file:
                file.write(scope["path"] + (f"?{query}" if query else "") + "\n")
        await self.app(scope, receive, send)


def main(database_url: str, data_dir: str, log: Path) -> None:
    settings = Settings(data_dir=Path(data_dir), pool_size=4, max_items_limit=MAX_LIMIT)
    engine = make_service_engine(database_url, settings)
    config = uvicorn.Config(Recorder(create_app(settings, engine), log), log_config=None, proxy_headers=False)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        log.write_text(f"http://{host}:{port}\n", encoding="utf-8")
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
