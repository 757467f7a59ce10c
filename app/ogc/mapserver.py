"""MapServer as a child process for one request, in the manner of CGI: it reads a mapfile and the query, and ends."""

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import Final

import structlog

from app.errors import AppError

__all__ = ["MapServerMissingError", "Served", "serve"]

log = structlog.get_logger(__name__)

_PROGRAM: Final = "mapserv"
_END_OF_HEAD: Final = b"\r\n\r\n"
_CONFIGURATION: Final = 'CONFIG\n  ENV\n    MS_MAPFILE "{mapfile}"\n    MS_MAP_NO_PATH "1"\n  END\nEND\n'


class MapServerMissingError(AppError):
    """The program that speaks WFS is not on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "wfs-not-installed",
            "WFS not installed",
            501,
            "WFS needs MapServer 8 on the machine of the service (Debian: mapserver-bin). OGC API - Features at / needs nothing.",
        )


class MapServerFailedError(AppError):
    """It did not answer, or not in time."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "wfs-failed", "WFS failed", 503, f"{reason} Ask for less: bbox, Filter, or count with startIndex."
        )


@dataclass(frozen=True, slots=True)
class Served:
    """What it answered."""

    status: int
    media_type: str
    body: bytes


def serve(mapfile: str, query: str, *, password: str | None, timeout_s: int) -> Served:
    """Let MapServer answer a query string; ``password`` is that of the database.

    Raises
    ------
    MapServerMissingError, MapServerFailedError
    """
    program = shutil.which(_PROGRAM)
    if program is None:
        raise MapServerMissingError
    with tempfile.TemporaryDirectory(prefix="duogui-wfs-") as name:
        folder = Path(name)
        (folder / "wfs.map").write_text(mapfile, encoding="utf-8")
        configuration = folder / "mapserver.conf"
        configuration.write_text(_CONFIGURATION.format(mapfile=folder / "wfs.map"), encoding="utf-8")
        environment = {
            "PATH": "/usr/bin:/bin",
            "LC_ALL": "C.UTF-8",
            "REQUEST_METHOD": "GET",
            "QUERY_STRING": query,
            "MAPSERVER_CONFIG_FILE": str(configuration),
            # Not in the mapfile: in a file it would outlive a crash.
            **({} if password is None else {"PGPASSWORD": password}),
        }
        try:
            done = subprocess.run([program], env=environment, capture_output=True, timeout=timeout_s, check=False)
        except subprocess.TimeoutExpired as error:
            raise MapServerFailedError(f"There was no answer within {timeout_s} s.") from error
    head, _, body = done.stdout.partition(_END_OF_HEAD)
    headers = Parser().parsestr(head.decode(), headersonly=True)
    if "Content-Type" not in headers:
        log.error("wfs.failed", exit_code=done.returncode)
        raise MapServerFailedError("MapServer gave no answer.")
    return Served(int(headers.get("Status", "200").split()[0]), headers["Content-Type"], body)
