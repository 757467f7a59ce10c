"""A sheet as PDF. The same sheet in the same language gives the same bytes, fixed by the stored time of issue."""

import threading
from functools import cache
from pathlib import Path
from typing import Final

import orjson
import pylopdf_fonts_zh_cn
import typst
from sqlalchemy.orm import Session

from app.db.models import PlanningSheet
from app.extracts.document import Document
from app.extracts.labels import Language
from app.extracts.mapping import draw_map
from app.extracts.site_document import SiteDocument

TEMPLATE: Final = Path(__file__).with_name("sheet.typ")
# A compiler holds one document at a time.
_TURN: Final = threading.Lock()


def render_pdf(session: Session, sheet: PlanningSheet, language: Language) -> bytes:
    """Draw a sheet's map, lay the sheet out on A4 and return the PDF."""
    kind = SiteDocument if sheet.subject_kind == "site" else Document
    document = kind(sheet, draw_map(session, sheet), language).build()
    return compile_pdf(orjson.dumps(document).decode(), int(sheet.issued_at.timestamp()))


def compile_pdf(data: str, timestamp: int, *, template: Path = TEMPLATE) -> bytes:
    """Lay out a document (see :class:`app.extracts.document.Document`).

    Parameters
    ----------
    data : str
        JSON.
    timestamp : int
        Seconds since 1970, which is the time that the file says it was made at.
    template : Path, optional
        That of a sheet when left out.
    """
    with _TURN:
        pdf = _compiler(template).compile(format="pdf", sys_inputs={"data": data}, timestamp=timestamp)
    if not isinstance(pdf, bytes):
        message = "The compiler returned no file."
        raise TypeError(message)
    return pdf


@cache
def _compiler(template: Path) -> typst.Compiler:
    """Make the compiler of a template once: it reads the fonts, which takes longer than a sheet."""
    folder = str(pylopdf_fonts_zh_cn.sans_path().parent)
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=[folder])
    return typst.Compiler(input=str(template), root=str(template.parent), font_paths=fonts, ignore_system_fonts=True)
