"""What a land-use code is called, whatever table it is of."""

from gis.landuse import nearest_code
from gis.landuse.codes import LandUseCode


def find_code(code: str | None, code_version: str | None) -> LandUseCode | None:
    """Return a code of a table, or the class above a local subdivision of it; None where code or table is not known.

    Examples
    --------
    >>> from app.extracts.codes import find_code
    >>> find_code("0601", "GB/T 21010-2017").name_zh, find_code("0601", "a table of ours")
    ('工业用地', None)
    """
    if code is None or code_version is None:
        return None
    try:
        return nearest_code(code, code_version)
    except ValueError:
        return None
