"""Land law as typed data: rules, parameter rows with their legal source, verdicts and the judging of what was measured."""

from gis.certainty import Certainty
from gis.rules.answers import Judgement, Law, RuleNotInForceError
from gis.rules.coverage import LayerStatus, judge_coverage
from gis.rules.distance_judging import find_distance_class, rules_about_object, search_radius_m
from gis.rules.facts import NO_FACTS, ContaminationState, Indicator, IndustryStandard, Power, SiteFacts, Works
from gis.rules.judging import judge_overlap, sliver_rows, sliver_thresholds
from gis.rules.loading import (
    Catalog,
    CatalogError,
    CatalogFile,
    build_catalog,
    catalog_json_schema,
    example_pack,
    load_catalog,
)
from gis.rules.measurements import (
    AgencyPart,
    MeasuredContamination,
    MeasuredDistance,
    MeasuredIndicator,
    MeasuredJurisdiction,
    MeasuredLand,
    MeasuredOverlap,
    MeasuredPlanZone,
    Measurement,
    WholeSite,
)
from gis.rules.measuring import (
    MeasuringFailedError,
    ObjectColumns,
    distances_for_rule,
    jurisdictions_of_sites,
    land_of_sites,
)
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, Outcome, RequiredContainment, Rule
from gis.rules.parameters import AmbiguousParameterError, ParameterNotInForceError, ParameterRow, ParameterSet
from gis.rules.place_judging import UnknownActivityError
from gis.rules.self_test import RuleSelfTestError, run_examples
from gis.rules.sentences import Phrase, describe_part, display_rows
from gis.rules.site_judging import MeasurementMismatchError, judge_site_rule
from gis.rules.site_model import (
    NO_LISTED_ACTIVITY,
    ActivityLimitedOverlap,
    AllowedUses,
    ApprovalLevel,
    IndicatorThreshold,
    IndustryList,
    Jurisdiction,
    MaximumShare,
    MeasuredFrom,
    MinimumDistance,
    PlannedUse,
    ProjectRule,
    SiteRule,
    SurveyBeforeUseChange,
)
from gis.rules.sources import NATIONAL, Source, SourceStatus, region_of_parcel
from gis.rules.texts import Decision
from gis.rules.verdict import Verdict, worst
from gis.siting.basis import DistanceBasis
from gis.slivers import OverlapClass

__all__ = [
    "NATIONAL",
    "NO_FACTS",
    "NO_LISTED_ACTIVITY",
    "ActivityLimitedOverlap",
    "AgencyPart",
    "AllowedUses",
    "AmbiguousParameterError",
    "ApprovalLevel",
    "Catalog",
    "CatalogError",
    "CatalogFile",
    "Certainty",
    "ContaminationState",
    "Decision",
    "DistanceBasis",
    "ForbiddenOverlap",
    "Indicator",
    "IndicatorThreshold",
    "IndustryList",
    "IndustryStandard",
    "Judgement",
    "Jurisdiction",
    "Law",
    "LayerStatus",
    "LimitedOverlap",
    "MaximumShare",
    "MeasuredContamination",
    "MeasuredDistance",
    "MeasuredFrom",
    "MeasuredIndicator",
    "MeasuredJurisdiction",
    "MeasuredLand",
    "MeasuredOverlap",
    "MeasuredPlanZone",
    "Measurement",
    "MeasurementMismatchError",
    "MeasuringFailedError",
    "MinimumDistance",
    "ObjectColumns",
    "Outcome",
    "OverlapClass",
    "ParameterNotInForceError",
    "ParameterRow",
    "ParameterSet",
    "Phrase",
    "PlannedUse",
    "Power",
    "ProjectRule",
    "RequiredContainment",
    "Rule",
    "RuleNotInForceError",
    "RuleSelfTestError",
    "SiteFacts",
    "SiteRule",
    "Source",
    "SourceStatus",
    "SurveyBeforeUseChange",
    "UnknownActivityError",
    "Verdict",
    "WholeSite",
    "Works",
    "build_catalog",
    "catalog_json_schema",
    "describe_part",
    "display_rows",
    "distances_for_rule",
    "example_pack",
    "find_distance_class",
    "judge_coverage",
    "judge_overlap",
    "judge_site_rule",
    "jurisdictions_of_sites",
    "land_of_sites",
    "load_catalog",
    "region_of_parcel",
    "rules_about_object",
    "run_examples",
    "search_radius_m",
    "sliver_rows",
    "sliver_thresholds",
    "worst",
]
