"""Judging distances: classes of objects, the required metres, and what accuracy and unknown widths leave open."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from gis.rules.answers import Judgement, Law, make_answer, make_clear_answer
from gis.rules.code_matching import match_industry
from gis.rules.facts import SiteFacts
from gis.rules.measurements import MeasuredDistance
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import Phrase, describe_names, describe_number, join_phrases
from gis.rules.site_model import DistanceClass, MeasuredFrom, MinimumDistance, ProjectScope
from gis.siting.basis import DistanceBasis

#: The widest half of an object's land that is reckoned with where a layer has centre lines without a width.
HALF_WIDTH_KEY = "siting.largest_half_width_m"
PLACES_KEY = "display.places_distance_m"


def judge_distance(rule: MinimumDistance, measured: MeasuredDistance, facts: SiteFacts, law: Law) -> Judgement | None:
    """Judge the distance of a site to one object.

    Where the class is not known all classes of the rule are candidates: the site is too close when it is so for each of
    them, and clear when it is so for each.

    Returns
    -------
    Judgement or None
        PASS with the numbers where the distance is kept; None where the rule is not about such a project.
    """
    applies = True if rule.applies_to is None else _applies(rule.applies_to, facts)
    if applies is False:
        return None
    required = _required(rule, measured, law)
    near, far, width_rows = _range_of(rule, measured, law)
    deciding = (*required.rows, *width_rows)
    fields = _describe(measured, required, law)
    decided_by = fields["object"]
    is_assumed = rule.applies_to is not None and rule.applies_to.is_assumed
    if _is_clear(near, required.most, rule):
        shown = (law.row(PLACES_KEY),)
        return make_clear_answer(
            rule,
            _clear_detail(fields),
            deciding=deciding,
            shown=shown,
            decided_by=decided_by,
            is_assumed=is_assumed,
        )
    if applies is None and rule.unknown_project is not None:
        outcome = rule.unknown_project
    elif not _is_clear(far, required.least, rule):
        outcome = rule.closer if facts.is_building_outline else (rule.closer_site or rule.closer)
    elif required.is_certain:
        outcome = rule.doubtful
    else:
        outcome = rule.unknown_class
    return make_answer(
        rule,
        outcome,
        fields,
        deciding=deciding,
        shown=(law.row(PLACES_KEY),),
        suffix=_describe_basis(rule, measured, law),
        decided_by=decided_by,
        is_assumed=is_assumed,
    )


def search_radius_m(rule: MinimumDistance, law: Law) -> float:
    """Return how far around a site objects of a rule have to be looked for, in metres from what the layer draws.

    It is the largest required distance, and half of the widest land on top, because a layer may draw centre lines.
    """
    most = max(law.row(key).value for found in rule.classes.values() for key in _keys(found))
    return float(most + law.row(HALF_WIDTH_KEY).value)


def required_distance_m(rule: MinimumDistance, object_class: str | None, place_class: str | None, law: Law) -> float:
    """Return the distance that an object of a class asks for; the largest that is possible where the class is not known."""
    return _required(
        rule, MeasuredDistance(distance_m=0.0, object_class=object_class, place_class=place_class), law
    ).most


def find_distance_class(rule: MinimumDistance, written: str | None) -> DistanceClass | None:
    """Find the class of an object by what its layer writes; width, blanks and case of characters do not matter."""
    plain = _plain(written)
    if not plain:
        return None
    return next(
        (found for key, found in rule.classes.items() if plain in {_plain(key), *map(_plain, found.written)}), None
    )


def rules_about_object(rules: Iterable[MinimumDistance], written: str | None) -> tuple[MinimumDistance, ...]:
    """Pick the rules that an object of a layer falls under: those that know its class, and all of them when none does.

    A layer of utilities holds power lines and pipelines; a pipeline is no power line of unknown voltage.

    Parameters
    ----------
    rules : iterable of MinimumDistance
        Those about the control kind of the object's layer.
    written : str or None
        The object's class as its layer writes it.

    Examples
    --------
    >>> from gis.rules import MinimumDistance, load_catalog
    >>> from gis.rules.distance_judging import rules_about_object
    >>> utilities = [rule for rule in load_catalog().project_rules if isinstance(rule, MinimumDistance) and "utility" in rule.control_kinds]
    >>> [rule.rule_id for rule in rules_about_object(utilities, "110kV")], len(rules_about_object(utilities, "?")) == len(utilities)
    (['national.power_line_zone'], True)
    """
    listed = tuple(rules)
    return tuple(rule for rule in listed if find_distance_class(rule, written) is not None) or listed


@dataclass(frozen=True, slots=True)
class _Required:
    rows: tuple[ParameterRow, ...]
    name: Phrase
    is_certain: bool

    @property
    def least(self) -> float:
        return float(min(row.value for row in self.rows))

    @property
    def most(self) -> float:
        return float(max(row.value for row in self.rows))


def _required(rule: MinimumDistance, measured: MeasuredDistance, law: Law) -> _Required:
    found = find_distance_class(rule, measured.object_class)
    if found is None:
        keys = [key for each in rule.classes.values() for key in _keys(each)]
        name = Phrase(
            f"类别不明的对象（{measured.object_class or '未注明'}）",
            f"an object of unknown class ({measured.object_class or 'not stated'})",
        )
    else:
        place = found.place_parameters.get(measured.place_class or "")
        keys = [place] if place is not None else list(_keys(found))
        name = Phrase(found.name.zh, found.name.en)
    rows = tuple(law.row(key) for key in dict.fromkeys(keys))
    return _Required(rows, name, is_certain=len({row.value for row in rows}) == 1)


def _keys(found: DistanceClass) -> tuple[str, ...]:
    return (found.parameter,) if found.parameter is not None else tuple(found.place_parameters.values())


def _range_of(
    rule: MinimumDistance, measured: MeasuredDistance, law: Law
) -> tuple[float, float, tuple[ParameterRow, ...]]:
    """Return the least and the most that the true distance can be, and the rows that took part."""
    slack = measured.accuracy_m or 0.0
    near, far = measured.distance_m - slack, measured.distance_m + slack
    if rule.measured_from is MeasuredFrom.OUTER_EDGE and measured.basis is DistanceBasis.CENTRE_LINE:
        row = law.row(HALF_WIDTH_KEY)
        return max(near - float(row.value), 0.0), far, (row,)
    return max(near, 0.0), far, ()


def _is_clear(distance: float, required: float, rule: MinimumDistance) -> bool:
    return distance >= required if rule.exact_is_clear else distance > required


def _applies(scope: ProjectScope, facts: SiteFacts) -> bool | None:
    answers: list[bool | None] = []
    if scope.industries:
        answers.append(
            match_industry(facts.industry_code, facts.industry_standard, scope.industries, scope.industry_standard)
        )
    if scope.works:
        answers.append(None if facts.works is None else not facts.works.isdisjoint(scope.works))
    if True in answers:
        return True
    return None if None in answers else False


def _describe(measured: MeasuredDistance, required: _Required, law: Law) -> dict[str, Phrase]:
    places = law.row(PLACES_KEY).integer
    nearest = min((row.value for row in required.rows), key=lambda value: abs(float(value) - measured.distance_m))
    distance = describe_number(measured.distance_m, places, apart_from=nearest)
    limits = sorted({row.value for row in required.rows})
    return {
        "distance": Phrase(f"{distance.zh} 米", f"{distance.en} m"),
        "required": join_phrases(Phrase(f"{limit.normalize():f} 米", f"{limit.normalize():f} m") for limit in limits),
        "object": required.name,
        "names": describe_names(measured.names),
    }


def _clear_detail(fields: dict[str, Phrase]) -> Phrase:
    distance, required, name, names = (fields[key] for key in ("distance", "required", "object", "names"))
    return Phrase(
        f"距{name.zh}{names.zh} {distance.zh}，要求 {required.zh}",
        f"{distance.en} from {name.en}{names.en}, {required.en} required",
    )


def _describe_basis(rule: MinimumDistance, measured: MeasuredDistance, law: Law) -> Phrase:
    clauses = [_describe_line(rule, measured)]
    if measured.accuracy_m:
        slack = describe_number(measured.accuracy_m, law.row(PLACES_KEY).integer)
        clauses.append(Phrase(f"测绘精度 ±{slack.zh} 米。", f" Accuracy of the survey: ±{slack.en} m."))
    if measured.encroached_area_m2:
        area = describe_number(measured.encroached_area_m2, law.display()[0].integer)
        clauses.append(
            Phrase(f"控制范围内的面积为 {area.zh} 平方米。", f" The area within the distance is {area.en} m².")
        )
    return Phrase("".join(clause.zh for clause in clauses), "".join(clause.en for clause in clauses))


def _describe_line(rule: MinimumDistance, measured: MeasuredDistance) -> Phrase:
    if rule.measured_from is MeasuredFrom.CENTRE_LINE:
        if measured.basis is DistanceBasis.OUTER_EDGE:
            return Phrase("按对象外缘量算，为近似值。", " Measured from the object's edge: approximate.")
        return Phrase("", "")
    match measured.basis:
        case DistanceBasis.OUTER_EDGE:
            return Phrase("", "")
        case DistanceBasis.CENTRE_LINE_AND_WIDTH:
            return Phrase(
                "按中心线加用地宽度的一半量算，为近似值。",
                " Measured from the centre line and half of the width of the land: approximate.",
            )
        case DistanceBasis.CENTRE_LINE:
            return Phrase(
                "仅有中心线且用地宽度未知，为近似值。",
                " Measured from a centre line whose width is not known: approximate.",
            )


def _plain(written: str | None) -> str:
    return "".join(unicodedata.normalize("NFKC", written or "").split()).casefold()
