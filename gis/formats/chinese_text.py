"""Telling Big5 from GB 18030: nearly every text of the one is also some text of the other."""

from collections.abc import Iterable
from typing import Final

__all__ = ["reads_more_like_big5"]

_SAMPLE_BYTES: Final = 1 << 16
# GB/T 2312 puts the 3755 usual characters in rows 16 to 55, Big5 its 5401 usual ones in rows A4 to C6. Text of either
# is made of them almost wholly; taken for the other it is spread over rare characters as well.
_USUAL_GB: Final = (range(0xB0, 0xD8), range(0xA1, 0xFF))
_USUAL_BIG5: Final = (range(0xA4, 0xC7), range(0x40, 0xFF))


def reads_more_like_big5(texts: Iterable[bytes]) -> bool:
    """Whether more of the two-byte characters are usual ones of Big5 than usual ones of GB/T 2312.

    Examples
    --------
    >>> from gis.formats.chinese_text import reads_more_like_big5
    >>> text = "臺北市土地使用分區"
    >>> reads_more_like_big5([text.encode("big5")]), reads_more_like_big5(["长沙市土地利用分区".encode("gbk")])
    (True, False)
    """
    usual_gb = usual_big5 = seen = 0
    for text in texts:
        for lead, trail in _pairs(text):
            usual_gb += lead in _USUAL_GB[0] and trail in _USUAL_GB[1]
            usual_big5 += lead in _USUAL_BIG5[0] and trail in _USUAL_BIG5[1]
        seen += len(text)
        if seen > _SAMPLE_BYTES:
            break
    return usual_big5 > usual_gb


def _pairs(text: bytes) -> Iterable[tuple[int, int]]:
    position = 0
    while position + 1 < len(text):
        if text[position] < 0x80:
            position += 1
            continue
        yield text[position], text[position + 1]
        position += 2
