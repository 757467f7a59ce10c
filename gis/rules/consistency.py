"""Whether a rule names only what exists: zones of its control kinds, codes of its table, parameters, other rules."""

from collections.abc import Iterable, Iterator

from gis.errors import GisError
from gis.landuse.codes import CodeVersion, code_table
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_zones
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, RequiredContainment
from gis.rules.parameters import ParameterSet
from gis.rules.site_model import (
    ActivityLimitedOverlap,
    AllowedUses,
    ApprovalLevel,
    IndicatorThreshold,
    IndustryLimits,
    MaximumShare,
    MinimumDistance,
    ParameterLimit,
    PlannedUse,
    SiteRule,
    SurveyBeforeUseChange,
)


class RuleInconsistentError(GisError):
    """A rule names a zone, a code, a parameter or a rule that does not exist, or is silent about a zone."""


def require_consistent(rule: SiteRule) -> None:
    """Refuse a rule that names zones or codes which its control kinds and its code table do not have.

    Raises
    ------
    RuleInconsistentError
    """
    match rule:
        case LimitedOverlap() | RequiredContainment() | ActivityLimitedOverlap():
            _require_every_zone(rule.rule_id, rule.control_kinds, set(rule.zones))
        case AllowedUses():
            _require_every_zone(rule.rule_id, rule.control_kinds, set(rule.zones))
            for zone in (*rule.zones.values(), *([rule.outside] if rule.outside else [])):
                _require_codes(rule.rule_id, rule.code_version, (*zone.allowed, *zone.conditional))
        case MaximumShare():
            _require_known_zones(rule.rule_id, rule.control_kinds, set(rule.zones))
        case IndicatorThreshold():
            _require_codes(rule.rule_id, rule.code_version, rule.uses)
        case PlannedUse():
            _require_codes(rule.rule_id, rule.code_version, rule.reserved)
        case SurveyBeforeUseChange():
            _require_codes(rule.rule_id, rule.code_version, rule.sensitive_uses)
        case _:
            pass


def require_known_references(rules: Iterable[SiteRule], parameters: ParameterSet) -> None:
    """Refuse rules that use a parameter without any row, or refine a rule that does not exist.

    Raises
    ------
    RuleInconsistentError
    """
    listed = list(rules)
    ids = {rule.rule_id for rule in listed}
    keys = {row.key for row in parameters}
    for rule in listed:
        if missing := sorted(set(parameter_keys(rule)) - keys):
            raise RuleInconsistentError(f"rule {rule.rule_id} uses parameters without a row: {', '.join(missing)}")
        refined = () if isinstance(rule, ForbiddenOverlap | LimitedOverlap | RequiredContainment) else rule.refines
        if unknown := sorted(set(refined) - ids):
            raise RuleInconsistentError(f"rule {rule.rule_id} refines rules that do not exist: {', '.join(unknown)}")


def parameter_keys(rule: SiteRule) -> Iterator[str]:
    """Yield the parameters whose numbers decide a rule, beside those for rounding and slivers.

    Examples
    --------
    >>> from gis.rules import load_catalog
    >>> from gis.rules.consistency import parameter_keys
    >>> list(parameter_keys(load_catalog().rule("national.approval_level")))
    ['approval.cultivated_limit_ha', 'approval.other_limit_ha']
    """
    match rule:
        case MinimumDistance():
            for found in rule.classes.values():
                yield from (found.parameter,) if found.parameter is not None else found.place_parameters.values()
        case MaximumShare():
            yield rule.parameter
        case ApprovalLevel():
            yield from (rule.cultivated_limit, rule.other_limit)
        case IndicatorThreshold(limit=ParameterLimit(parameter=key)):
            yield key
        case IndicatorThreshold(limit=IndustryLimits(parameters=keys)):
            yield from keys.values()
        case _:
            return


def _require_every_zone(rule_id: str, kinds: Iterable[ControlKind], named: set[str]) -> None:
    _require_known_zones(rule_id, kinds, named)
    for kind in kinds:
        if silent := {zone.value for zone in control_zones(kind)} - named:
            raise RuleInconsistentError(f"rule {rule_id} is silent about zone {', '.join(sorted(silent))} of {kind}")


def _require_known_zones(rule_id: str, kinds: Iterable[ControlKind], named: set[str]) -> None:
    for kind in kinds:
        if unknown := named - {zone.value for zone in control_zones(kind)}:
            raise RuleInconsistentError(f"rule {rule_id}: {kind} has no zone {', '.join(sorted(unknown))}")


def _require_codes(rule_id: str, version: CodeVersion, codes: Iterable[str]) -> None:
    if unknown := [code for code in codes if code not in code_table(version)]:
        raise RuleInconsistentError(f"rule {rule_id}: {version.value} has no code {', '.join(unknown)}")
