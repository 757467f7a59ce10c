"""Disposal of idle land (闲置土地处置): the procedure of Order 53 as rules, on plain data.

A case is the sequence of its moves. Each move is lawful or refused with the article that refuses it; what it brings about
is stored with it, and the state of a case is replayed from them. Which cases to take first is planned in
``gis.disposal.planning``, which is imported by itself because its solver takes long to load.
"""

from gis.disposal.clocks import answer_deadline, end_of_days, next_working_day
from gis.disposal.guards import find_obstacles
from gis.disposal.model import CaseClock, CaseFacts, CaseStage, CaseState, Hearing, HearingPurpose, Obstacle
from gis.disposal.money import idle_fee
from gis.disposal.moves import MOVE, CorrectedFacts, Move, OpenCase, ReuseKind
from gis.disposal.numbers import DisposalNumbers
from gis.disposal.options import OptionAnswer, lawful_options, option_obstacles
from gis.disposal.order import MoveOrder, OrderedMove, load_move_order
from gis.disposal.outcome import Outcome, settle_move
from gis.disposal.plan_limits import plan_obstacles
from gis.disposal.plans import (
    ChangeOfUse,
    DisposalOption,
    Extension,
    OtherWay,
    PaidRecovery,
    PlanTerms,
    Swap,
    TemporaryUse,
    clock_restarts_on,
)
from gis.disposal.readiness import CleanLand, Readiness
from gis.disposal.replay import apply_move, open_case, replay
from gis.disposal.warning_ladder import LocalWarning, WarningLevel, warn, warning_days

__all__ = [
    "MOVE",
    "CaseClock",
    "CaseFacts",
    "CaseStage",
    "CaseState",
    "ChangeOfUse",
    "CleanLand",
    "CorrectedFacts",
    "DisposalNumbers",
    "DisposalOption",
    "Extension",
    "Hearing",
    "HearingPurpose",
    "LocalWarning",
    "Move",
    "MoveOrder",
    "Obstacle",
    "OpenCase",
    "OptionAnswer",
    "OrderedMove",
    "OtherWay",
    "Outcome",
    "PaidRecovery",
    "PlanTerms",
    "Readiness",
    "ReuseKind",
    "Swap",
    "TemporaryUse",
    "WarningLevel",
    "answer_deadline",
    "apply_move",
    "clock_restarts_on",
    "end_of_days",
    "find_obstacles",
    "idle_fee",
    "lawful_options",
    "load_move_order",
    "next_working_day",
    "open_case",
    "option_obstacles",
    "plan_obstacles",
    "replay",
    "settle_move",
    "warn",
    "warning_days",
]
