"""Why a move is refused: the order of the procedure, and what each move asks for beyond it."""

from collections.abc import Iterator

from gis.disposal import decision_guards, finding_guards  # noqa: F401  they register what each move asks for
from gis.disposal.model import CaseState, Obstacle
from gis.disposal.moves import Move, ServedMove
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.order import load_move_order, obstacle
from gis.disposal.substance import substance


def find_obstacles(state: CaseState, move: Move, *, numbers: DisposalNumbers) -> list[Obstacle]:
    """Say what stands against a move; it is lawful when nothing does.

    Parameters
    ----------
    state : CaseState
    move : Move
    numbers : DisposalNumbers
        Those in force on the day of the move.

    Returns
    -------
    list of Obstacle
        All of them, each with the article that refuses the move.
    """
    return [*_order(state, move), *_days(state, move), *substance(move, state, numbers)]


def _order(state: CaseState, move: Move) -> Iterator[Obstacle]:
    row = load_move_order().move(move.action)
    if row.is_lawful_in(state.stage):
        return
    stage = load_move_order().stages[state.stage]
    yield obstacle(
        "wrong_stage",
        row.order_article,
        f"本案处于“{stage}”，此时不得{row.zh}",
        f"the case is {state.stage.value}; {row.en.lower()} is not possible then",
    )


def _days(state: CaseState, move: Move) -> Iterator[Obstacle]:
    article = load_move_order().move(move.action).article
    if move.on < state.last_on:
        yield obstacle(
            "before_the_last_move",
            article,
            f"{move.on} 早于上一环节的 {state.last_on}",
            f"{move.on} is before {state.last_on}, the day of the move before it",
        )
    if isinstance(move, ServedMove) and move.service_day < move.on:
        yield obstacle(
            "served_before_made",
            article,
            f"送达日 {move.service_day} 早于作出日 {move.on}",
            f"served on {move.service_day}, before it was made on {move.on}",
        )
