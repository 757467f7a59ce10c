"""Contract terms as JSON: amounts as text, so that nothing is lost on the way through the database."""

from datetime import date
from typing import Any

from pydantic import TypeAdapter

from gis.formats.contracts import ContractRecord
from gis.idle import LandContract

_CONTRACT = TypeAdapter(LandContract)
_RECORD = TypeAdapter(ContractRecord)

ZONE_HEADERS = ("园区", "开发区")
# Columns of their own in ``land_contract``.
_STORED_APART = {"row", "contract", "holder", "holder_credit_code", "price_yuan"}


def to_terms(record: ContractRecord) -> dict[str, Any]:
    """Write what a row says, as it is stored: the contract's own fields, and what else was delivered."""
    delivered = _RECORD.dump_python(record, mode="json", exclude=_STORED_APART)
    return {"contract": _CONTRACT.dump_python(record.contract, mode="json"), "delivered": delivered}


def to_contract(terms: dict[str, Any]) -> LandContract:
    """Read the contract back from its stored terms."""
    return _CONTRACT.validate_python(terms["contract"])


def parse_contract(text: str) -> LandContract:
    """Read the contract back from the JSON text of its own fields."""
    return _CONTRACT.validate_json(text)


def parse_day(text: str | None) -> date | None:
    """Read a day as JSON writes it."""
    return None if text is None else date.fromisoformat(text)


def zone_of(terms: dict[str, Any]) -> str | None:
    """Read the development zone (园区) that the table named, if it did."""
    extra = terms["delivered"].get("extra") or {}
    return next((extra[name] for name in ZONE_HEADERS if extra.get(name)), None)
