"""What is told of code tables and of the kinds of layers."""

from pydantic import BaseModel

from gis.landuse.codes import CodeVersion, ConstructionStatus, LandClass
from gis.layer_contracts.model import FieldType


class TableCode(BaseModel):
    """One code of a table, with its names and its colour on standard maps."""

    code: str
    name_zh: str
    name_en: str
    level: int
    parent: str | None
    land_class: LandClass | None
    construction_status: ConstructionStatus
    fill: str


class CodeTable(BaseModel):
    """A code table, in the order of its standard."""

    code_version: CodeVersion
    codes: list[TableCode]


class CodeTableList(BaseModel):
    """The code tables that there are."""

    code_tables: list[CodeVersion]


class DeliveredField(BaseModel):
    """One field that a layer of a kind should have."""

    name: str
    type: FieldType
    title_zh: str
    title_en: str
    required: bool
    synonyms: list[str]
    unit: str | None


class LayerKindInfo(BaseModel):
    """A kind of layers: its name as an import takes it, and its titles."""

    kind: str
    title_zh: str
    title_en: str


class LayerKindList(BaseModel):
    """The kinds of layers that an import can make."""

    layer_contracts: list[LayerKindInfo]


class LayerContractInfo(LayerKindInfo):
    """What a delivery of a kind should have."""

    version: str
    documents: list[str]
    fields: list[DeliveredField]
