"""Names and texts that must fit a format: shortened, cut or replaced, and always reported."""

from collections.abc import Iterable, Sequence
from typing import Final

from gis.formats.writing.model import WriteReport

__all__ = ["SHAPEFILE_NAME_BYTES", "SHAPEFILE_TEXT_BYTES", "fit_text", "fit_texts", "shorten_names"]

SHAPEFILE_NAME_BYTES: Final = 10
SHAPEFILE_TEXT_BYTES: Final = 254


def shorten_names(names: Iterable[str], *, encoding: str, limit: int = SHAPEFILE_NAME_BYTES) -> dict[str, str]:
    """Give every name one of at most ``limit`` bytes, all of them different also without regard to case.

    Returns
    -------
    dict
        Short name by name, in the same order. A name that fits is kept, also when a longer one before it begins like it.

    Examples
    --------
    >>> from gis.formats.writing.fitting import shorten_names
    >>> shorten_names(["area_ellipsoid_m2", "area_ellip", "area_ellipse", "用地分类代码"], encoding="GBK")
    {'area_ellipsoid_m2': 'area_ell_1', 'area_ellip': 'area_ellip', 'area_ellipse': 'area_ell_2', '用地分类代码': '用地分类代'}
    """
    wanted = list(names)
    taken: set[str] = set()
    short: dict[str, str] = {}
    for name in wanted:
        if _cut(name, encoding, limit) == name and name.lower() not in taken:
            short[name] = name
            taken.add(name.lower())
    for name in wanted:
        if name not in short:
            short[name] = _unique(name, taken, encoding, limit)
            taken.add(short[name].lower())
    return {name: short[name] for name in wanted}


def _unique(name: str, taken: set[str], encoding: str, limit: int) -> str:
    candidate = _cut(name, encoding, limit)
    number = 0
    while candidate.lower() in taken:
        number += 1
        ending = f"_{number}"
        candidate = _cut(name, encoding, limit - len(ending)) + ending
    return candidate


def _cut(text: str, encoding: str, limit: int) -> str:
    """Cut a text to a number of bytes, between characters; what the encoding lacks becomes a question mark."""
    return text.encode(encoding, errors="replace")[:limit].decode(encoding, errors="ignore")


def fit_text(text: str, encoding: str, limit: int | None) -> tuple[str, bool, bool]:
    """Return a text as an encoding can hold it, whether it was cut, and whether characters were replaced."""
    encoded = text.encode(encoding, errors="replace")
    is_cut = limit is not None and len(encoded) > limit
    kept = _cut(text, encoding, limit) if is_cut and limit is not None else encoded.decode(encoding)
    is_replaced = kept != text[: len(kept)]
    return kept, is_cut, is_replaced


def fit_texts(
    values: Sequence[str | None], name: str, report: WriteReport, *, encoding: str, limit: int | None
) -> list[str | None]:
    """Fit all texts of a field, and count what that changes."""
    fitted: list[str | None] = []
    for value in values:
        # Most texts are short, and ASCII is the same in every encoding.
        if value is None or (value.isascii() and (limit is None or len(value) <= limit)):
            fitted.append(value)
            continue
        text, is_cut, is_replaced = fit_text(value, encoding, limit)
        report.truncated[name] += is_cut
        report.replaced[name] += is_replaced
        fitted.append(text)
    return fitted
