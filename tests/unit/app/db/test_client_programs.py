"""Which client program is taken, and what it is told."""

from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from app.db.client_programs import ClientProgramMissingError, connection_arguments, find_client_program


def install_imitation(root: Path, major: int) -> Path:
    folder = root / str(major) / "bin"
    folder.mkdir(parents=True)
    program = folder / "pg_dump"
    program.write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {major}.2 (Imitation)'\n")
    program.chmod(0o755)
    return program


def test_the_program_nearest_to_the_server_and_not_older_is_taken(tmp_path: Path) -> None:
    programs = {major: install_imitation(tmp_path, major) for major in (14, 16, 17)}
    patterns = [f"{tmp_path}/*/bin"]

    assert find_client_program("pg_dump", 16, patterns=patterns, search_path="") == programs[16]
    assert find_client_program("pg_dump", 15, patterns=patterns, search_path="") == programs[16]


def test_a_program_on_the_search_path_is_taken_where_there_is_no_other(tmp_path: Path) -> None:
    program = install_imitation(tmp_path, 16)

    assert find_client_program("pg_dump", 15, patterns=[], search_path=str(program.parent)) == program


def test_a_server_newer_than_every_program_is_answered_with_the_package(tmp_path: Path) -> None:
    install_imitation(tmp_path, 14)

    with pytest.raises(ClientProgramMissingError, match="postgresql-client-17"):
        find_client_program("pg_dump", 17, patterns=[f"{tmp_path}/*/bin"], search_path="")


def test_the_password_is_not_on_the_command_line() -> None:
    arguments, environment = connection_arguments(
        "postgresql+psycopg://planner:s%40fe%20word@db.example:6543/zones?sslmode=require"
    )

    assert environment["PGPASSWORD"] == "s@fe word"
    assert "s@fe word" not in " ".join(arguments)
    assert conninfo_to_dict(arguments[1]) == {
        "host": "db.example",
        "port": "6543",
        "user": "planner",
        "dbname": "zones",
        "sslmode": "require",
    }


def test_a_socket_with_spaces_in_its_folder_is_pointed_to() -> None:
    arguments, _ = connection_arguments("postgresql+psycopg://duogui@/duogui?host=%2Frun%2Fa+folder&port=5432")

    assert conninfo_to_dict(arguments[1]) == {
        "host": "/run/a folder",
        "port": "5432",
        "user": "duogui",
        "dbname": "duogui",
    }
