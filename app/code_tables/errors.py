"""What there is no table or contract of."""

from app.errors import AppError
from gis.landuse.codes import CodeVersion


class CodeTableNotFoundError(AppError):
    """There is no code table of this name."""

    def __init__(self, name: str) -> None:
        known = ", ".join(version.value for version in CodeVersion)
        super().__init__(
            "code-table-not-found",
            "Code table not found",
            404,
            f"There is no code table {name!r}; there are {known} (blanks, signs and case do not matter).",
        )


class StandardTableError(AppError):
    """A local table would have the name of a standard."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "code-table-is-standard",
            "Code table of a standard",
            409,
            f"{name!r} is the name of a standard, whose codes are known and stay as they are; give the local table another name.",
        )


class LayerContractNotFoundError(AppError):
    """There is no kind of layers of this name."""

    def __init__(self, kind: str, kinds: list[str]) -> None:
        super().__init__(
            "layer-contract-not-found",
            "Kind of layers not found",
            404,
            f"There is no kind of layers {kind!r}; there are {', '.join(kinds)}.",
        )
