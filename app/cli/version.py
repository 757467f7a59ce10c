"""``duogui version``."""

from importlib.metadata import version as package_version

from app.cli.console import out, print_json
from app.cli.options import Json


def version(*, json: Json = False) -> None:
    """Print the version."""
    number = package_version("duogui")
    if json:
        print_json({"version": number})
    else:
        out.print(f"duogui {number}", highlight=False)
