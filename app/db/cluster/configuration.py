"""The server's configuration files, written anew at every start."""

import os
from pathlib import Path
from typing import BinaryIO

from app.db.cluster.account import ServerAccount

OWNER_ROLE = "duogui"
ADMIN_ROLE = "postgres"
PORT = 5432
MIB = 1024 * 1024
LOG = "server.log"
FULL_LOG_BYTES = 16 * MIB
LINES_TOLD = 6


def write_configuration(
    data_folder: Path, account: ServerAccount, *, service_user: str, socket_folder: Path, durable: bool
) -> None:
    """Write ``postgresql.conf``, ``pg_hba.conf`` and ``pg_ident.conf``.

    An operator's own settings go into ``local.conf`` beside them, which is read last and never touched.
    """
    texts = {
        "postgresql.conf": _settings_text(socket_folder, durable=durable),
        "pg_hba.conf": _rules_text(),
        "pg_ident.conf": _users_text(account.name, service_user),
    }
    for name, text in texts.items():
        draft = data_folder / f"{name}.new"
        with os.fdopen(account.open_file(draft, os.O_TRUNC), "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(data_folder / name)


def open_log(data_folder: Path, account: ServerAccount) -> BinaryIO:
    """Open the server's log for the output of a start, a full one being put aside first."""
    path = data_folder / LOG
    if path.exists() and path.stat().st_size > FULL_LOG_BYTES:
        path.replace(path.with_suffix(".log.old"))
    log = os.fdopen(account.open_file(path, os.O_APPEND), "ab")
    log.seek(0, os.SEEK_END)
    return log


def read_log(data_folder: Path, since: int) -> str:
    """Return what the server wrote after byte ``since``, in one line for an error message."""
    with (data_folder / LOG).open("rb") as log:
        log.seek(since)
        lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    return " | ".join(lines[-LINES_TOLD:])


def _settings_text(socket_folder: Path, *, durable: bool) -> str:
    memory_mib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // MIB
    settings = {
        "listen_addresses": "''",
        "port": str(PORT),
        "unix_socket_directories": _quoted(str(socket_folder)),
        "unix_socket_permissions": "0700",
        # Several services and their workers may share one cluster, each with a pool of its own.
        "max_connections": "200",
        # A tenth of the memory serves a district; the kernel's cache does the rest.
        "shared_buffers": f"{min(max(memory_mib // 10, 64), 2048)}MB",
        "effective_cache_size": f"{max(memory_mib // 2, 128)}MB",
        "work_mem": f"{min(max(memory_mib // 256, 8), 64)}MB",
        "maintenance_work_mem": f"{min(max(memory_mib // 32, 64), 512)}MB",
        "random_page_cost": "1.1",
        "effective_io_concurrency": "200",
        # PostGIS's planner costs make JIT compile short queries for longer than they run.
        "jit": "off",
        # Nothing replicates this cluster; bulk loads then write less log.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "2GB",
        "wal_compression": "on",
        "log_line_prefix": "'%m [%p] %q%a '",
        # Statements and row details hold names and coordinates.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_timezone": "'UTC'",
        "timezone": "'UTC'",
        "datestyle": "'iso, ymd'",
        "lc_messages": "'C'",
        "default_text_search_config": "'pg_catalog.simple'",
    }
    if not durable:
        # Commits still wait for the write, so that killing processes loses nothing; only a power cut may.
        settings |= {"fsync": "off", "full_page_writes": "off"}
    body = "\n".join(f"{name} = {value}" for name, value in settings.items())
    return f"# Written by duogui at every start; your own settings belong in local.conf.\n{body}\ninclude_if_exists = 'local.conf'\n"


def _rules_text() -> str:
    """Let in the two roles over the socket, and nobody else in any other way."""
    return f"local all {ADMIN_ROLE} peer map=duogui\nlocal all {OWNER_ROLE} peer map=duogui\n"


def _users_text(server_account: str, service_user: str) -> str:
    pairs = {
        (service_user, OWNER_ROLE),
        (server_account, OWNER_ROLE),
        (server_account, ADMIN_ROLE),
        ("root", OWNER_ROLE),
    }
    return "".join(f'duogui "{user}" {role}\n' for user, role in sorted(pairs))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
