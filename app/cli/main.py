"""The ``duogui`` command. Errors are one clear paragraph; exit codes are in ``app.cli.console``.

0 done · 1 failed, or the data has errors · 2 wrong usage · 3 refused for safety · 4 the database cannot be reached
"""

import sys

import psycopg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from app.cli.commands import CommandsOnDemand
from app.cli.console import ExitCode, fail
from app.db.cluster import ClusterError
from app.db.errors import DatabaseUnavailableError, translate_db_errors
from app.errors import AppError
from gis.errors import GisError

app = typer.Typer(
    name="duogui",
    cls=CommandsOnDemand,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def duogui() -> None:
    """Duogui (多规): land-use and zoning GIS: plan integration, hard-line checks and idle land."""


def main() -> None:
    """Run a command; what goes wrong is told in a paragraph, never as a traceback."""
    try:
        with translate_db_errors():
            app()
    except ValidationError as error:
        fail(_settings_paragraph(error), ExitCode.REFUSED)
    except DatabaseUnavailableError as error:
        fail(_with_cause(error), ExitCode.DATABASE_UNAVAILABLE)
    except ClusterError as error:
        fail(str(error), ExitCode.DATABASE_UNAVAILABLE)
    except (AppError, GisError) as error:
        fail(str(error))
    except (SQLAlchemyError, psycopg.Error) as error:
        fail(f"The database refused: {_first_line(error)}")
    except KeyboardInterrupt:
        sys.exit(130)


def _settings_paragraph(error: ValidationError) -> str:
    """Name each setting by its environment variable, what was found and what was expected."""
    problems = [
        f"{'DUOGUI_' + '_'.join(map(str, item['loc'])).upper() if item['loc'] else 'Settings'}: {item['msg']}"
        for item in error.errors(include_url=False)
    ]
    return "The settings are refused. " + "; ".join(problems) + "."


def _first_line(error: SQLAlchemyError | psycopg.Error) -> str:
    """Return what the database says, without the details, which may hold values of rows."""
    driver_error = getattr(error, "orig", error)
    if isinstance(driver_error, psycopg.Error) and driver_error.diag.message_primary:
        return driver_error.diag.message_primary
    return str(error).splitlines()[0]


def _with_cause(error: AppError) -> str:
    cause = str(error.__cause__).splitlines()[0] if error.__cause__ else ""
    return f"{error} {cause}".strip()


if __name__ == "__main__":
    main()
