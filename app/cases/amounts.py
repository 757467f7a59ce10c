"""Amounts as decisions write them: in figures and in the numerals that cannot be altered (大写)."""

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def yuan_in_figures(amount: Decimal) -> str:
    """Write an amount with separators and cents.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from app.cases.amounts import yuan_in_figures
    >>> yuan_in_figures(Decimal("2000000.01"))
    '2,000,000.01'
    """
    return f"{amount:,.2f}"


def yuan_in_words(amount: Decimal) -> str:
    """Write an amount in capital numerals.

    Parameters
    ----------
    amount : Decimal
        Not negative, in yuan with at most two places, below ten thousand trillion.

    Raises
    ------
    ValueError

    Examples
    --------
    >>> from decimal import Decimal
    >>> from app.cases.amounts import yuan_in_words
    >>> yuan_in_words(Decimal("2000000.01")), yuan_in_words(Decimal("10050.30")), yuan_in_words(Decimal("0.5"))
    ('贰佰万元零壹分', '壹万零伍拾元叁角整', '伍角整')
    """
    cents = amount * 100
    if amount < 0 or cents != int(cents) or amount >= Decimal(10) ** 16:
        raise ValueError(f"{amount} is no amount in yuan and cents")
    whole, rest = divmod(int(cents), 100)
    tenths, hundredths = divmod(rest, 10)
    words = f"{_whole_in_words(whole)}元" if whole else ""
    if tenths:
        words += f"{_DIGITS[tenths]}角"
    elif hundredths and whole:
        words += "零"
    if hundredths:
        return f"{words}{_DIGITS[hundredths]}分"
    return f"{words}整" if words else "零元整"


def _whole_in_words(number: int) -> str:
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words, is_gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            is_gap = bool(words)
            continue
        if words and (is_gap or group < 1000):
            words += "零"
        words += _group_in_words(group) + _GROUPS[place]
        is_gap = False
    return words


def _group_in_words(group: int) -> str:
    words, is_gap = "", False
    for place in range(3, -1, -1):
        digit = group // 10**place % 10
        if not digit:
            is_gap = bool(words)
            continue
        words += ("零" if is_gap else "") + _DIGITS[digit] + _PLACES[place]
        is_gap = False
    return words
