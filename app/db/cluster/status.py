"""What can be said of a private cluster at one moment."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path


class ClusterState(StrEnum):
    """Where the cluster stands between never made and answering."""

    ABSENT = "absent"
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


@dataclass(frozen=True, slots=True)
class ClusterStatus:
    """State, place and versions of a private cluster; what cannot be known in its state is ``None``."""

    state: ClusterState
    data_folder: Path
    postgres_major: int | None = None
    socket_folder: Path | None = None
    pid: int | None = None
    started_at: datetime | None = None
    postgres_version: str | None = None
    postgis_version: str | None = None
    database_bytes: int | None = None
