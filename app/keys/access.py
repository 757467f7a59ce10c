"""What a caller may do, and who the caller is."""

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """What a key allows; each scope includes those before it: ``read`` < ``check`` < ``write``.

    Examples
    --------
    >>> from app.keys.access import Scope
    >>> Scope.WRITE >= Scope.CHECK, Scope.READ >= Scope.CHECK
    (True, False)
    """

    READ = "read"
    CHECK = "check"
    WRITE = "write"

    @property
    def rank(self) -> int:
        """Place in the order of the scopes, 0 for the weakest."""
        return list(Scope).index(self)

    # As text "read" comes after "check": a comparison left to ``str`` would let a reader start checks.
    def __lt__(self, other: str) -> bool:
        return self.rank < Scope(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Scope(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Scope(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Scope(other).rank


@dataclass(frozen=True, slots=True)
class Actor:
    """Who calls: the name of the key is stored with every change made with it."""

    name: str
    scope: Scope
    office: str | None = None

    def may(self, needed: Scope) -> bool:
        """Whether the caller's scope includes the one that is needed."""
        return self.scope >= needed
