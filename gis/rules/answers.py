"""The answer of one rule: verdict, sentences, law and the parameter rows behind it, and how it is put together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from gis.errors import GisError
from gis.rules.model import RuleBase
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.sentences import Phrase, display_rows
from gis.rules.sources import NATIONAL
from gis.rules.texts import Decision, OutcomeBase
from gis.rules.verdict import Verdict

NOTHING = Phrase("", "")


class RuleNotInForceError(GisError):
    """A rule was asked about a day or a region in which it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """A finding: verdict, sentences, law and the parameter rows that were used.

    Attributes
    ----------
    is_assumed : bool
        The rule's text, or a number that decided, has still to be checked against the published document.
    parameter_rows : tuple of ParameterRow
    decision : Decision or None
        What follows, for programs.
    decided_by : Phrase
        What tipped it: a zone, an item of a list, a class of objects, a limit.
    """

    rule_id: str
    verdict: Verdict
    text_zh: str
    text_en: str
    article: str
    remedy_zh: str
    remedy_en: str
    is_assumed: bool
    parameter_rows: tuple[ParameterRow, ...]
    decision: Decision | None = None
    decided_by: Phrase = NOTHING


@dataclass(frozen=True, slots=True)
class Law:
    """The numbers of one day in one region."""

    parameters: ParameterSet
    as_of: date
    region: str = NATIONAL

    def row(self, key: str) -> ParameterRow:
        """Pick the row in force; see :meth:`gis.rules.ParameterSet.row`."""
        return self.parameters.row(key, as_of=self.as_of, region=self.region)

    def display(self) -> tuple[ParameterRow, ...]:
        """Pick the rows that fix decimal places of areas and shares."""
        return display_rows(self.parameters, as_of=self.as_of, region=self.region)


def require_in_force(rule: RuleBase, as_of: date, region: str) -> None:
    """Refuse a rule outside its period or its region.

    Raises
    ------
    RuleNotInForceError
    """
    if not (rule.source.is_in_force(as_of) and rule.source.applies_in(region)):
        raise RuleNotInForceError(f"rule {rule.rule_id} is not in force on {as_of} in region {region}")


def make_answer(
    rule: RuleBase,
    outcome: OutcomeBase,
    fields: Mapping[str, Phrase],
    *,
    verdict: Verdict | None = None,
    deciding: Iterable[ParameterRow] = (),
    shown: Iterable[ParameterRow] = (),
    suffix: Phrase = NOTHING,
    decided_by: Phrase = NOTHING,
    is_assumed: bool = False,
) -> Judgement:
    """Put the answer of an outcome together.

    Parameters
    ----------
    fields : mapping of str to Phrase
        What the placeholders of the sentence stand for, but for the citation.
    verdict : Verdict, optional
        Default: the outcome's own.
    deciding : iterable of ParameterRow
        Rows whose numbers decided: where one is assumed, so is the answer, and the sentence names it.
    shown : iterable of ParameterRow
        Rows that only fixed how numbers are written or told a sliver.
    suffix : Phrase
        Added to the sentences.
    is_assumed : bool
        Something else that decided is assumed, such as a pair of a crosswalk.
    """
    source = outcome.source or rule.source
    rows = tuple(dict.fromkeys(deciding))
    doubts = _describe_assumed(rows, is_more_assumed=is_assumed)
    zh = {name: phrase.zh for name, phrase in fields.items()} | {"citation": source.citation_zh}
    en = {name: phrase.en for name, phrase in fields.items()} | {"citation": source.citation_en}
    return Judgement(
        rule_id=rule.rule_id,
        verdict=outcome.verdict if verdict is None else verdict,
        text_zh=outcome.text.zh.format_map(zh) + suffix.zh + doubts.zh,
        text_en=outcome.text.en.format_map(en) + suffix.en + doubts.en,
        article=source.citation_zh,
        remedy_zh=outcome.remedy.zh,
        remedy_en=outcome.remedy.en,
        is_assumed=is_assumed or source.is_assumed or bool(doubts.zh),
        parameter_rows=(*rows, *shown),
        decision=outcome.decision,
        decided_by=decided_by,
    )


def make_clear_answer(
    rule: RuleBase,
    detail: Phrase,
    *,
    deciding: Iterable[ParameterRow] = (),
    shown: Iterable[ParameterRow] = (),
    decided_by: Phrase = NOTHING,
    is_assumed: bool = False,
) -> Judgement:
    """Put the answer of a rule together that was applied and is kept: PASS, with the numbers that show it.

    Parameters
    ----------
    detail : Phrase
        A clause without a full stop.
    """
    rows, source = tuple(dict.fromkeys(deciding)), rule.source
    doubts = _describe_assumed(rows, is_more_assumed=is_assumed)
    return Judgement(
        rule_id=rule.rule_id,
        verdict=Verdict.PASS,
        text_zh=f"{rule.title.zh}：{detail.zh}，符合要求。依据{source.citation_zh}。{doubts.zh}",
        text_en=f"{rule.title.en}: {detail.en}; the rule is kept. Source: {source.citation_en}.{doubts.en}",
        article=source.citation_zh,
        remedy_zh="",
        remedy_en="",
        is_assumed=is_assumed or source.is_assumed or bool(doubts.zh),
        parameter_rows=(*rows, *shown),
        decision=Decision.ALLOWED,
        decided_by=decided_by,
    )


def _describe_assumed(rows: Iterable[ParameterRow], *, is_more_assumed: bool) -> Phrase:
    """Name the numbers that decided and are still to be checked, and say that more than numbers is."""
    written = [f"{row.key} = {row.value:f} {row.unit}" for row in rows if row.is_assumed]
    zh = f"所用数值为待核实的默认值：{'、'.join(written)}。" if written else ""
    en = f" Numbers still to be confirmed: {', '.join(written)}." if written else ""
    if is_more_assumed:
        zh += "所用的代码对照、行业范围或者清单条目待核实。"
        en += (
            " A comparison of codes, a range of industries or an item of a list that was used is still to be confirmed."
        )
    return Phrase(zh, en)
