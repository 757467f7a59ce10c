"""Per-mu performance (亩均效益评价): units that share land, two scoring methods, classes A to D, their years and the public list."""

from gis.performance.evaluation import Evaluation, EvaluationStatus, evaluate
from gis.performance.history import (
    ClassYear,
    PublicEntry,
    class_d_list,
    classes_by_parcel,
    in_public_order,
    public_list,
)
from gis.performance.model import FirmYear, PerformanceIndicator, Scale
from gis.performance.schemes import SchemeRefusedError, ScoringScheme, TierPolicy, load_schemes, load_tier_policies
from gis.performance.scoring import score_units
from gis.performance.tiers import Tier, assign_tiers, rank_scores
from gis.performance.units import EvaluationUnit, merge_shared_land

__all__ = [
    "ClassYear",
    "Evaluation",
    "EvaluationStatus",
    "EvaluationUnit",
    "FirmYear",
    "PerformanceIndicator",
    "PublicEntry",
    "Scale",
    "SchemeRefusedError",
    "ScoringScheme",
    "Tier",
    "TierPolicy",
    "assign_tiers",
    "class_d_list",
    "classes_by_parcel",
    "evaluate",
    "in_public_order",
    "load_schemes",
    "load_tier_policies",
    "merge_shared_land",
    "public_list",
    "rank_scores",
    "score_units",
]
