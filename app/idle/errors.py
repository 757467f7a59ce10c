"""What can go wrong with idle land."""

from collections.abc import Iterable

from app.errors import AppError


class UnknownTableKindError(AppError):
    """A table of a kind that nobody knows was delivered."""

    def __init__(self, kind: str, known: Iterable[str]) -> None:
        super().__init__(
            "unknown-table-kind",
            "Unknown kind of table",
            422,
            f"There is no kind of table {kind!r}. Kinds are {', '.join(known)}.",
        )


class NothingReadError(AppError):
    """Not one row of a delivered table could be read; what was there before stays the current delivery."""

    def __init__(self, file: str, errors: list[str]) -> None:
        detail = f"No row of {file} could be read, so nothing was stored."
        if errors:
            detail += f" The first of {len(errors)} errors: {errors[0]}."
        super().__init__("nothing-read", "Nothing could be read", 422, detail, errors=errors[:100])


class NoContractsError(AppError):
    """A scan needs contracts."""

    def __init__(self) -> None:
        super().__init__(
            "no-contracts",
            "No contracts",
            409,
            "No table of contracts has been imported, so nothing is known about idle land. "
            "Import one: duogui idle import FILE --kind contracts.",
        )
