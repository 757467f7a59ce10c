"""Faults of a delivery, the report that gathers them, and the ways to read it."""

from gis.validation.fault_layer import write_fault_layer
from gis.validation.html import Language, render_html
from gis.validation.kinds import FaultGroup, KindOfFault, fault_kind, fault_kinds
from gis.validation.model import Fault, Outcome, Severity, describe_fault
from gis.validation.report import CheckRecord, CheckStatus, CountMismatchError, DeliveryReport, FaultTally

__all__ = [
    "CheckRecord",
    "CheckStatus",
    "CountMismatchError",
    "DeliveryReport",
    "Fault",
    "FaultGroup",
    "FaultTally",
    "KindOfFault",
    "Language",
    "Outcome",
    "Severity",
    "describe_fault",
    "fault_kind",
    "fault_kinds",
    "render_html",
    "write_fault_layer",
]
