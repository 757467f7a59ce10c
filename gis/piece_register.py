"""The pieces of one layer by the polygons that they belong to."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from gis.arrays import GeometryArray, IntArray
from gis.flatten import FlatLayer

__all__ = ["PieceRegister"]


class PieceRegister:
    """Finds a piece by its polygons. Pieces keep their numbers; new ones are appended.

    Parameters
    ----------
    flat : FlatLayer

    Examples
    --------
    >>> import numpy as np
    >>> flat = FlatLayer(np.full(2, None, dtype=object), np.array([[0, 0], [1, 0], [1, 1]]))
    >>> register = PieceRegister(flat)
    >>> register.without(np.array([0, 1, -1]), np.array([0])).tolist()
    [-1, 2, -1]
    >>> register.with_members(np.array([2, -1]), np.array([0, 0]), [np.array([0])]).tolist()
    [1, 0]
    """

    def __init__(self, flat: FlatLayer) -> None:
        self._flat = flat
        polygons = flat.memberships[:, 1].tolist()
        ends = np.cumsum(flat.member_counts()).tolist()
        self._members = [tuple(polygons[start:end]) for start, end in pairwise([0, *ends])]
        self._numbers = {members: number for number, members in enumerate(self._members)}

    def pieces_of(self, polygons: IntArray) -> IntArray:
        """Return the pieces that belong to some polygons, ascending."""
        wanted = set(polygons.tolist())
        return np.array(
            [k for k, members in enumerate(self._members) if not wanted.isdisjoint(members)], dtype=np.int64
        )

    def member_counts(self, pieces: IntArray) -> IntArray:
        """Return how many polygons each piece belongs to; 0 for -1."""
        return np.array([len(self._members[k]) if k >= 0 else 0 for k in pieces.tolist()], dtype=np.int64)

    def without(self, pieces: IntArray, polygons: IntArray) -> IntArray:
        """Return for each piece the one of its other polygons, -1 where there is none."""
        taken = set(polygons.tolist())
        return self._each(tuple(m for m in self._of(piece) if m not in taken) for piece in pieces.tolist())

    def with_members(self, pieces: IntArray, row: IntArray, members: Sequence[IntArray]) -> IntArray:
        """Return for each piece the one that also belongs to the polygons in a row of ``members``, or to no others where the row is -1."""
        added: list[tuple[int, ...]] = [*(tuple(each.tolist()) for each in members), ()]
        pairs = zip(pieces.tolist(), row.tolist(), strict=True)
        return self._each(tuple(sorted(self._of(piece) + added[k])) for piece, k in pairs)

    def flat(self) -> FlatLayer:
        """Return the pieces with those that were entered; these have no geometry of their own."""
        entered = self._members[len(self._flat.pieces) :]
        pieces: GeometryArray = np.concatenate([self._flat.pieces, np.full(len(entered), None, dtype=object)])
        rows = [(len(self._flat.pieces) + k, member) for k, members in enumerate(entered) for member in members]
        memberships = np.concatenate([self._flat.memberships, np.array(rows, dtype=np.int64).reshape(-1, 2)])
        return FlatLayer(pieces, memberships)

    def _of(self, piece: int) -> tuple[int, ...]:
        return self._members[piece] if piece >= 0 else ()

    def _each(self, wanted: Iterable[tuple[int, ...]]) -> IntArray:
        return np.array([self._number(members) for members in wanted], dtype=np.int64)

    def _number(self, members: tuple[int, ...]) -> int:
        if not members:
            return -1
        number = self._numbers.setdefault(members, len(self._members))
        if number == len(self._members):
            self._members.append(members)
        return number
