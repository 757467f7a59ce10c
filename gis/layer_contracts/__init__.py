"""Layer contracts: what a delivered layer should hold, which source fields give it, and whether its values are right."""

from gis.layer_contracts.attributes import AttributeExaminer, BatchContext, examine_attributes, examine_mapping
from gis.layer_contracts.loading import ContractNotFoundError, contract_names, load_contract
from gis.layer_contracts.mapping import Confidence, FieldProposal, MappingProposal, complete_mapping, propose_mapping
from gis.layer_contracts.model import AreaRule, ContractField, FieldCheck, FieldType, LayerContract, TopologyRule

__all__ = [
    "AreaRule",
    "AttributeExaminer",
    "BatchContext",
    "Confidence",
    "ContractField",
    "ContractNotFoundError",
    "FieldCheck",
    "FieldProposal",
    "FieldType",
    "LayerContract",
    "MappingProposal",
    "TopologyRule",
    "complete_mapping",
    "contract_names",
    "examine_attributes",
    "examine_mapping",
    "load_contract",
    "propose_mapping",
]
