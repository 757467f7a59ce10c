"""Code tables of land use and contracts of layers over HTTP, for whoever builds a form; they change with releases only."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request, Response

from app.answers import json_answer
from app.code_tables.errors import CodeTableNotFoundError, LayerContractNotFoundError
from app.code_tables.schemas import (
    CodeTable,
    CodeTableList,
    DeliveredField,
    LayerContractInfo,
    LayerKindInfo,
    LayerKindList,
    TableCode,
)
from app.db.models import LayerKind
from app.deps import Reader, allow_parameters
from app.layers.kinds import parse_kind
from gis.landuse.codes import CodeVersion, code_table
from gis.landuse.control_kinds import ControlKind
from gis.layer_contracts import LayerContract, load_contract

router = APIRouter(tags=["code tables"], dependencies=[Depends(allow_parameters())])

#: Names under which an import makes a layer: a kind, or a kind of control area.
KINDS = [LayerKind.PARCEL.value, LayerKind.PLAN.value, LayerKind.REFERENCE.value] + [kind.value for kind in ControlKind]


@router.get("/code-tables", summary="The code tables of land use", response_model=CodeTableList)
def list_code_tables(request: Request, _reader: Reader) -> Response:
    """List the names of the tables."""
    return json_answer(request, CodeTableList(code_tables=list(CodeVersion)).model_dump(mode="json"))


@router.get("/code-tables/{code_version:path}", summary="One code table", response_model=CodeTable)
def get_code_table(
    request: Request, _reader: Reader, code_version: Annotated[str, Path(max_length=100, description="Its name.")]
) -> Response:
    """Return the codes of a table with their names, in the order of the standard."""
    try:
        version = CodeVersion(code_version)
    except ValueError as error:
        raise CodeTableNotFoundError(code_version) from error
    codes = [TableCode.model_validate(code, from_attributes=True) for code in code_table(version).values()]
    return json_answer(request, CodeTable(code_version=version, codes=codes).model_dump(mode="json"))


@router.get("/layer-contracts", summary="The kinds of layers", response_model=LayerKindList)
def list_layer_contracts(request: Request, _reader: Reader) -> Response:
    """List the kinds that an import can make a layer of."""
    named = [(kind, _contract(kind)) for kind in KINDS]
    kinds = [LayerKindInfo(kind=kind, title_zh=one.title_zh, title_en=one.title_en) for kind, one in named]
    return json_answer(request, LayerKindList(layer_contracts=kinds).model_dump(mode="json"))


@router.get(
    "/layer-contracts/{kind}", summary="What a delivery of a kind should have", response_model=LayerContractInfo
)
def get_layer_contract(
    request: Request, _reader: Reader, kind: Annotated[str, Path(max_length=100, description="Name of the kind.")]
) -> Response:
    """Return the fields of a kind with the names under which they are recognised; `map` of an import names them."""
    if kind not in KINDS:
        raise LayerContractNotFoundError(kind, KINDS)
    contract = _contract(kind)
    fields = [DeliveredField.model_validate(field, from_attributes=True) for field in contract.fields]
    told = LayerContractInfo(
        kind=kind,
        title_zh=contract.title_zh,
        title_en=contract.title_en,
        version=contract.version,
        documents=list(contract.documents),
        fields=fields,
    )
    return json_answer(request, told.model_dump(mode="json"))


def _contract(kind: str) -> LayerContract:
    layer_kind, control_kind = parse_kind(kind)
    return load_contract(layer_kind.value, None if control_kind is None else control_kind.value)
