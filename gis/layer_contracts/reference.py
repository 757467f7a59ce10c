"""The layer contracts as a page of the documentation: ``python -m gis.layer_contracts.reference > docs/layer-contracts.md``."""

import sys
from collections.abc import Iterator

from gis.landuse.control_kinds import ControlKind
from gis.layer_contracts.loading import contract_names, load_contract
from gis.layer_contracts.model import ContractField, FieldCheck, FieldType, LayerContract

__all__ = ["contract_reference"]

_HEAD = """# Layer contracts

What a delivered layer of each kind should hold: fields with type, unit, code table and the names under which standards and bureaus deliver
them. The contracts are data (`gis/layer_contracts/contracts/*.json`); this page is made from them by
`python -m gis.layer_contracts.reference > docs/layer-contracts.md`, and a test compares the two.

- **Mapping.** A source field is taken for a field of the contract when it has its name (`exact`), one of the names listed here (`synonym`), one
  of these in another case, width or spacing (`case_insensitive`), or one that a shapefile has cut to 10 characters (`shortened`). Where two
  source fields fit equally well none is chosen, and the report says so; `--map TARGET=SOURCE` decides. `--map TARGET==text` gives every feature
  the same value, for example `--map "code_version==GB/T 21010-2017"`.
- **Required** fields must have a source, and a value in every feature. *Stored* fields have a column of the layer's table; all others stay with
  the feature's attributes as they were delivered.
- **Codes** are looked up in the table of the version that `code_version` states. Without a version they are not looked up, and the report says
  which tables have all of them.
- **Parcel codes** (TD/T 1001-2012, GB/T 37346-2019) have 19 characters: region (6), cadastral zone (3), sub-zone (3), feature letters (2),
  number (5); unit codes have 28. The province is looked up in GB/T 2260. The county is looked up in the bureau's own table of counties, where a code
  that is not in it is an error; without one in the table that ships, where it is a warning, as a code that was abolished is in either (see intake.md).
  When nineteen in twenty parcels are of one county, the others are pointed out.
- **Declared areas** are compared with the ellipsoidal area of the polygon (TD/T 1055-2019), within the tolerance of the contract. An area that
  is right in mu, hectares or square kilometres is told as such, and areas that equal the planar area are counted.
"""

_TYPES = {
    FieldType.TEXT: "text",
    FieldType.NUMBER: "number",
    FieldType.INTEGER: "whole number",
    FieldType.DATE: "day",
}
_CHECKS = {
    FieldCheck.PARCEL_CODE: "parcel code, 19 characters",
    FieldCheck.UNIT_CODE: "unit code, 28 characters, of the same parcel",
    FieldCheck.FEATURE_LETTERS: "the feature letters of the parcel code",
    FieldCheck.LAND_USE_CODE: "land-use code of the stated version",
    FieldCheck.CODE_VERSION: "a version of land-use codes",
    FieldCheck.CONTROL_ZONE: "zone of this kind of control area",
    FieldCheck.REGION_CODE: "region code of an existing province",
}


def contract_reference() -> str:
    """Return the page.

    Examples
    --------
    >>> from gis.layer_contracts.reference import contract_reference
    >>> contract_reference().splitlines()[0]
    '# Layer contracts'
    """
    special = [load_contract("control_area", name) for name in contract_names() if name in set(ControlKind)]
    contracts = [
        *(load_contract(name) for name in ("parcel", "plan", "reference")),
        *special,
        load_contract("control_area"),
    ]
    return "\n".join([_HEAD, *(line for contract in contracts for line in _section(contract))])


def _section(contract: LayerContract) -> Iterator[str]:
    name = contract.control_kind or contract.kind
    yield f"## `{name}`: {contract.title_zh}, {contract.title_en}\n"
    if name == "control_area":
        yield "The contract of every kind of control area that has none of its own.\n"
    yield f"Version {contract.version}. {'; '.join(contract.documents)}.\n"
    yield "| Field | Title | Type | Asked of a value | Delivered as |"
    yield "|---|---|---|---|---|"
    for field in contract.fields:
        yield f"| {_name(field, contract)} | {field.title_zh}<br>{field.title_en} | {_type(field)} | {_asked(field)} | {_names(field)} |"
    yield ""
    yield from _rules(contract)


def _name(field: ContractField, contract: LayerContract) -> str:
    marks = [
        mark
        for mark, is_so in (
            ("required", field.required),
            ("key", field.name == contract.key),
            ("*stored*", field.stored),
        )
        if is_so
    ]
    return f"`{field.name}`" + (f"<br>{', '.join(marks)}" if marks else "")


def _type(field: ContractField) -> str:
    unit = "" if field.unit in {None, "1"} else f", {field.unit}"
    return _TYPES[field.type] + unit


def _asked(field: ContractField) -> str:
    asked = []
    if field.checked_as is not None:
        asked.append(_CHECKS[field.checked_as])
    if field.minimum is not None or field.maximum is not None:
        asked.append(
            f"{'' if field.minimum is None else field.minimum}…{'' if field.maximum is None else field.maximum}"
        )
    if field.values:
        asked.append(", ".join(f"{value.code} {value.title_zh}" for value in field.values))
    if field.pattern is not None:
        asked.append(f"`{field.pattern}`")
    if field.not_in_future:
        asked.append("not in the future")
    if field.max_length is not None:
        asked.append(f"at most {field.max_length} characters")
    return "; ".join(asked)


def _names(field: ContractField) -> str:
    return ", ".join(f"`{name}`" for name in field.synonyms)


def _rules(contract: LayerContract) -> Iterator[str]:
    area = contract.area
    percent = f"{area.relative_tolerance * 100:f}".rstrip("0").rstrip(".")
    yield (
        f"Declared area: `{area.field}`, within {percent} % of the ellipsoidal area "
        f"({area.document}, {area.article}; {area.status})."
    )
    examined = [
        name
        for name, is_so in (
            ("overlaps", contract.topology.overlaps),
            ("gaps", contract.topology.gaps),
            ("vertices that neighbours do not share", contract.topology.vertices),
        )
        if is_so
    ]
    stacked = ", ".join(contract.topology.stacked_letters)
    said = f" Rights above and below ground (second letter {stacked}) may lie over others." if stacked else ""
    yield f"Between features: {', '.join(['the same ground twice', *examined])}.{said}"
    topology = contract.topology
    yield (
        f"Limits: slivers have a mean width (2A/P) of at most {topology.sliver_width_m} m; gaps are nowhere wider than {topology.gap_width_m} m, or "
        f"enclosed and not larger than {topology.gap_area_m2} m²; a vertex within {topology.vertex_m} m of a neighbour's edge or vertex was meant to be "
        f"on it; gaps and overlaps not wider than {topology.least_width_m} m or not larger than "
        f"{topology.least_area_m2} m² are left alone ({topology.document}, {topology.article}; {topology.status}).\n"
    )


if __name__ == "__main__":
    sys.stdout.write(contract_reference())
