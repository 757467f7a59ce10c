"""The contracts that ship with the library."""

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from gis.errors import GisError
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_kind_style
from gis.layer_contracts.model import LayerContract

__all__ = ["ContractNotFoundError", "contract_names", "load_contract"]

_CONTROL_AREA = "control_area"


class ContractNotFoundError(GisError):
    """There is no contract for a kind of layer."""


def load_contract(kind: str, control_kind: str | None = None) -> LayerContract:
    """Load the contract of a kind of layer.

    Parameters
    ----------
    kind : str
        ``parcel``, ``plan``, ``reference`` or ``control_area``.
    control_kind : str, optional
        The kind of a control area; one without a contract of its own has the general one.

    Returns
    -------
    LayerContract

    Raises
    ------
    ContractNotFoundError
    ValueError
        For an unknown kind of control area.

    Examples
    --------
    >>> from gis.layer_contracts import load_contract
    >>> load_contract("parcel").by_name["parcel_code"].title_zh
    '宗地代码'
    >>> load_contract("control_area", "water_source").title_zh
    '饮用水水源保护区'
    """
    if control_kind is None:
        return _read(kind)
    special = ControlKind(control_kind)
    if special.value in contract_names():
        return _read(special.value)
    style = control_kind_style(special)
    named = {"control_kind": special.value, "title_zh": style.name_zh, "title_en": style.name_en}
    return _read(_CONTROL_AREA).model_copy(update=named)


def contract_names() -> list[str]:
    """List the contracts by the names of their files."""
    return sorted(file.name.removesuffix(".json") for file in _folder().iterdir() if file.name.endswith(".json"))


@cache
def _read(name: str) -> LayerContract:
    if name not in contract_names():
        raise ContractNotFoundError(f"There is no contract for {name!r}; there are {', '.join(contract_names())}.")
    return LayerContract.model_validate_json((_folder() / f"{name}.json").read_text(encoding="utf-8"))


def _folder() -> Traversable:
    return resources.files("gis.layer_contracts") / "contracts"
