"""The tables, a file per aggregate. Importing this package registers them all on ``Base.metadata``."""

from app.db.base import Base
from app.db.models.access import AccessKey, PageSession, SignInLink
from app.db.models.cases import DisposalCase, DisposalLetter, DisposalMove
from app.db.models.checks import CheckRun, CheckRunLayer, Finding
from app.db.models.clearance import ClearanceEntry, ClearanceItem, ClearanceRun
from app.db.models.code_tables import LocalCodeTable
from app.db.models.extracts import PlanningSheet
from app.db.models.features import ControlArea, ControlPiece, Parcel, PlanZone, ReferenceFeature, VectorFeature
from app.db.models.gate import GateEvent, GateProject, GateSite
from app.db.models.idle import DeliveredFact, Enterprise, IdleCase, IdleScan, LandContract, TableDelivery
from app.db.models.imagery import EvidenceRun, ImageryScene, LandEvidence
from app.db.models.installation import Installation
from app.db.models.intake import IntakeFault, RejectedFeature, Repair, Staging
from app.db.models.jobs import Job
from app.db.models.land import LandFinding, LandScan
from app.db.models.layers import Layer, LayerEdit, LayerKind, LayerStatistics, LayerVersion, VersionStatus
from app.db.models.overlays import OverlayPair, OverlayRun
from app.db.models.parameters import RuleParameter
from app.db.models.plan_branches import PlanBranch, PlanBranchPatch
from app.db.models.plan_cells import PlanCell
from app.db.models.plan_faults import PlanFaultRow, PlanFaultRun
from app.db.models.plan_register import PatchDecision
from app.db.models.plan_states import PlanCellSegment, PlanComparisonRevision, PlanComparisonState
from app.db.models.plans import PlanComparison, PlanPatch
from app.db.models.site_checks import RulePack, SiteAnswer, SiteCheck
from app.db.models.tiles import GeneralisedFeature, TilePiece, TilePreparation, TilePreparationStep

__all__ = [
    "AccessKey",
    "Base",
    "CheckRun",
    "CheckRunLayer",
    "ClearanceEntry",
    "ClearanceItem",
    "ClearanceRun",
    "ControlArea",
    "ControlPiece",
    "DeliveredFact",
    "DisposalCase",
    "DisposalLetter",
    "DisposalMove",
    "Enterprise",
    "EvidenceRun",
    "Finding",
    "GateEvent",
    "GateProject",
    "GateSite",
    "GeneralisedFeature",
    "IdleCase",
    "IdleScan",
    "ImageryScene",
    "Installation",
    "IntakeFault",
    "Job",
    "LandContract",
    "LandEvidence",
    "LandFinding",
    "LandScan",
    "Layer",
    "LayerEdit",
    "LayerKind",
    "LayerStatistics",
    "LayerVersion",
    "LocalCodeTable",
    "OverlayPair",
    "OverlayRun",
    "PageSession",
    "Parcel",
    "PatchDecision",
    "PlanBranch",
    "PlanBranchPatch",
    "PlanCell",
    "PlanCellSegment",
    "PlanComparison",
    "PlanComparisonRevision",
    "PlanComparisonState",
    "PlanFaultRow",
    "PlanFaultRun",
    "PlanPatch",
    "PlanZone",
    "PlanningSheet",
    "ReferenceFeature",
    "RejectedFeature",
    "Repair",
    "RulePack",
    "RuleParameter",
    "SignInLink",
    "SiteAnswer",
    "SiteCheck",
    "Staging",
    "TableDelivery",
    "TilePiece",
    "TilePreparation",
    "TilePreparationStep",
    "VectorFeature",
    "VersionStatus",
]
