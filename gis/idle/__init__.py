"""Idle land (闲置土地): the statutory clock and the tests of Order 53, on plain contract data."""

from gis.idle.assessment import IdleAssessment, assess_contract, assess_contracts, flag_contracts
from gis.idle.clock import add_months, add_years, first_day_after, has_completed_years
from gis.idle.contract import CauseCode, CauseInterval, FoundationType, LandContract, excused_days
from gis.idle.faults import (
    DataFault,
    FaultCode,
    find_contract_faults,
    find_shared_parcels,
    find_unmatched,
    tell_refused_row,
    tell_repeated_contract,
)
from gis.idle.findings import IdleKind
from gis.idle.scan_changes import ChangeKind, ChangeReason, ScanChange, ScannedContract, ScanOf, compare_scans
from gis.idle.start import ActualStart, AgreedStart, StartBasis, find_actual_start, find_agreed_start
from gis.idle.statistics import IDLE_KINDS, IdleRate, SuppliedLand, mean_rate, measure_idle_rates
from gis.idle.thresholds import IdleThresholds

__all__ = [
    "IDLE_KINDS",
    "ActualStart",
    "AgreedStart",
    "CauseCode",
    "CauseInterval",
    "ChangeKind",
    "ChangeReason",
    "DataFault",
    "FaultCode",
    "FoundationType",
    "IdleAssessment",
    "IdleKind",
    "IdleRate",
    "IdleThresholds",
    "LandContract",
    "ScanChange",
    "ScanOf",
    "ScannedContract",
    "StartBasis",
    "SuppliedLand",
    "add_months",
    "add_years",
    "assess_contract",
    "assess_contracts",
    "compare_scans",
    "excused_days",
    "find_actual_start",
    "find_agreed_start",
    "find_contract_faults",
    "find_shared_parcels",
    "find_unmatched",
    "first_day_after",
    "flag_contracts",
    "has_completed_years",
    "mean_rate",
    "measure_idle_rates",
    "tell_refused_row",
    "tell_repeated_contract",
]
