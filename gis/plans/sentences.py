"""A difference patch in one sentence, in Chinese and English."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from gis.landuse.codes import nearest_code
from gis.plans.comparison import ConflictClass
from gis.plans.lines import line_names
from gis.plans.statuses import CODES_JOINED_BY, PlanStatus, is_code_known
from gis.rules.parameters import ParameterRow
from gis.rules.sentences import Phrase, describe_area
from gis.slivers import OverlapClass

__all__ = ["CLASS_NAMES", "STATUS_NAMES", "PlanSays", "describe_patch"]

CLASS_NAMES = {
    ConflictClass.AGREED_CONSTRUCTION: Phrase("各规均为建设用地", "all plans say construction land"),
    ConflictClass.AGREED_NON_CONSTRUCTION: Phrase("各规均为非建设用地", "no plan says construction land"),
    ConflictClass.CONFLICT: Phrase("规划矛盾", "the plans contradict each other"),
    ConflictClass.GAP: Phrase("规划无数据", "a plan says nothing"),
    ConflictClass.CONTRADICTION: Phrase("规划自相矛盾", "a plan contradicts itself"),
}
STATUS_NAMES = {
    PlanStatus.NO_DATA: Phrase("无数据", "no data"),
    PlanStatus.NON_CONSTRUCTION: Phrase("非建设用地", "not construction land"),
    PlanStatus.CONSTRUCTION: Phrase("建设用地", "construction land"),
    PlanStatus.CONTRADICTION: Phrase("分区重叠且相互矛盾", "overlapping zones that contradict each other"),
}
_OVERLAP_NAMES = {
    OverlapClass.REAL: Phrase("", ""),
    OverlapClass.SLIVER: Phrase("细碎图斑，须人工确认。", " A sliver: to be confirmed by a person."),
    OverlapClass.ARTEFACT: Phrase(
        "由坐标系或坐标取位造成，不是真实差异。", " Made by reference systems or rounding: no real difference."
    ),
}


@dataclass(frozen=True, slots=True)
class PlanSays:
    """What one plan says of a patch; ``code`` as the plan wrote it, ``""`` where it says nothing."""

    title_zh: str
    title_en: str
    status: PlanStatus
    code: str
    code_version: str | None


def describe_patch(
    conflict_class: ConflictClass,
    plans: Sequence[PlanSays],
    lines: Sequence[str],
    area_m2: float,
    overlap_class: OverlapClass,
    places: tuple[ParameterRow, ...],
) -> Phrase:
    """Say what a patch is: what each plan says, how large it is, and which lines it touches.

    Parameters
    ----------
    conflict_class : ConflictClass
    plans : sequence of PlanSays
    lines : sequence of str
        Names of the bits that are set (:func:`gis.plans.lines.line_names`).
    area_m2 : float
    overlap_class : OverlapClass
    places : tuple of ParameterRow
        As :func:`gis.rules.sentences.display_rows` gives them.

    Returns
    -------
    Phrase
    """
    area, said, name = describe_area(area_m2, places), [_describe(plan) for plan in plans], CLASS_NAMES[conflict_class]
    zh = f"{name.zh}：{'，'.join(phrase.zh for phrase in said)}；面积 {area.zh}。"
    en = f"{name.en[0].upper()}{name.en[1:]}: {'; '.join(phrase.en for phrase in said)}. Area {area.en}."
    if lines:
        names = [line_names(line) for line in lines]
        zh += f"位于{'、'.join(each for each, _ in names)}。"
        en += f" It lies in: {', '.join(each for _, each in names)}."
    return Phrase(zh + _OVERLAP_NAMES[overlap_class].zh, en + _OVERLAP_NAMES[overlap_class].en)


@lru_cache(maxsize=4096)
def _describe(plan: PlanSays) -> Phrase:
    status = STATUS_NAMES[plan.status]
    if not plan.code:
        return Phrase(f"{plan.title_zh}{status.zh}", f"{plan.title_en}: {status.en}")
    zh, en = [], []
    for code in plan.code.split(CODES_JOINED_BY):
        known = (
            nearest_code(code, plan.code_version)
            if plan.code_version and is_code_known(code, plan.code_version)
            else None
        )
        zh.append(f"{code} {known.name_zh}" if known else code)
        en.append(f"{code} {known.name_en.lower()}" if known else code)
    return Phrase(
        f"{plan.title_zh}为 {'、'.join(zh)}（{status.zh}）", f"{plan.title_en}: {' and '.join(en)} ({status.en})"
    )
