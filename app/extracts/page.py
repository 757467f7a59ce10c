"""The verification of a sheet as a page for people, in Chinese and English."""

from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from app.extracts.labels import VERDICTS

OUTCOMES: Final = {
    "identical": (
        "一致",
        "Identical",
        "按所列版本重新计算，结果与本图完全一致。",
        "Computed again from the versions listed, everything is the same.",
    ),
    "data_changed": (
        "数据已变更",
        "Data changed",
        "所依据的数据已不是出具时的内容。",
        "The data that the sheet stands on are not what they were.",
    ),
    "rule_changed": (
        "规则已变更",
        "Rules changed",
        "所依据的规则或参数已不是出具时的内容。",
        "A rule or a number that the sheet stands on is not what it was.",
    ),
    "engine_changed": (
        "引擎已变更",
        "Engine changed",
        "数据和规则未变，计算引擎已更新。",
        "Data and rules are the same; the engine is another.",
    ),
    "forged": ("不可信", "Not to be trusted", "签名或内容摘要不符。", "Signature or hash do not fit the content."),
}
KINDS: Final = {
    "versions": ("数据层", "Layer"),
    "rules": ("规则", "Rule"),
    "parameters": ("参数", "Number"),
    "subject": ("宗地", "Parcel"),
    "engine": ("引擎", "Engine"),
}


def render_verification(document: dict[str, Any], json_url: str) -> str:
    """Render a verification; what comes out of data is escaped, and nothing is loaded."""
    template = _environment().get_template("verification.html.j2")
    return template.render(
        document=document,
        outcome=OUTCOMES[document["outcome"]],
        verdict=VERDICTS[document["verdict"]],
        kinds=KINDS,
        json_url=json_url,
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("app.extracts"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
