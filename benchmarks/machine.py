"""What the numbers were measured on."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psycopg
import shapely

__all__ = ["describe_machine", "load_average", "postgis_versions"]

_PACKAGES: Final = ("shapely", "geopandas", "numpy", "pandas", "pyproj", "psycopg", "duckdb", "sedonadb")
_GIB = 1024**3


def describe_machine() -> dict[str, str]:
    """Return processor, cores, memory and versions, by name."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    return {
        "processor": _processor(),
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.1f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "Python": platform.python_version(),
        "allocator": _allocator(),
        "GEOS": ".".join(map(str, shapely.geos_version)),
        **{package: _version(package) for package in _PACKAGES},
    }


def postgis_versions(postgres: str) -> dict[str, str]:
    """Return the versions of the database server and what of its settings matters."""
    with psycopg.connect(postgres) as connection:
        statement = "select current_setting('server_version'), postgis_lib_version(), postgis_geos_version()"
        row = connection.execute(statement).fetchone()
        settings = "max_parallel_workers_per_gather", "shared_buffers", "work_mem", "fsync", "synchronous_commit"
        values = {name: connection.execute(f"show {name}").fetchone() for name in settings}
    assert row is not None
    told = ", ".join(f"{name} {value[0]}" for name, value in values.items() if value is not None)
    return {"PostgreSQL": f"{row[0]} ({told})", "PostGIS": f"{row[1]}, GEOS {row[2]}"}


def load_average() -> str:
    """Return how many processes wanted a processor in the last 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _allocator() -> str:
    """Return what gives memory to Python and GEOS; the database server has that of the C library."""
    return "jemalloc" if "libjemalloc" in Path("/proc/self/maps").read_text(encoding="utf-8") else "C library"


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
