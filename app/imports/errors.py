"""What can become of a delivery that comes over HTTP."""

from uuid import UUID

from app.errors import AppError


class UploadRefusedError(AppError):
    """The body is not what an upload has to be."""

    def __init__(self, detail: str) -> None:
        super().__init__("invalid-upload", "Invalid upload", 400, detail)


class UploadTooLargeError(AppError):
    """More files or fields than one upload may have."""

    def __init__(self, detail: str) -> None:
        super().__init__("upload-too-large", "Upload too large", 413, detail)


class TooManyImportsError(AppError):
    """As many imports wait as may wait."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            "too-many-imports",
            "Too many imports",
            429,
            f"{limit} imports wait or run already. Try again when some have ended.",
        )


class ImportNotFoundError(AppError):
    """There is no such import."""

    def __init__(self, import_id: UUID | str) -> None:
        super().__init__("import-not-found", "Import not found", 404, f"There is no import {import_id}.")


class ImportNotReadyError(AppError):
    """Something was asked of an import that it has not come to."""

    def __init__(self, import_id: UUID, state: str) -> None:
        super().__init__(
            "import-not-ready",
            "Import not ready",
            409,
            f"Import {import_id} is {state}. Follow it at /imports/{import_id}.",
        )


class NothingImportedError(AppError):
    """An import has no version: it failed, was dismissed or discarded, or only validated."""

    def __init__(self, import_id: UUID, state: str) -> None:
        super().__init__(
            "nothing-imported", "Nothing imported", 409, f"Import {import_id} is {state}; it has no draft to work on."
        )


class ReportGoneError(AppError):
    """What was asked of an import is not kept."""

    def __init__(self, import_id: UUID, state: str) -> None:
        super().__init__(
            "report-not-found", "Report not found", 404, f"Import {import_id} is {state}; no report of it is kept."
        )
