"""Land-use codes of one table in the terms of another (地类转换), with what a person has to decide."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from gis.landuse.codes import CodeVersion, LandUseCode, code_table, nearest_code
from gis.landuse.reading import read_table

__all__ = ["Translation", "translate_code"]


@dataclass(frozen=True, slots=True)
class Translation:
    """What one code means in another table.

    Attributes
    ----------
    codes : tuple of str
        Empty where the other table has nothing for it, several where its subdivisions or its name must decide.
    needs_review : bool
        Whether a person has to decide: not exactly one code, or a code of another land class.
    is_assumed : bool
        Whether a pair used is not printed in a standard.
    """

    codes: tuple[str, ...]
    needs_review: bool
    is_assumed: bool

    @property
    def code(self) -> str | None:
        """The code to use, None as long as a person has not decided."""
        return None if self.needs_review else self.codes[0]


def translate_code(code: str | None, from_version: CodeVersion | str, to_version: CodeVersion | str) -> Translation:
    """Translate a code from one table to another.

    A code without a pair of its own means what its subdivisions have in common; a local subdivision means what the nearest
    code above it means. A lower level is never invented for a higher one.

    Parameters
    ----------
    code : str or None
    from_version, to_version : CodeVersion or str

    Returns
    -------
    Translation

    Raises
    ------
    ValueError
        When there is no way from the one table to the other.

    References
    ----------
    .. [1] 自然资发〔2023〕234号, the survey's working classes against the guide; pairs marked as assumed follow published
       comparisons of GB/T 21010-2017 and GB 50137-2011 with it.

    Examples
    --------
    >>> from gis.landuse.crosswalk import translate_code
    >>> translate_code("0601", "TD/T 1055-2019", "GUIDE-2023").code
    '1001'
    >>> translate_code("08H2", "TD/T 1055-2019", "GUIDE-2023").codes
    ('0802', '0803', '0804', '0805', '0806', '0807')
    >>> translate_code("0701", "GUIDE-2023", "GB 50137-2011").code
    'R'
    """
    source, target = CodeVersion(from_version), CodeVersion(to_version)
    known = nearest_code(code, source)
    if source == target:
        return Translation(() if known is None else (known.code,), known is None, is_assumed=False)
    if known is None:
        _pairs(source, target)
        return Translation((), needs_review=True, is_assumed=False)
    return _translate(known, target)


@dataclass(frozen=True, slots=True)
class _Pair:
    code: str
    is_assumed: bool
    needs_review: bool


@cache
def _pairs(source: CodeVersion, target: CodeVersion) -> dict[str, tuple[_Pair, ...]]:
    pairs: dict[str, tuple[_Pair, ...]] = {}
    for row in read_table("crosswalk.csv"):
        if (row["from_version"], row["to_version"]) == (source, target):
            pair = _Pair(row["to_code"], row["status"] == "assumed", row["needs_review"] == "1")
            pairs[row["from_code"]] = (*pairs.get(row["from_code"], ()), pair)
    if not pairs:
        raise ValueError(f"there is no crosswalk from {source.value} to {target.value}")
    return pairs


@cache
def _translate(known: LandUseCode, target: CodeVersion) -> Translation:
    own = next((found for code in _with_ancestors(known) if (found := _pairs(known.version, target).get(code))), None)
    if own is not None:
        needs_review = len(own) > 1 or any(pair.needs_review for pair in own)
        return Translation(tuple(pair.code for pair in own), needs_review, any(pair.is_assumed for pair in own))
    below = [_translate(code, target) for code in code_table(known.version).values() if code.parent == known.code]
    codes = sorted({code for translation in below for code in translation.codes})
    common = _common_codes(codes, target)
    needs_review = len(common) != 1 or any(not translation.codes for translation in below)
    return Translation(common, needs_review, any(translation.is_assumed for translation in below))


def _with_ancestors(known: LandUseCode) -> Iterator[str]:
    table, code = code_table(known.version), known.code
    while True:
        yield code
        parent = table[code].parent
        if parent is None:
            return
        code = parent


def _common_codes(codes: Iterable[str], target: CodeVersion) -> tuple[str, ...]:
    """Return the lowest code above all of these, or their highest ones where there is none."""
    paths = [list(_with_ancestors(code_table(target)[code])) for code in codes]
    if not paths:
        return ()
    shared = [code for code in paths[0] if all(code in path for path in paths)]
    return (shared[0],) if shared else tuple(sorted({path[-1] for path in paths}))
