"""What a move asks for beyond the order of the procedure: one function per kind of move."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import singledispatch

from gis.disposal.model import CaseState, Obstacle
from gis.disposal.moves import MoveBase
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.order import obstacle


@singledispatch
def substance(_move: MoveBase, _state: CaseState, _numbers: DisposalNumbers) -> Iterable[Obstacle]:
    """Say what stands against a move; most kinds ask for nothing, the others register a function of their own."""
    return ()


def require_mortgagees(state: CaseState, notified_on: date | None, article: str) -> Iterator[Obstacle]:
    """Ask for the written notice to whoever holds a mortgage."""
    if state.facts.mortgagees and notified_on is None:
        yield obstacle(
            "mortgagees_not_notified",
            article,
            f"设有抵押权，须书面通知抵押权人：{'、'.join(state.facts.mortgagees)}",
            f"mortgagees are notified in writing: {', '.join(state.facts.mortgagees)}",
            is_assumed=True,
        )
