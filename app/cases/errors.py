"""What can go wrong in a case of idle land."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from app.errors import AppError
from gis.disposal import Obstacle


class CaseNotFoundError(AppError):
    """No case has this number."""

    def __init__(self, case_id: int) -> None:
        super().__init__("case-not-found", "Case not found", 404, f"There is no case {case_id}.")


class NoCurrentScanError(AppError):
    """A case is opened from a scan, and there is none."""

    def __init__(self) -> None:
        super().__init__(
            "no-idle-scan", "No scan", 409, "Nothing has been scanned for idle land. Scan it: duogui idle scan."
        )


class NothingFoundError(AppError):
    """The current scan flags no such contract, or not as something that a case follows."""

    def __init__(self, contract_no: str, found: str | None) -> None:
        told = "does not flag it" if found is None else f"says {found}, which is no idle land (Order 53, art. 2)"
        super().__init__(
            "nothing-to-follow",
            "Nothing to follow",
            409,
            f"No case is opened for the contract {contract_no!r}: the current scan {told}. "
            "Expected idle_not_started, idle_suspended or insufficient_data.",
            contract_no=contract_no,
            found=found,
        )


class LandNotFlaggedError(AppError):
    """No scan flags a contract's land, and no case follows it."""

    def __init__(self, contract_no: str) -> None:
        super().__init__(
            "land-not-flagged",
            "Land not flagged",
            404,
            f"The current scan does not flag the contract {contract_no!r}, and no case follows it.",
            contract_no=contract_no,
        )


class IllegalMoveError(AppError):
    """The law does not allow this move now."""

    def __init__(self, action: str, obstacles: Sequence[Obstacle]) -> None:
        told = "; ".join(f"{each.en} ({each.article})" for each in obstacles)
        super().__init__(
            "illegal-move",
            "Move refused by law",
            409,
            f"{action} is refused: {told}.",
            action=action,
            articles=list(dict.fromkeys(each.article for each in obstacles)),
            obstacles=[asdict(each) for each in obstacles],
        )


class MoveRefusedError(AppError):
    """A move that says something impossible."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        super().__init__(
            "move-refused",
            "Move refused",
            422,
            f"{field}: found {found!s}, expected {expected}.",
            errors=[{"in": "body", "name": field, "detail": f"found {found!s}, expected {expected}"}],
        )

    @classmethod
    def in_the_future(cls, day: date, today: date) -> "MoveRefusedError":
        """Refuse what has not been done yet."""
        return cls("on", day, f"a day that is over or today, {today}")


class LetterWithoutMoveError(AppError):
    """A letter belongs to a move that was not made."""

    def __init__(self, kind: str, action: str) -> None:
        super().__init__(
            "letter-without-move",
            "Nothing to write about",
            409,
            f"The letter {kind} belongs to the move {action}, which has not been made in this case. Make it first.",
            kind=kind,
            action=action,
        )


class LetterNotFoundError(AppError):
    """No letter has this number."""

    def __init__(self, letter_id: int) -> None:
        super().__init__("letter-not-found", "Letter not found", 404, f"There is no letter {letter_id}.")
