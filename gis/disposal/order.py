"""The order of the moves as data: from which stage each is lawful, where it leads, and the article of both."""

from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

from gis.disposal.model import CaseStage, Obstacle
from gis.rules.sources import SourceStatus


class OrderedMove(BaseModel):
    """One row of the table.

    Attributes
    ----------
    stages : list of CaseStage or "*"
        Stages in which the move is lawful.
    leads_to : CaseStage or None
        Stage after it; None where the case stays.
    article, order_article : str
        Article of the move itself, and the one that asks for what has to come first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str
    stages: tuple[CaseStage, ...] | Literal["*"]
    leads_to: CaseStage | None
    article: str
    status: SourceStatus
    order_article: str
    zh: str
    en: str

    def is_lawful_in(self, stage: CaseStage) -> bool:
        """Whether the move may be made in a stage; nothing may in an ended case."""
        return stage is not CaseStage.ENDED and (self.stages == "*" or stage in self.stages)


class MoveOrder(BaseModel):
    """The table with the document that its articles are of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: str
    moves: tuple[OrderedMove, ...]
    stages: dict[CaseStage, str]

    def move(self, action: str) -> OrderedMove:
        """Look up a move."""
        return next(move for move in self.moves if move.action == action)

    def cite(self, article: str, *, status: SourceStatus = SourceStatus.CONFIRMED) -> str:
        """Write an article with its document, marked where the text has still to be checked."""
        return f"{self.document}{article}" + ("（依据待核实）" if status is SourceStatus.ASSUMED else "")


@cache
def load_move_order() -> MoveOrder:
    """Read the table; it is checked once.

    Examples
    --------
    >>> from gis.disposal import load_move_order
    >>> load_move_order().move("publish").stages
    (<CaseStage.DETERMINED: 'determined'>,)
    """
    content = files("gis.disposal").joinpath("order.json").read_text(encoding="utf-8")
    return MoveOrder.model_validate_json(content)


def obstacle(code: str, article: str, zh: str, en: str, *, is_assumed: bool = False) -> Obstacle:
    """Make an obstacle out of an article of the Order."""
    status = SourceStatus.ASSUMED if is_assumed else SourceStatus.CONFIRMED
    return Obstacle(code, load_move_order().cite(article, status=status), zh, en)
