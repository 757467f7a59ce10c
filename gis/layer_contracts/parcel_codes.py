"""Parcel codes and real property unit codes: what is wrong with one.

References
----------
.. [1] TD/T 1001-2012《地籍调查规程》 and GB/T 37346-2019《不动产单元设定与代码编制规则》: 宗地代码 = county (6) + cadastral zone (3) + sub-zone (3)
   + feature letters (2) + number (5); unit = parcel + W and eight zeros, or F, L, Q and a number of eight digits.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from gis.crs_firewall.places import provinces

__all__ = [
    "CodeFault",
    "are_parcel_codes",
    "county_of",
    "find_feature_letters_fault",
    "find_parcel_code_fault",
    "find_region_code_fault",
    "find_unit_code_fault",
    "follows_from_parcel_code",
]

PARCEL_LENGTH: Final = 19
UNIT_LENGTH: Final = 28
_LETTERS: Final = re.compile(r"J[AC]|[GJZ][BSXDEFHGWYLN]")
_ALLOWED_LETTERS: Final = "JA, JC, [GJZ]+[BSXDEFHGWYLN]"
_PARCEL_FORM: Final = re.compile(r"\d{12}[A-Z]{2}\d{5}", re.ASCII)
_PARCEL_SHAPE: Final = "6+3+3+AA+5"
_UNIT_TAIL: Final = re.compile(r"W0{8}|[FLQ]\d{8}", re.ASCII)
_UNIT_SHAPE: Final = "19 + W00000000 | F/L/Q + 8"
_LETTERS_AT: Final = slice(12, 14)
_COUNTY: Final = re.compile(r"\d{6}", re.ASCII)


@dataclass(frozen=True, slots=True)
class CodeFault:
    """What is wrong with a code: kind of fault, what was found and what would be right."""

    kind: str
    found: str
    expected: str
    values: tuple[tuple[str, Any], ...] = ()


@lru_cache(maxsize=4096)
def find_region_code_fault(code: str) -> CodeFault | None:
    """Find out whether a region code begins with a province of GB/T 2260.

    Only the province is looked up: no table of counties ships with the library.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import find_region_code_fault
    >>> find_region_code_fault("430121") is None, find_region_code_fault("990121").kind
    (True, 'parcel_code_county')
    """
    if code[:2] in provinces() and code.isascii() and code.isdigit() and len(code) in {2, 4, 6, 9, 12, 19}:
        return None
    return CodeFault("parcel_code_county", code[:6], "GB/T 2260")


def find_parcel_code_fault(code: str) -> CodeFault | None:
    """Find the first fault of a parcel code; it is read without blanks around it.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import find_parcel_code_fault
    >>> find_parcel_code_fault("340123002004GB00011") is None
    True
    >>> find_parcel_code_fault("340123002004GB0001").kind, find_parcel_code_fault("340123002004GA00011").found
    ('parcel_code_length', 'GA')
    """
    if len(code) != PARCEL_LENGTH:
        return CodeFault("parcel_code_length", code, str(PARCEL_LENGTH), (("length", len(code)),))
    if not _PARCEL_FORM.fullmatch(code):
        return CodeFault("parcel_code_form", code, _PARCEL_SHAPE)
    return find_feature_letters_fault(code[_LETTERS_AT]) or find_region_code_fault(code[:6])


def are_parcel_codes(codes: Iterable[str]) -> bool:
    """Tell whether none of some codes has a fault; counties and letters, which they share, are looked at once.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import are_parcel_codes
    >>> are_parcel_codes(["340123002004GB00011", "340123002004GB00012"]), are_parcel_codes(["340123002004GA00011"])
    (True, False)
    """
    shared = set()
    for code in codes:
        if not _PARCEL_FORM.fullmatch(code):
            return False
        shared.add((code[:6], code[_LETTERS_AT]))
    return all(
        find_feature_letters_fault(letters) is None and find_region_code_fault(county) is None
        for county, letters in shared
    )


def find_unit_code_fault(code: str) -> CodeFault | None:
    """Find the first fault of a real property unit code; blanks between its four groups do not matter.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import find_unit_code_fault
    >>> find_unit_code_fault("430121 001001 GB00012 W00000000") is None
    True
    >>> find_unit_code_fault("430121001001GB00012W00000001").kind
    'parcel_code_form'
    """
    joined = code.replace(" ", "")
    if len(joined) != UNIT_LENGTH:
        return CodeFault("parcel_code_length", code, str(UNIT_LENGTH), (("length", len(joined)),))
    if not _UNIT_TAIL.fullmatch(joined[PARCEL_LENGTH:]):
        return CodeFault("parcel_code_form", code, _UNIT_SHAPE)
    return find_parcel_code_fault(joined[:PARCEL_LENGTH])


def find_feature_letters_fault(letters: str) -> CodeFault | None:
    """Find out whether feature letters are allowed: ownership, then the right; A and C only with J.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import find_feature_letters_fault
    >>> find_feature_letters_fault("JC") is None, find_feature_letters_fault("GC").kind
    (True, 'parcel_code_feature')
    """
    return None if _LETTERS.fullmatch(letters) else CodeFault("parcel_code_feature", letters, _ALLOWED_LETTERS)


def follows_from_parcel_code(value: str, parcel_code: str) -> bool:
    """Tell whether a unit code or feature letters only repeat what the parcel code says, right or wrong.

    Examples
    --------
    >>> from gis.layer_contracts.parcel_codes import follows_from_parcel_code
    >>> code = "340123002004GA00011"
    >>> [follows_from_parcel_code(value, code) for value in (code + "W00000000", "GA", "GB", code + "X")]
    [True, True, False, False]
    """
    joined = value.replace(" ", "")
    if joined.startswith(parcel_code):
        return bool(_UNIT_TAIL.fullmatch(joined[len(parcel_code) :]))
    return joined == parcel_code[_LETTERS_AT]


def county_of(code: str) -> str | None:
    """Return the county that a code begins with, None where it does not begin with six digits."""
    return code[:6] if _COUNTY.match(code) else None
