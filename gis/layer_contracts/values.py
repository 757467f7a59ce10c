"""What is wrong with one value of a field: type, length, domain, list, pattern and code table. Each different value is asked once."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from gis.landuse.codes import CodeVersion, LandUseCode, code_table, lookup, nearest_code
from gis.landuse.control_zones import control_zones, normalise_control_zone
from gis.layer_contracts.columns import as_day, as_number, as_text, has_lost_digits
from gis.layer_contracts.model import ContractField, FieldCheck, FieldType, LayerContract
from gis.layer_contracts.parcel_codes import (
    CodeFault,
    find_feature_letters_fault,
    find_parcel_code_fault,
    find_region_code_fault,
    find_unit_code_fault,
)

__all__ = ["divided_code", "find_land_use_code_fault", "find_value_fault", "tables_with_all"]

_EXPECTED = {
    FieldType.NUMBER: ("数", "number"),
    FieldType.INTEGER: ("整数", "whole number"),
    FieldType.DATE: ("日期", "day"),
}


def find_value_fault(value: Any, field: ContractField, contract: LayerContract, *, today: date) -> CodeFault | None:  # noqa: ANN401  any source value
    """Find the first fault of a value that is not empty; land-use codes need their version and are asked by themselves.

    Parameters
    ----------
    value : object
        As the reader gave it.
    field : ContractField
    contract : LayerContract
    today : date

    Returns
    -------
    CodeFault or None

    Examples
    --------
    >>> from datetime import date
    >>> from gis.layer_contracts import load_contract
    >>> from gis.layer_contracts.values import find_value_fault
    >>> plan = load_contract("plan")
    >>> find_value_fault(140.0, plan.by_name["building_density_max"], plan, today=date(2026, 6, 30)).kind
    'value_domain'
    """
    return next(_faults(value, field, contract, today), None)


def _faults(value: Any, field: ContractField, contract: LayerContract, today: date) -> Iterator[CodeFault]:  # noqa: ANN401
    match field.type:
        case FieldType.NUMBER | FieldType.INTEGER:
            yield from _number_faults(value, field)
        case FieldType.DATE:
            yield from _date_faults(value, field, today)
        case FieldType.TEXT:
            yield from _text_faults(value, field, contract)


def _number_faults(value: Any, field: ContractField) -> Iterator[CodeFault]:  # noqa: ANN401
    try:
        number = as_number(value)
    except ValueError:
        yield _wrong_type(value, field)
        return
    if field.type is FieldType.INTEGER and not number.is_integer():
        yield _wrong_type(value, field)
    low, high = field.minimum, field.maximum
    if (low is not None and number < low) or (high is not None and number > high):
        unit = "" if field.unit in {None, "1"} else f" {field.unit}"
        expected = f"{'-∞' if low is None else low}…{'∞' if high is None else high}{unit}"
        yield CodeFault("value_domain", f"{number:g}", expected)


def _date_faults(value: Any, field: ContractField, today: date) -> Iterator[CodeFault]:  # noqa: ANN401
    try:
        day = as_day(value)
    except ValueError:
        yield CodeFault("date_impossible", str(value), "YYYY-MM-DD")
        return
    if field.not_in_future and day > today:
        yield CodeFault("date_in_future", day.isoformat(), today.isoformat())


def _text_faults(value: Any, field: ContractField, contract: LayerContract) -> Iterator[CodeFault]:  # noqa: ANN401
    if has_lost_digits(value):
        yield CodeFault("value_lost_digits", f"{value:.0f}", "text")
        return
    text = as_text(value) or ""
    if field.max_length is not None and len(text) > field.max_length:
        yield CodeFault("value_too_long", str(len(text)), str(field.max_length))
        return
    if field.values and text not in {listed.code for listed in field.values}:
        yield CodeFault("value_not_listed", text, ", ".join(listed.code for listed in field.values))
    if field.pattern is not None and not re.fullmatch(field.pattern, text):
        yield CodeFault("value_not_listed", text, field.pattern)
    yield from _looked_up(text, field, contract)


def _looked_up(text: str, field: ContractField, contract: LayerContract) -> Iterator[CodeFault]:
    fault = None
    match field.checked_as:
        case FieldCheck.PARCEL_CODE:
            fault = find_parcel_code_fault(text)
        case FieldCheck.UNIT_CODE:
            fault = find_unit_code_fault(text)
        case FieldCheck.FEATURE_LETTERS:
            fault = find_feature_letters_fault(text)
        case FieldCheck.REGION_CODE:
            fault = find_region_code_fault(text)
        case FieldCheck.CONTROL_ZONE:
            fault = _zone_fault(text, contract.control_kind)
        case FieldCheck.CODE_VERSION:
            fault = None if _is_version(text) else CodeFault("value_not_listed", text, _versions())
        case FieldCheck.LAND_USE_CODE | None:
            pass
    if fault is not None:
        yield fault


def _zone_fault(text: str, control_kind: str | None) -> CodeFault | None:
    zones = () if control_kind is None else control_zones(control_kind)
    if control_kind is None or not zones or normalise_control_zone(control_kind, text) is not None:
        return None
    return CodeFault("value_not_listed", text, ", ".join(zone.style.name_zh for zone in zones))


def find_land_use_code_fault(code: str, version: str) -> CodeFault | None:
    """Look a land-use code up in its table.

    Parameters
    ----------
    code, version : str
        A version that is none is reported where it stands, not here.

    Returns
    -------
    CodeFault or None
        ``code_other_version`` where another table has the code; ``code_unknown`` where none has. A local subdivision of a code of the table is no
        fault.

    Examples
    --------
    >>> from gis.layer_contracts.values import find_land_use_code_fault
    >>> find_land_use_code_fault("0601", "GB/T 21010-2017") is None
    True
    >>> find_land_use_code_fault("M2", "GB/T 21010-2017").kind, find_land_use_code_fault("060109", "GUIDE-2023") is None
    ('code_other_version', True)
    """
    if not _is_version(version) or lookup(code, version) is not None or divided_code(code, version) is not None:
        return None
    shown = CodeVersion(version).value
    others = [other.value for other in CodeVersion if lookup(code, other) is not None]
    if others:
        return CodeFault("code_other_version", code, shown, (("other", ", ".join(others)),))
    return CodeFault("code_unknown", code, shown)


def divided_code(code: str, version: str) -> LandUseCode | None:
    """Return the code below the first level that a local code divides, None for a code of the table itself and for one that divides nothing.

    Examples
    --------
    >>> from gis.layer_contracts.values import divided_code
    >>> divided_code("060109", "GUIDE-2023").code, divided_code("0601", "GUIDE-2023"), divided_code("0699", "GUIDE-2023")
    ('0601', None, None)
    """
    if not _is_version(version) or lookup(code, version) is not None:
        return None
    near = nearest_code(code, version)
    return near if near is not None and near.level > 1 else None


def tables_with_all(codes: set[str]) -> list[str]:
    """List the code tables that have every one of these codes."""
    return [version.value for version in CodeVersion if all(lookup(code, version) is not None for code in codes)]


def _is_version(text: str) -> bool:
    try:
        return bool(code_table(text))
    except ValueError:
        return False


def _versions() -> str:
    return ", ".join(version.value for version in CodeVersion)


def _wrong_type(value: Any, field: ContractField) -> CodeFault:  # noqa: ANN401
    expected_zh, expected_en = _EXPECTED[field.type]
    said = (("expected_zh", expected_zh), ("expected_en", expected_en))
    return CodeFault("value_type", str(value), expected_en, said)
