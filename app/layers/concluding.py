"""What an import tells at the end of the transaction that makes its version visible."""

from collections.abc import Callable
from dataclasses import dataclass

from app.db.sessions import WriteSession
from app.layers.errors import LossNotConfirmedError


@dataclass(frozen=True, slots=True)
class MadeVersion:
    """A version that is there with the commit of the transaction.

    Attributes
    ----------
    id, number, rows : int
        The last is how many were read.
    is_new : bool
        False when the same delivery was there already.
    loss : LossNotConfirmedError or None
        Why it was not published although that was asked.
    """

    id: int
    number: int
    rows: int
    is_new: bool
    loss: LossNotConfirmedError | None


#: Raises where nothing is to become visible after all.
Conclude = Callable[[WriteSession, MadeVersion], None]


def untold(_session: WriteSession, _made: MadeVersion) -> None:
    """Tell nobody."""
