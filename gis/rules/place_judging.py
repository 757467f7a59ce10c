"""Judging overlaps of which the layer alone does not decide: activity, use, contamination, share."""

from gis.errors import GisError
from gis.landuse.codes import lookup, nearest_code
from gis.rules.answers import Judgement, Law, make_answer, make_clear_answer
from gis.rules.code_matching import UseMatch, describe_use, match_use
from gis.rules.facts import ContaminationState, SiteFacts
from gis.rules.judging import describe_overlap, weigh_overlap
from gis.rules.measurements import MeasuredContamination, MeasuredOverlap, MeasuredPlanZone
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import Phrase, describe_number
from gis.rules.site_model import (
    NO_LISTED_ACTIVITY,
    ActivityLimitedOverlap,
    AllowedActivity,
    AllowedUses,
    MaximumShare,
    PlannedUse,
    ProjectRuleBase,
    SurveyBeforeUseChange,
    ZoneUses,
)
from gis.rules.texts import OutcomeBase
from gis.rules.verdict import Verdict
from gis.slivers import OverlapClass

_UNKNOWN_ZONE = Phrase("分区不明", "unknown zone")


class UnknownActivityError(GisError):
    """An activity code that the rule's list does not have, and that does not say "none of these" either."""


def judge_activity(
    rule: ActivityLimitedOverlap, overlap: MeasuredOverlap, facts: SiteFacts, law: Law
) -> Judgement | None:
    """Judge an overlap in which the zone, and in some zones the activity, decides.

    Raises
    ------
    UnknownActivityError
    """
    activity = _find_activity(rule, facts)
    zone = rule.zones.get(overlap.control_zone or "")
    if zone is None:
        return _answer(rule, rule.unknown_zone, overlap, law, _describe_activity(activity, facts), _UNKNOWN_ZONE)
    zone_name = Phrase(zone.name.zh, zone.name.en)
    if overlap.control_zone not in rule.activity_zones:
        if zone.outcome is None:
            return None
        return _answer(rule, zone.outcome, overlap, law, {}, zone_name)
    outcome = _activity_outcome(rule, activity, facts)
    fields = _describe_activity(activity, facts)
    decided_by = Phrase(
        f"{zone_name.zh}；活动：{fields['activity'].zh}", f"{zone_name.en}; activity: {fields['activity'].en}"
    )
    is_assumed = activity is not None and activity.source is not None and activity.source.is_assumed
    return _answer(rule, outcome, overlap, law, fields, decided_by, is_assumed=is_assumed)


def _find_activity(rule: ActivityLimitedOverlap, facts: SiteFacts) -> AllowedActivity | None:
    if facts.activity_code in {None, NO_LISTED_ACTIVITY}:
        return None
    found = next((item for item in rule.activities if item.code == facts.activity_code), None)
    if found is None:
        known = ", ".join([*(item.code for item in rule.activities), NO_LISTED_ACTIVITY])
        raise UnknownActivityError(f"rule {rule.rule_id} lists no activity {facts.activity_code!r}; it knows {known}")
    return found


def _activity_outcome(rule: ActivityLimitedOverlap, activity: AllowedActivity | None, facts: SiteFacts) -> OutcomeBase:
    if facts.activity_code is None:
        return rule.unknown_activity
    if activity is None:
        return rule.national_major if facts.is_national_major_project else rule.not_listed
    return rule.without_new_land if facts.takes_new_construction_land is False else rule.with_new_land


def _describe_activity(activity: AllowedActivity | None, facts: SiteFacts) -> dict[str, Phrase]:
    if activity is None:
        name = (
            Phrase("未知", "unknown")
            if facts.activity_code is None
            else Phrase("清单以外的活动", "none of those listed")
        )
        return {"activity": name, "condition": Phrase("", "")}
    return {
        "activity": Phrase(f"{activity.code} {activity.name.zh}", f"{activity.code} {activity.name.en}"),
        "condition": Phrase(activity.condition.zh, activity.condition.en),
    }


def judge_allowed_uses(rule: AllowedUses, overlap: MeasuredOverlap, facts: SiteFacts, law: Law) -> Judgement | None:
    """Judge an overlap in whose zone only some uses are allowed."""
    if overlap.is_outside:
        zone: ZoneUses | None = rule.outside
        if zone is None:
            return None
    else:
        zone = rule.zones.get(overlap.control_zone or "")
    use = Phrase(*describe_use(facts.use_code, facts.use_code_version))
    if zone is None:
        fields = {"use": use, "zone": _UNKNOWN_ZONE, "planned": Phrase("", "")}
        return _answer(rule, rule.unknown_zone, overlap, law, fields, _UNKNOWN_ZONE)
    if zone.all_allowed:
        return None
    zone_name = Phrase(zone.name.zh, zone.name.en)
    allowed = match_use(facts.use_code, facts.use_code_version, zone.allowed, rule.code_version)
    conditional = match_use(facts.use_code, facts.use_code_version, zone.conditional, rule.code_version)
    decided_by = Phrase(f"{zone_name.zh}；用途：{use.zh}", f"{zone_name.en}; use: {use.en}")
    is_assumed = allowed.is_assumed or conditional.is_assumed
    if allowed.is_listed:
        if weigh_overlap(Verdict.REVIEW, overlap, is_hard=False) is None:
            return None
        detail = Phrase(f"{zone_name.zh}允许用途“{use.zh}”", f"{zone_name.en} allows the use {use.en}")
        return make_clear_answer(rule, detail, decided_by=decided_by, is_assumed=is_assumed)
    fields = {"use": use, "zone": zone_name, "planned": Phrase("", "")}
    if conditional.is_listed:
        outcome = rule.conditional
    elif allowed.is_listed is None or conditional.is_listed is None:
        outcome = rule.unknown_use
    else:
        outcome = rule.not_allowed
    return _answer(rule, outcome, overlap, law, fields, decided_by, is_assumed=is_assumed)


def judge_planned_use(rule: PlannedUse, measured: MeasuredPlanZone, facts: SiteFacts, law: Law) -> Judgement | None:
    """Judge an intended use by the one that the plan names for the place."""
    overlap = measured.overlap
    use = Phrase(*describe_use(facts.use_code, facts.use_code_version))
    planned = Phrase(*describe_use(measured.use_code, measured.use_code_version))
    fields = {"use": use, "planned": planned, "zone": planned}
    decided_by = Phrase(f"规划用途：{planned.zh}；拟定用途：{use.zh}", f"planned: {planned.en}; intended: {use.en}")
    if facts.use_code is None:
        return _answer(rule, rule.unknown_use, overlap, law, fields, decided_by)
    reserved = match_use(measured.use_code, measured.use_code_version, rule.reserved, rule.code_version)
    if rule.reserved and reserved.is_listed:
        return _answer(rule, rule.reserved_land, overlap, law, fields, decided_by, is_assumed=reserved.is_assumed)
    match = _match_planned(measured, facts)
    if match.is_listed is None:
        return _answer(rule, rule.unclear, overlap, law, fields, decided_by)
    if not match.is_listed:
        return _answer(rule, rule.differs, overlap, law, fields, decided_by, is_assumed=match.is_assumed)
    if weigh_overlap(Verdict.REVIEW, overlap, is_hard=False) is None:
        return None
    detail = Phrase(
        f"拟定用途“{use.zh}”符合规划用途“{planned.zh}”", f"the use {use.en} agrees with the planned {planned.en}"
    )
    return make_clear_answer(rule, detail, decided_by=decided_by, is_assumed=match.is_assumed)


def _match_planned(measured: MeasuredPlanZone, facts: SiteFacts) -> UseMatch:
    """Compare with the planned use; a local subdivision of a code can only be told to differ, not to agree."""
    planned = nearest_code(measured.use_code, measured.use_code_version)
    if planned is None:
        return UseMatch(None)
    match = match_use(facts.use_code, facts.use_code_version, [planned.code], measured.use_code_version)
    is_subdivision = lookup(measured.use_code, measured.use_code_version) is None
    return UseMatch(None, match.is_assumed) if match.is_listed and is_subdivision else match


def judge_contamination(
    rule: SurveyBeforeUseChange, measured: MeasuredContamination, facts: SiteFacts, law: Law
) -> Judgement | None:
    """Judge a use on contaminated or suspected land by the state of that land."""
    overlap = measured.overlap
    use = Phrase(*describe_use(facts.use_code, facts.use_code_version))
    sensitive = match_use(facts.use_code, facts.use_code_version, rule.sensitive_uses, rule.code_version)
    outcome: OutcomeBase
    match measured.state:
        case ContaminationState.SURVEYED_CLEAN | ContaminationState.RESTORED:
            return None
        case None:
            outcome = rule.unknown_state
        case ContaminationState.NOT_SURVEYED:
            if sensitive.is_listed is False:
                return None
            outcome = rule.unknown_use if sensitive.is_listed is None else rule.not_surveyed
        case ContaminationState.LISTED:
            if sensitive.is_listed is None:
                outcome = rule.unknown_use
            else:
                outcome = rule.listed_sensitive if sensitive.is_listed else rule.listed_other
    state_zh, state_en = _STATES[measured.state]
    fields = {"use": use, "zone": Phrase(state_zh, state_en), "planned": Phrase("", "")}
    decided_by = Phrase(f"{state_zh}；用途：{use.zh}", f"{state_en}; use: {use.en}")
    return _answer(rule, outcome, overlap, law, fields, decided_by, is_assumed=sensitive.is_assumed)


_STATES = {
    None: ("调查状态不明", "state of the survey unknown"),
    ContaminationState.NOT_SURVEYED: ("未开展土壤污染状况调查", "soil not surveyed"),
    ContaminationState.LISTED: ("列入风险管控和修复名录", "on the list for risk control and restoration"),
}


def judge_share(rule: MaximumShare, overlap: MeasuredOverlap, law: Law) -> Judgement | None:
    """Judge the share of a site that lies in areas of one kind together."""
    if rule.zones and overlap.control_zone is not None and overlap.control_zone not in rule.zones:
        return None
    if overlap.overlap_class is OverlapClass.ARTEFACT:
        return None
    limit = law.row(rule.parameter)
    percent = describe_number(limit.value * 100, law.display()[-1].integer)
    fields = {"limit": Phrase(f"{percent.zh} %", f"{percent.en} %")}
    decided_by = Phrase(f"占比上限 {percent.zh} %", f"limit of the share: {percent.en} %")
    # Compared as printed numbers: 5 % of a site must not exceed 0.05 by the last bit of a quotient.
    if overlap.overlap_area_m2 > float(limit.value) * overlap.target_area_m2 * (1 + 1e-9):
        return _answer(rule, rule.exceeded, overlap, law, fields, decided_by, deciding=(limit,))
    if rule.within is None:
        return None
    return _answer(rule, rule.within, overlap, law, fields, decided_by, deciding=(limit,))


def _answer(
    rule: ProjectRuleBase,
    outcome: OutcomeBase,
    overlap: MeasuredOverlap,
    law: Law,
    fields: dict[str, Phrase],
    decided_by: Phrase,
    *,
    deciding: tuple[ParameterRow, ...] = (),
    is_assumed: bool = False,
) -> Judgement | None:
    """Weigh an outcome by what the overlap is and write it; None for an artefact and for what the outcome lets pass."""
    verdict = weigh_overlap(outcome.verdict, overlap, is_hard=rule.is_prohibition)
    if verdict is None or verdict is Verdict.PASS:
        return None
    written, suffix, rows = describe_overlap(overlap, verdict, law)
    return make_answer(
        rule,
        outcome,
        written | fields,
        verdict=verdict,
        deciding=deciding,
        shown=rows,
        suffix=suffix,
        decided_by=decided_by,
        is_assumed=is_assumed,
    )
