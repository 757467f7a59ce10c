"""Files of Office that are no ZIP archives: workbooks of its old format, and those that a password protects."""

from pathlib import Path
from typing import Final

__all__ = ["COMPOUND_FILE", "describe_compound_file"]

#: How a compound file ([MS-CFB] 2.2, header signature) begins.
COMPOUND_FILE: Final = b"\xd0\xcf\x11\xe0"
# [MS-OFFCRYPTO] 2.3.4.4: a protected document is one stream of this name; names in a compound file are UTF-16 ([MS-CFB] 2.6.1).
_PROTECTED: Final = "EncryptedPackage".encode("utf-16-le")
_BLOCK: Final = 1 << 20


def describe_compound_file(path: Path) -> str:
    """Say what a compound file is, and what to do.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from gis.formats.office_files import COMPOUND_FILE, describe_compound_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder, "a.xls")
    ...     _ = path.write_bytes(COMPOUND_FILE)
    ...     describe_compound_file(path)
    'a workbook or document of old Office; save it as .xlsx'
    """
    if _holds(path, _PROTECTED):
        return (
            "protected by a password; open it, remove the password (in Excel: File, Info, Protect Workbook, Encrypt with Password, "
            "and leave it empty), save it and deliver it again"
        )
    return "a workbook or document of old Office; save it as .xlsx"


def _holds(path: Path, sought: bytes) -> bool:
    before = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if sought in before + block:
                return True
            before = block[-len(sought) :]
    return False
