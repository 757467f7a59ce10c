"""Headers of delivered tables with the parser of their unit, for the columns of :func:`gis.formats.tables.read_table`."""

from decimal import Decimal

from gis.formats.cells import Parser, in_units_of, one_of, parse_amount, parse_date, parse_text

_FLAG = one_of({"是": True, "否": False, "有": True, "无": False})


def texts(*headers: str) -> dict[str, Parser]:
    """List the headers of a text or code."""
    return dict.fromkeys(headers, parse_text)


def dates(*headers: str) -> dict[str, Parser]:
    """List the headers of a day."""
    return dict.fromkeys(headers, parse_date)


def areas(*names: str) -> dict[str, Parser]:
    """List the headers of an area in m2 or hectares; without a unit it is no known column.

    Mu are not read: a mu is 2000/3 m2, which no decimal can write, and a share is compared exactly.
    """
    units: dict[str, Parser] = {
        "平方米": parse_amount,
        "㎡": parse_amount,
        "公顷": in_units_of(10_000),
    }
    return {f"{name}({unit})": parse for name in names for unit, parse in units.items()}


def numbers(*headers: str) -> dict[str, Parser]:
    """List the headers of a number that is not negative."""
    return dict.fromkeys(headers, parse_amount)


def flags(*headers: str) -> dict[str, Parser]:
    """List the headers of a yes or no (是, 否)."""
    return dict.fromkeys(headers, _FLAG)


def amounts_10k_yuan(*names: str) -> dict[str, Parser]:
    """List the headers of an amount of money that is kept in ten thousand yuan."""
    units: dict[str, Parser] = {
        "万元": parse_amount,
        "亿元": in_units_of(10_000),
        "元": in_units_of(Decimal("0.0001")),
    }
    return {f"{name}({unit})": parse for name in names for unit, parse in units.items()}


def amounts_yuan(*names: str) -> dict[str, Parser]:
    """List the headers of an amount of money that is kept in yuan."""
    units: dict[str, Parser] = {"万元": in_units_of(10_000), "亿元": in_units_of(100_000_000), "元": parse_amount}
    return {f"{name}({unit})": parse for name in names for unit, parse in units.items()}
