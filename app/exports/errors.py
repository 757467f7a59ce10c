"""What an export refuses."""

from app.errors import AppError


class ExportTooLargeError(AppError):
    """More features than are written while a request waits."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            "export-too-large",
            "Export too large",
            422,
            f"These are {count:,} features; up to {limit:,} are exported in one request. Narrow them by bbox or by a filter, or "
            "use `duogui export` on the server, which has no limit.",
        )
