"""Why a comparison that could have been brought up to date was computed as a whole; nobody should have to guess it from the time that it took."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gis.rules.sentences import Phrase

__all__ = ["MOST_CHANGED_SHARE", "FullRun", "FullRunReason"]

# Beyond this share of the zones of a layer everything is computed again, which is then hardly slower.
MOST_CHANGED_SHARE: Final = 0.1


class FullRunReason(StrEnum):
    """What kept the former comparison from being the start."""

    OTHER_METHOD = "other_method"
    OTHER_NUMBERS = "other_numbers"
    OTHER_CODE_TABLES = "other_code_tables"
    OTHER_LAYERS = "other_layers"
    OTHER_COVERAGE = "other_coverage"
    NO_STATE = "no_state"
    WORN = "worn"
    NEW_LAYER = "new_layer"
    MUCH_CHANGED = "much_changed"
    DO_NOT_FIT = "do_not_fit"
    CHANGED_MEANWHILE = "changed_meanwhile"


_SAID: Final[Mapping[FullRunReason, Phrase]] = {
    FullRunReason.OTHER_METHOD: Phrase(
        "前次比对的方法或计算引擎版本不同", "the former comparison was made by another version of the method or the engine"
    ),
    FullRunReason.OTHER_NUMBERS: Phrase(
        "采用的法定数值与前次不同", "other legal numbers hold than in the former comparison"
    ),
    FullRunReason.OTHER_CODE_TABLES: Phrase(
        "地方用地代码表与前次不同", "a local code table is another than in the former comparison"
    ),
    FullRunReason.OTHER_LAYERS: Phrase(
        "管控线或规划的先后顺序与前次不同", "other lines are compared than before, or the plans are named in another order"
    ),
    FullRunReason.OTHER_COVERAGE: Phrase(
        "管控线的数据范围与前次不同", "the area for which a line is known is another than before"
    ),
    FullRunReason.NO_STATE: Phrase("前次比对未保存可用的单元", "no cells of the former comparison are kept"),
    FullRunReason.WORN: Phrase(
        "保存的单元多属以前各次，已重新整理", "most of the cells that were kept were of former revisions, and are now stored anew"
    ),
    FullRunReason.NEW_LAYER: Phrase("{layer} 此前没有要素", "{layer} had no features before"),
    FullRunReason.MUCH_CHANGED: Phrase(
        "{layer} 有超过 {share} 的要素变化", "more than {share} of the features of {layer} changed"
    ),
    FullRunReason.DO_NOT_FIT: Phrase(
        "{layer} 变化处的新单元与其余单元不能严密衔接", "the new cells at the changes of {layer} do not fit to the others exactly"
    ),
    FullRunReason.CHANGED_MEANWHILE: Phrase(
        "计算期间比对已由他人更新", "somebody else brought the comparison up to date while this was computed"
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FullRun:
    """A comparison has to be computed as a whole.

    Attributes
    ----------
    reason : FullRunReason
    layer : str or None
        Slug of the layer that it is about, where it is about one.
    """

    reason: FullRunReason
    layer: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it as it stands in the sums of a comparison, with a sentence for people.

        Examples
        --------
        >>> FullRun(FullRunReason.MUCH_CHANGED, "city_plan").as_json()["text_en"]
        'Everything was computed again: more than 10 % of the features of city_plan changed.'
        """
        names = {"layer": self.layer, "share": f"{MOST_CHANGED_SHARE:.0%}".replace("%", " %")}
        said = _SAID[self.reason]
        return {
            "reason": self.reason.value,
            "layer": self.layer,
            "text_zh": f"已全部重新计算：{said.zh.format(**names)}。",
            "text_en": f"Everything was computed again: {said.en.format(**names)}.",
        }
