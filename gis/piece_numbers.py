"""One numbering of the pieces of a layer whose polygons are cut a part at a time."""

import numpy as np

from gis.arrays import IntArray
from gis.flatten import FlatLayer

__all__ = ["PieceNumbers"]


class PieceNumbers:
    """Gives pieces of the same polygons the same number, in whatever part of a layer they come up.

    Parameters
    ----------
    count : int
        How many polygons the layer has.

    Examples
    --------
    >>> import numpy as np
    >>> numbers = PieceNumbers(3)
    >>> nothing = np.full(2, None, dtype=object)
    >>> numbers.of(FlatLayer(nothing, np.array([[0, 0], [1, 0], [1, 1]])), np.array([1, 2])).tolist()
    [0, 1]
    >>> numbers.of(FlatLayer(nothing, np.array([[0, 1], [1, 0], [1, 1]])), np.array([1, 2])).tolist()
    [2, 1]
    >>> numbers.flat().memberships.tolist()
    [[0, 1], [1, 1], [1, 2], [2, 2]]
    """

    def __init__(self, count: int) -> None:
        self._single = np.full(count, -1, dtype=np.int64)
        self._several: dict[tuple[int, ...], int] = {}
        self._count = 0

    def of(self, flat: FlatLayer, polygons: IntArray) -> IntArray:
        """Return the number of each piece of a part.

        Parameters
        ----------
        flat : FlatLayer
            With p pieces of some polygons.
        polygons : ndarray of int64
            Where these polygons are in the layer, ascending.

        Returns
        -------
        ndarray of int64, shape (p,)
        """
        numbers = np.full(len(flat.pieces), -1, dtype=np.int64)
        alone = flat.member_counts()[flat.memberships[:, 0]] == 1
        piece, member = flat.memberships[alone, 0], polygons[flat.memberships[alone, 1]]
        new = member[self._single[member] < 0]
        self._single[new] = self._count + np.arange(len(new))
        self._count += len(new)
        numbers[piece] = self._single[member]
        members: dict[int, list[int]] = {}
        for at, one in zip(
            flat.memberships[~alone, 0].tolist(), polygons[flat.memberships[~alone, 1]].tolist(), strict=True
        ):
            members.setdefault(at, []).append(one)
        for at, together in members.items():
            numbers[at] = self._number(tuple(together))
        return numbers

    def flat(self) -> FlatLayer:
        """Return all pieces so far, without their polygons."""
        member = np.flatnonzero(self._single >= 0)
        rows = np.column_stack([self._single[member], member])
        several = [(number, one) for together, number in self._several.items() for one in together]
        rows = np.concatenate([rows, np.array(several, dtype=np.int64).reshape(-1, 2)])
        return FlatLayer(np.full(self._count, None, dtype=object), rows[np.lexsort((rows[:, 1], rows[:, 0]))])

    def _number(self, together: tuple[int, ...]) -> int:
        number = self._several.setdefault(together, self._count)
        self._count += number == self._count
        return number
