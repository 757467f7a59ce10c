"""Whether a code of a land use or an industry is among those a rule lists: yes, no, or not to be told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gis.landuse.codes import CodeVersion, code_table, lookup
from gis.landuse.crosswalk import translate_code
from gis.rules.facts import IndustryStandard


@dataclass(frozen=True, slots=True)
class UseMatch:
    """Whether a use is among listed ones.

    Attributes
    ----------
    is_listed : bool or None
        None when the code cannot be compared, or some of what it stands for is listed and some is not.
    is_assumed : bool
        Whether a pair of the crosswalk that decided is assumed.
    """

    is_listed: bool | None
    is_assumed: bool = False


def match_use(code: str | None, version: CodeVersion, listed: Sequence[str], listed_version: CodeVersion) -> UseMatch:
    """Tell whether a land use is among listed codes, each of which stands for itself and everything below it.

    Parameters
    ----------
    code : str or None
    version : CodeVersion
        Table of ``code``; it is translated where the list is in another one.
    listed : sequence of str
    listed_version : CodeVersion

    Examples
    --------
    >>> from gis.landuse import CodeVersion
    >>> from gis.rules.code_matching import match_use
    >>> guide = CodeVersion.GUIDE_2023
    >>> [match_use(code, guide, ["1001"], guide).is_listed for code in ("100101", "1002", "10", None)]
    [True, False, None, None]
    """
    found = _translated(code, version, listed_version)
    if found is None:
        return UseMatch(None)
    codes, is_assumed = found
    answers = {_is_listed(candidate, listed, listed_version) for candidate in codes}
    return UseMatch(answers.pop() if len(answers) == 1 else None, is_assumed)


def describe_use(code: str | None, version: CodeVersion) -> tuple[str, str]:
    """Write a use code with its names, in Chinese and English."""
    if code is None:
        return "未知", "unknown"
    known = lookup(code, version)
    return (f"{code}", f"{code}") if known is None else (f"{code} {known.name_zh}", f"{code} {known.name_en}")


def match_industry(
    code: str | None, standard: IndustryStandard, listed: Iterable[str], listed_standard: IndustryStandard
) -> bool | None:
    """Tell whether an industry is among listed codes, each of which stands for itself and everything below it.

    Parameters
    ----------
    code : str or None
        ``C2614`` or ``2614``; a section letter alone is ``C``.
    standard : IndustryStandard
    listed : iterable of str
    listed_standard : IndustryStandard
        Codes of different standards cannot be compared: None.

    Examples
    --------
    >>> from gis.rules.code_matching import match_industry
    >>> from gis.rules.facts import IndustryStandard
    >>> standard = IndustryStandard.GBT4754_2017
    >>> [match_industry(code, standard, ["C26"], standard) for code in ("C2614", "2614", "C13", "C", None)]
    [True, True, False, None, None]
    """
    if code is None or standard is not listed_standard:
        return None
    answers = [_industry_is(code, item) for item in listed]
    if True in answers:
        return True
    return None if None in answers else False


def _translated(code: str | None, version: CodeVersion, target: CodeVersion) -> tuple[tuple[str, ...], bool] | None:
    if code is None:
        return None
    try:
        translation = translate_code(code, version, target)
    except ValueError:
        return None
    if not translation.codes or (translation.needs_review and len(translation.codes) == 1):
        return None
    return translation.codes, translation.is_assumed


def _is_listed(code: str, listed: Sequence[str], version: CodeVersion) -> bool | None:
    if any(_is_below(code, item, version) for item in listed):
        return True
    return None if any(_is_below(item, code, version) for item in listed) else False


def _is_below(code: str, above: str, version: CodeVersion) -> bool:
    table, step = code_table(version), code
    while step != above:
        parent = table[step].parent if step in table else None
        if parent is None:
            return False
        step = parent
    return True


def _industry_is(code: str, item: str) -> bool | None:
    letter, digits = _split(code)
    item_letter, item_digits = _split(item)
    if item_letter and letter and item_letter != letter:
        return False
    if not item_digits:
        return None if not letter else True
    if digits.startswith(item_digits):
        return True
    return None if item_digits.startswith(digits) else False


def _split(code: str) -> tuple[str, str]:
    return (code[:1], code[1:]) if code[:1].isalpha() else ("", code)
