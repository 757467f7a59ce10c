"""How much demand some land serves at most: a flow from cases to demands, in exact arithmetic."""

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from decimal import Decimal

Step = tuple[int, int, int]


class Assignment:
    """Land of cases assigned to demands; each case that is added serves as much more as can be.

    Parameters
    ----------
    accepted : mapping of int to sequence of int
        Demands that each case's land may serve.
    wanted_m2 : sequence of Decimal
        What each demand wants.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from gis.disposal.assignment import Assignment
    >>> land = Assignment({0: [0, 1], 1: [0]}, [Decimal(5), Decimal(5)])
    >>> land.add(0, Decimal(5)), land.add(1, Decimal(9)), land.served_m2
    (Decimal('5'), Decimal('5'), Decimal('10'))
    """

    def __init__(self, accepted: Mapping[int, Sequence[int]], wanted_m2: Sequence[Decimal]) -> None:
        self._accepted = accepted
        self._room = list(wanted_m2)
        self._flow: dict[int, dict[int, Decimal]] = defaultdict(dict)
        self.served_m2 = Decimal(0)

    def add(self, case: int, area_m2: Decimal) -> Decimal:
        """Add a case's land, moving what others serve where that serves more; return how much more is served."""
        left = area_m2
        while left > 0 and (path := self._path(case)) is not None:
            demand = path[-1][1]
            moved = [self._flow[d][c] for c, d, sign in path if sign < 0]
            amount = min(left, self._room[demand], *moved) if moved else min(left, self._room[demand])
            for c, d, sign in path:
                self._flow[d][c] = self._flow[d].get(c, Decimal(0)) + sign * amount
            self._room[demand] -= amount
            left -= amount
        self.served_m2 += area_m2 - left
        return area_m2 - left

    def could_serve(self, case: int) -> bool:
        """Whether land of a case would serve more than is served."""
        return self._path(case) is not None

    def _path(self, case: int) -> list[Step] | None:
        """Find the shortest way from a case to a demand that is not filled."""
        queue: deque[tuple[int, list[Step]]] = deque([(case, [])])
        seen: set[int] = set()
        while queue:
            here, steps = queue.popleft()
            for demand in self._accepted.get(here, ()):
                if demand in seen:
                    continue
                seen.add(demand)
                longer = [*steps, (here, demand, 1)]
                if self._room[demand] > 0:
                    return longer
                queue.extend(
                    (other, [*longer, (other, demand, -1)]) for other, part in self._flow[demand].items() if part > 0
                )
        return None
