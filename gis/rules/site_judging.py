"""Any rule against what was measured for it: the one entry for a site check."""

from datetime import date
from typing import TypeVar, assert_never

from gis.errors import GisError
from gis.rules.answers import Judgement, Law, require_in_force
from gis.rules.distance_judging import judge_distance
from gis.rules.facts import NO_FACTS, SiteFacts
from gis.rules.judging import judge_overlap
from gis.rules.measurements import (
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
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, RequiredContainment
from gis.rules.parameters import ParameterSet
from gis.rules.place_judging import (
    judge_activity,
    judge_allowed_uses,
    judge_contamination,
    judge_planned_use,
    judge_share,
)
from gis.rules.project_judging import judge_approval_level, judge_indicator, judge_industry, judge_jurisdiction
from gis.rules.site_model import (
    ActivityLimitedOverlap,
    AllowedUses,
    ApprovalLevel,
    IndicatorThreshold,
    IndustryList,
    Jurisdiction,
    MaximumShare,
    MinimumDistance,
    PlannedUse,
    SiteRule,
    SurveyBeforeUseChange,
)
from gis.rules.sources import NATIONAL

_PlaceRule = ActivityLimitedOverlap | AllowedUses | PlannedUse | SurveyBeforeUseChange | MaximumShare
_WholeRule = Jurisdiction | ApprovalLevel | IndicatorThreshold | IndustryList
Kind = TypeVar("Kind")


class MeasurementMismatchError(GisError):
    """A rule was given a measurement of another kind than it judges."""


def judge_site_rule(
    rule: SiteRule,
    measured: Measurement,
    facts: SiteFacts = NO_FACTS,
    *,
    parameters: ParameterSet,
    as_of: date,
    region: str = NATIONAL,
) -> Judgement | None:
    """Judge what was measured of a site by any rule of the catalogue.

    =============================  =======================================================================
    rule                           measurement
    =============================  =======================================================================
    ForbiddenOverlap, LimitedOverlap, RequiredContainment, ActivityLimitedOverlap, AllowedUses, MaximumShare
                                   MeasuredOverlap: one for each zone; for MaximumShare one for all its zones
    PlannedUse                     MeasuredPlanZone
    SurveyBeforeUseChange          MeasuredContamination
    MinimumDistance                MeasuredDistance: one for each object within ``search_radius_m`` that the
                                   rule is about (``rules_about_object``)
    IndicatorThreshold             MeasuredIndicator
    ApprovalLevel                  MeasuredLand
    Jurisdiction                   MeasuredJurisdiction
    IndustryList                   WholeSite
    =============================  =======================================================================

    Parameters
    ----------
    rule : SiteRule
    measured : Measurement
    facts : SiteFacts, optional
        What is known of the project. A fact that is not known never makes a rule pass.
    parameters : ParameterSet
    as_of : date
        Day whose law is asked for.
    region : str, optional
        Administrative code of the place.

    Returns
    -------
    Judgement or None
        None when there is nothing to report or the rule is not about such a project; PASS with its numbers where a rule
        was applied and is kept.

    Raises
    ------
    RuleNotInForceError, ParameterNotInForceError, UnknownActivityError
    MeasurementMismatchError
        For a measurement of another kind than the rule judges.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.rules import MeasuredDistance, ParameterSet, judge_site_rule, load_catalog
    >>> catalog = load_catalog()
    >>> rule = catalog.rule("national.highway_control_zone")
    >>> measured = MeasuredDistance(distance_m=19.5, object_class="国道", names=("G107",))
    >>> found = judge_site_rule(rule, measured, parameters=ParameterSet(catalog.parameters), as_of=date(2025, 1, 1))
    >>> found.verdict, found.decision, found.article
    (<Verdict.REVIEW: 'REVIEW'>, <Decision.CONDITIONAL: 'conditional'>, '《公路安全保护条例》第十一条、第十三条')
    """
    if isinstance(rule, ForbiddenOverlap | LimitedOverlap | RequiredContainment):
        overlap = _require(measured, MeasuredOverlap, rule.rule_id)
        return judge_overlap(rule, overlap, parameters, as_of=as_of, region=region)
    require_in_force(rule, as_of, region)
    law = Law(parameters, as_of, region)
    match rule:
        case MinimumDistance():
            return judge_distance(rule, _require(measured, MeasuredDistance, rule.rule_id), facts, law)
        case Jurisdiction() | ApprovalLevel() | IndicatorThreshold() | IndustryList():
            return _judge_project(rule, measured, facts, law)
        case _:
            return _judge_place(rule, measured, facts, law)


def _judge_project(rule: _WholeRule, measured: Measurement, facts: SiteFacts, law: Law) -> Judgement | None:
    match rule:
        case Jurisdiction():
            return judge_jurisdiction(rule, _require(measured, MeasuredJurisdiction, rule.rule_id), law)
        case ApprovalLevel():
            return judge_approval_level(rule, _require(measured, MeasuredLand, rule.rule_id), law)
        case IndicatorThreshold():
            return judge_indicator(rule, _require(measured, MeasuredIndicator, rule.rule_id), facts, law)
        case IndustryList():
            _require(measured, WholeSite, rule.rule_id)
            return judge_industry(rule, facts)
        case _:
            assert_never(rule)


def _judge_place(rule: _PlaceRule, measured: Measurement, facts: SiteFacts, law: Law) -> Judgement | None:
    match rule:
        case ActivityLimitedOverlap():
            return judge_activity(rule, _require(measured, MeasuredOverlap, rule.rule_id), facts, law)
        case AllowedUses():
            return judge_allowed_uses(rule, _require(measured, MeasuredOverlap, rule.rule_id), facts, law)
        case MaximumShare():
            return judge_share(rule, _require(measured, MeasuredOverlap, rule.rule_id), law)
        case PlannedUse():
            return judge_planned_use(rule, _require(measured, MeasuredPlanZone, rule.rule_id), facts, law)
        case SurveyBeforeUseChange():
            return judge_contamination(rule, _require(measured, MeasuredContamination, rule.rule_id), facts, law)
        case _:
            assert_never(rule)


def _require(measured: Measurement, kind: type[Kind], rule_id: str) -> Kind:
    if not isinstance(measured, kind):
        raise MeasurementMismatchError(
            f"rule {rule_id} judges a {kind.__name__}, and was given a {type(measured).__name__}"
        )
    return measured
