"""Numbers as people read them, rounded half up, in Chinese and English: areas, shares, distances, figures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

from gis.certainty import Certainty
from gis.measurement import hectares, mu, nearest_decimal, round_half_up
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.verdict import Verdict

_DISPLAY_KEYS = ("display.places_m2", "display.places_ha", "display.places_mu", "display.places_percent")
_MOST_PLACES: Final = 9
# What is nearer to the whole than this is the whole: floating-point noise.
_WHOLE: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Phrase:
    """Part of a sentence in Chinese and English."""

    zh: str
    en: str


_UNCERTAIN: Final = {
    Certainty.DOUBTFUL_HIT: Phrase(
        "在测绘精度范围内该重叠可能不存在，须人工确认。",
        " Within the accuracy of the survey there may be no such overlap; it needs manual confirmation.",
    ),
    Certainty.POSSIBLE_HIT: Phrase(
        "界线在测绘精度范围内可能与地块重叠，须人工确认。",
        " Within the accuracy of the survey the line may reach into the land; it needs manual confirmation.",
    ),
    Certainty.CERTAIN_HIT: Phrase("", ""),
    Certainty.CERTAIN_CLEAR: Phrase("", ""),
}


def display_rows(parameters: ParameterSet, *, as_of: date, region: str) -> tuple[ParameterRow, ...]:
    """Pick the rows that fix decimal places: m2, ha, mu, per cent, in this order."""
    return parameters.rows(_DISPLAY_KEYS, as_of=as_of, region=region)


def describe_measure(area_m2: float, share: float, places: tuple[ParameterRow, ...]) -> Phrase:
    """Write an area and its share with their units.

    A positive number that would round to zero reads "less than" the smallest number shown: 0.00 would read as nothing.

    Parameters
    ----------
    area_m2 : float
    share : float
        0 to 1.
    places : tuple of ParameterRow
        As :func:`display_rows` gives them.

    Returns
    -------
    Phrase
    """
    area = describe_area(area_m2, places)
    zh, en = _show(share * 100, places[-1].integer)
    return Phrase(f"{area.zh}，占该地块 {zh} %", f"{area.en}, {en} % of the land")


def describe_area(area_m2: float, places: tuple[ParameterRow, ...]) -> Phrase:
    """Write an area in square metres, hectares and mu; the rows are those of :func:`display_rows`."""
    m2_zh, m2_en = _show(area_m2, places[0].integer)
    ha_zh, ha_en = _show(float(hectares(area_m2)), places[1].integer)
    mu_zh, mu_en = _show(float(mu(area_m2)), places[2].integer)
    return Phrase(f"{m2_zh} 平方米（{ha_zh} 公顷，{mu_zh} 亩）", f"{m2_en} m² ({ha_en} ha, {mu_en} mu)")


def describe_names(names: tuple[str, ...], *, at_most: int = 3) -> Phrase:
    """Write the names of the areas hit in brackets, the first few and the count of the rest."""
    if not names:
        return Phrase("", "")
    rest = len(names) - at_most
    zh = "、".join(names[:at_most]) + (f" 等 {len(names)} 处" if rest > 0 else "")
    en = ", ".join(names[:at_most]) + (f" and {rest} more" if rest > 0 else "")
    return Phrase(f"（{zh}）", f" ({en})")


def describe_sliver(mean_width_m: float | None, verdict: Verdict) -> tuple[str, str]:
    """Write the clause that a thin or small overlap adds to its sentence."""
    width_zh = width_en = ""
    if mean_width_m is not None:
        zh, en = _show(mean_width_m, 3)
        width_zh, width_en = f"（平均宽度 {zh} 米）", f" (mean width {en} m)"
    if verdict is Verdict.REVIEW:
        return (
            f"重叠部分为细碎图斑{width_zh}，须人工确认。",
            f" The overlap is a sliver{width_en} and needs manual confirmation.",
        )
    return f"重叠部分为细碎图斑{width_zh}，供参考。", f" The overlap is a sliver{width_en}, for information."


def describe_uncertain(certainty: Certainty) -> Phrase:
    """Write the clause that the survey's accuracy adds to a sentence; a certain overlap adds nothing."""
    return _UNCERTAIN[certainty]


def describe_number(value: float | Decimal, places: int, *, apart_from: float | Decimal | None = None) -> Phrase:
    """Write a number with a fixed count of decimal places.

    Parameters
    ----------
    value : float or Decimal
    places : int
    apart_from : float or Decimal, optional
        A limit that the number misses: more places are written where it would read as equal to the limit.

    Returns
    -------
    Phrase

    Examples
    --------
    >>> from gis.rules.sentences import describe_number
    >>> describe_number(29.999, 2).zh, describe_number(29.999, 2, apart_from=30).zh, describe_number(30.0, 2, apart_from=30).zh
    ('30.00', '29.999', '30.00')
    """
    if apart_from is not None and Decimal(str(value)) != Decimal(str(apart_from)):
        while places < _MOST_PLACES and round_half_up(value, places) == round_half_up(apart_from, places):
            places += 1
    return Phrase(*_show(float(value), places))


def describe_part(share: float, places: tuple[ParameterRow, ...]) -> Phrase:
    """Write a share in per cent: a part that is not whole never reads as whole, and one that is something not as nothing.

    Parameters
    ----------
    share : float
        0 to 1.
    places : tuple of ParameterRow
        As :func:`display_rows` gives them.

    Examples
    --------
    >>> from datetime import date
    >>> from gis.rules import ParameterSet, load_catalog
    >>> from gis.rules.sentences import describe_part, display_rows
    >>> rows = display_rows(ParameterSet(load_catalog().parameters), as_of=date(2026, 1, 1), region="CN")
    >>> [describe_part(share, rows).en for share in (0.5, 0.00001, 0.999999, 1.0)]
    ['50.00 %', 'less than 0.01 %', 'more than 99.99 %', '100.00 %']
    """
    decimals = places[-1].integer
    zh, en = _show(share * 100, decimals)
    if share < 1 - _WHOLE and round_half_up(share * 100, decimals) == 100:
        largest = 100 - Decimal(1).scaleb(-decimals)
        zh, en = f"超过 {largest:f}", f"more than {largest:f}"
    return Phrase(f"{zh} %", f"{en} %")


def join_phrases(phrases: Iterable[Phrase]) -> Phrase:
    """Write several phrases one after another."""
    listed = list(phrases)
    return Phrase("、".join(phrase.zh for phrase in listed), ", ".join(phrase.en for phrase in listed))


def _show(value: float, places: int) -> tuple[str, str]:
    """Write a number in Chinese and English; no phrase, of which a sentence would make and drop half a dozen."""
    rounded = nearest_decimal(value, places)
    if rounded == 0 and value > 0:
        smallest = Decimal(1).scaleb(-places)
        return f"不足 {smallest:f}", f"less than {smallest:f}"
    written = f"{rounded:.{places}f}"
    return written, written
