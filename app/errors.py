"""The errors of the service; ``app.problems`` alone turns them into problem documents."""

from typing import Any


class AppError(Exception):
    """A failure that a caller can understand.

    Parameters
    ----------
    problem_type : str
        Last part of the problem type URI, for example ``layer-not-found``.
    title : str
        What kind of problem this is, the same for every occurrence.
    status : int
        HTTP status.
    detail : str
        What was found, what was expected and what to do.
    **extra : object
        Further members of the problem document (JSON values).
    """

    def __init__(self, problem_type: str, title: str, status: int, detail: str, **extra: Any) -> None:  # noqa: ANN401  JSON values
        super().__init__(detail)
        self.problem_type = problem_type
        self.title = title
        self.status = status
        self.detail = detail
        self.extra = extra
