"""Supervision after approval (批后监管): what became of land that was approved, supplied, lent or promised."""

from gis.supervision.approvals import (
    Approval,
    Supply,
    UnsuppliedKind,
    assess_approvals,
    assess_supply_rate,
    measure_unsupplied,
    supply_rate,
)
from gis.supervision.expiry import (
    ExpiryKind,
    GrantTerm,
    TemporaryUse,
    UseGroup,
    assess_grant_term,
    assess_temporary_use,
)
from gis.supervision.finding import LandFinding, Topic
from gis.supervision.hoarding import Holding, HoldingSum, assess_hoarding, find_blocked_holders, sum_holdings
from gis.supervision.promises import Bound, Promise, PromiseKind, Stage, assess_promise
from gis.supervision.zombies import (
    Firm,
    ZombieKind,
    assess_cleared,
    assess_firm,
    cleared_rate,
    due_report_years,
)

__all__ = [
    "Approval",
    "Bound",
    "ExpiryKind",
    "Firm",
    "GrantTerm",
    "Holding",
    "HoldingSum",
    "LandFinding",
    "Promise",
    "PromiseKind",
    "Stage",
    "Supply",
    "TemporaryUse",
    "Topic",
    "UnsuppliedKind",
    "UseGroup",
    "ZombieKind",
    "assess_approvals",
    "assess_cleared",
    "assess_firm",
    "assess_grant_term",
    "assess_hoarding",
    "assess_promise",
    "assess_supply_rate",
    "assess_temporary_use",
    "cleared_rate",
    "due_report_years",
    "find_blocked_holders",
    "measure_unsupplied",
    "sum_holdings",
    "supply_rate",
]
