"""Fields and values of an export as people read them, in one language."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from app.collections.schema import Property
from app.exports.repository import FEATURE_ID
from app.ogc.styles import CLEARANCE_STYLES
from gis.formats.writing import OutputBatch
from gis.plans.comparison import ConflictClass
from gis.plans.plan_faults import FAULT_NAMES
from gis.plans.register import STATE_NAMES
from gis.plans.sentences import CLASS_NAMES, STATUS_NAMES
from gis.rules.sentences import Phrase


class Language(StrEnum):
    """The languages of an export."""

    ZH = "zh"
    EN = "en"


_FEATURE_ID = Phrase("要素编号", "Feature id")
_STATUSES = {status.name.lower(): name for status, name in STATUS_NAMES.items()}
# The values of properties that have a fixed list of them.
_VALUES: Mapping[str, Mapping[str, Phrase]] = {
    "state": {state.value: name for state, name in STATE_NAMES.items()},
    "conflict_class": {kind.value: CLASS_NAMES[kind] for kind in ConflictClass},
    "plan_statuses": _STATUSES,
    "decided_status": _STATUSES,
    "progress": {value: Phrase(style.name_zh, style.name_en) for value, style in CLEARANCE_STYLES.items()},
    "legal_status": {
        "lawful": Phrase("合法", "lawful"),
        "unlawful": Phrase("违法", "unlawful"),
        "historic": Phrase("历史遗留", "historic"),
        "under_examination": Phrase("核查中", "under examination"),
    },
    "method": {
        "demolition": Phrase("拆除", "demolition"),
        "relocation": Phrase("搬迁", "relocation"),
        "buy_back": Phrase("收购收回", "buy back"),
        "restoration": Phrase("生态修复", "restoration"),
        "conversion": Phrase("用途转换", "conversion"),
        "retention": Phrase("保留", "retention"),
    },
    "fault_kind": FAULT_NAMES,
    "overlap_class": {
        "real": Phrase("真实", "real"),
        "sliver": Phrase("细碎", "sliver"),
        "artefact": Phrase("坐标误差", "artefact"),
    },
}


def field_titles(properties: Sequence[Property], language: Language | None) -> dict[str, str]:
    """Return what each field is called in the file: by its own name, or by its title, numbered where titles repeat."""
    titles = {FEATURE_ID: _say(_FEATURE_ID, language)} | {
        item.name: _say(Phrase(item.title_zh, item.title_en), language) for item in properties
    }
    if language is None:
        return {name: name for name in titles}
    seen: dict[str, int] = {}
    for name, title in titles.items():
        seen[title] = seen.get(title, 0) + 1
        titles[name] = title if seen[title] == 1 else f"{title} {seen[title]}"
    return titles


def in_language(
    batches: Iterator[OutputBatch], titles: Mapping[str, str], language: Language | None
) -> Iterator[OutputBatch]:
    """Yield batches whose columns and listed values are called as in a language; unchanged without one."""
    for batch in batches:
        if language is None:
            yield batch
            continue
        columns = {
            titles[name]: [_translate(value, _VALUES.get(name, {}), language) for value in values]
            for name, values in batch.columns.items()
        }
        yield OutputBatch(batch.geometries, columns)


def _translate(value: Any, names: Mapping[str, Phrase], language: Language) -> Any:  # noqa: ANN401  any value
    if isinstance(value, list):
        return [_translate(item, names, language) for item in value]
    return _say(names[value], language) if isinstance(value, str) and value in names else value


def _say(phrase: Phrase, language: Language | None) -> str:
    return phrase.zh if language is Language.ZH else phrase.en
