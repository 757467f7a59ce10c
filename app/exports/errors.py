"""What an export refuses."""

from uuid import UUID

from app.errors import AppError


class ExportTooLargeError(AppError):
    """More features than are written while a request waits."""

    def __init__(self, count: int, limit: int) -> None:
        super().__init__(
            "export-too-large",
            "Export too large",
            422,
            f"These are {count:,} features; up to {limit:,} are exported in one request. Narrow them by bbox or by a filter, or "
            "order the file as a job with POST /exports, which has no limit.",
        )


class ExportNotFoundError(AppError):
    """No export has this id."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__("export-not-found", "Export not found", 404, f"There is no export {job_id}.")


class ExportGoneError(AppError):
    """The file of an export was removed."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(
            "export-gone", "Export gone", 410, f"The file of export {job_id} is not kept any more. Order it again."
        )
