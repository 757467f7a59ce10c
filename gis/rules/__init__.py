"""Land law as typed data: rules, parameter rows with their legal source, verdicts and the judging of measured overlaps."""

from gis.rules.coverage import LayerStatus, judge_coverage
from gis.rules.judging import Judgement, MeasuredOverlap, RuleNotInForceError, judge_overlap
from gis.rules.loading import Catalog, CatalogError, CatalogFile, build_catalog, catalog_json_schema, load_catalog
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, Outcome, RequiredContainment, Rule
from gis.rules.parameters import AmbiguousParameterError, ParameterNotInForceError, ParameterRow, ParameterSet
from gis.rules.sources import NATIONAL, Source, SourceStatus, region_of_parcel
from gis.rules.verdict import Verdict, worst
from gis.slivers import OverlapClass

__all__ = [
    "NATIONAL",
    "AmbiguousParameterError",
    "Catalog",
    "CatalogError",
    "CatalogFile",
    "ForbiddenOverlap",
    "Judgement",
    "LayerStatus",
    "LimitedOverlap",
    "MeasuredOverlap",
    "Outcome",
    "OverlapClass",
    "ParameterNotInForceError",
    "ParameterRow",
    "ParameterSet",
    "RequiredContainment",
    "Rule",
    "RuleNotInForceError",
    "Source",
    "SourceStatus",
    "Verdict",
    "build_catalog",
    "catalog_json_schema",
    "judge_coverage",
    "judge_overlap",
    "load_catalog",
    "region_of_parcel",
    "worst",
]
