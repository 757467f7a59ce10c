"""Which source field gives which field of a contract: proposed with the reason, never two for one without saying so."""

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from gis.layer_contracts.model import ContractField, LayerContract

__all__ = ["CONSTANT", "Confidence", "FieldProposal", "MappingProposal", "complete_mapping", "propose_mapping"]

#: A mapping source that starts with this is the value itself, not the name of a field.
CONSTANT: Final = "="
IDENTIFIER: Final = "feature_id"
# dBASE cuts field names here.
_DBF_NAME_LENGTH: Final = 10


class Confidence(StrEnum):
    """How a source field was recognised, the surest first."""

    EXACT = "exact"
    SYNONYM = "synonym"
    CASE_INSENSITIVE = "case_insensitive"
    SHORTENED = "shortened"

    @property
    def reason_zh(self) -> str:
        """The reason in Chinese."""
        return _REASONS[self][0]

    @property
    def reason_en(self) -> str:
        """The reason in English."""
        return _REASONS[self][1]


_REASONS: Final = {
    Confidence.EXACT: ("同名", "has the same name"),
    Confidence.SYNONYM: ("标准或常用字段名", "is a name that standards or bureaus use"),
    Confidence.CASE_INSENSITIVE: ("仅大小写、全半角或空格不同", "differs in case, width or blanks only"),
    Confidence.SHORTENED: ("字段名被截为 10 个字符", "is the name cut to 10 characters"),
}

_RANKS: Final = {
    Confidence.EXACT: 0,
    Confidence.SYNONYM: 1,
    Confidence.CASE_INSENSITIVE: 1,
    Confidence.SHORTENED: 2,
}


@dataclass(frozen=True, slots=True)
class FieldProposal:
    """One target field with the source field that gives it."""

    target: str
    source: str
    confidence: Confidence

    def as_json(self) -> dict[str, str]:
        """Return the proposal as JSON holds it."""
        return {
            "target": self.target,
            "source": self.source,
            "confidence": self.confidence.value,
            "zh": self.confidence.reason_zh,
            "en": self.confidence.reason_en,
        }


@dataclass(frozen=True, slots=True)
class MappingProposal:
    """What was recognised, what fits in several ways and was therefore not chosen, and what nothing was found for.

    Attributes
    ----------
    fields : tuple of FieldProposal
    ambiguous : mapping of str to tuple of str
        Target field to the source fields that fit equally well.
    missing : tuple of str
        Target fields without a source.
    unused : tuple of str
        Source fields that give nothing.
    """

    fields: tuple[FieldProposal, ...]
    ambiguous: Mapping[str, tuple[str, ...]]
    missing: tuple[str, ...]
    unused: tuple[str, ...]

    @property
    def mapping(self) -> dict[str, str]:
        """Target field to source field."""
        return {field.target: field.source for field in self.fields}


def propose_mapping(
    contract: LayerContract, source_fields: Sequence[str], *, given: Mapping[str, str] | None = None
) -> MappingProposal:
    """Propose which source field gives which field of a contract.

    A source field that fits two targets equally well, and a target that two source fields fit equally well, are left to a person. The identifier
    of features is only proposed where the contract's key has no source.

    Parameters
    ----------
    contract : LayerContract
    source_fields : sequence of str
    given : mapping, optional
        Target field to source field, or to ``=text`` for a constant, as a person has decided; these are taken out of the search.

    Returns
    -------
    MappingProposal
        Without the fields that were given.

    Examples
    --------
    >>> from gis.layer_contracts import load_contract, propose_mapping
    >>> proposal = propose_mapping(load_contract("parcel"), ["ZDDM", "zdmj", "DLBM"])
    >>> [(field.target, field.source, field.confidence.value) for field in proposal.fields]
    [('parcel_code', 'ZDDM', 'synonym'), ('land_use_code', 'DLBM', 'synonym'), ('area_registered_m2', 'zdmj', 'case_insensitive')]
    >>> propose_mapping(load_contract("parcel"), ["zdmj", "FZMJ"]).ambiguous
    {'area_registered_m2': ('zdmj', 'FZMJ')}
    """
    decided = dict(given or {})
    free = [name for name in source_fields if name not in decided.values()]
    targets = [field for field in contract.fields if field.name not in decided]
    best = {field.name: _best(field, free) for field in targets}
    if contract.key and (contract.key in decided or best.get(contract.key, (None, ()))[1]):
        best.pop(IDENTIFIER, None)
    claims = Counter(source for _, sources in best.values() for source in sources)
    found, ambiguous = [], {}
    for name, (confidence, sources) in best.items():
        if confidence is None:
            continue
        if len(sources) > 1 or claims[sources[0]] > 1:
            ambiguous[name] = sources
        else:
            found.append(FieldProposal(name, sources[0], confidence))
    taken = {field.source for field in found}
    missing = tuple(field.name for field in targets if best.get(field.name, (True, ()))[0] is None)
    return MappingProposal(tuple(found), ambiguous, missing, tuple(name for name in free if name not in taken))


def complete_mapping(
    contract: LayerContract, source_fields: Sequence[str], given: Mapping[str, str]
) -> tuple[dict[str, str], MappingProposal]:
    """Complete what a person has mapped with what is proposed.

    Returns
    -------
    dict of str to str
        Target field to source field or constant.
    MappingProposal
    """
    proposal = propose_mapping(contract, source_fields, given=given)
    return {**proposal.mapping, **given}, proposal


def constant_of(source: Any) -> str | None:  # noqa: ANN401  a mapping's value
    """Return the constant that a mapping source is, None for a field name."""
    return source.removeprefix(CONSTANT) if isinstance(source, str) and source.startswith(CONSTANT) else None


def _best(field: ContractField, sources: Iterable[str]) -> tuple[Confidence | None, tuple[str, ...]]:
    """Return the sources that fit a field best; a name in another case is as good as the name itself."""
    fits = [(confidence, source) for source in sources if (confidence := _confidence(field, source)) is not None]
    if not fits:
        return None, ()
    rank = min(_RANKS[confidence] for confidence, _ in fits)
    best = [(confidence, source) for confidence, source in fits if _RANKS[confidence] == rank]
    return best[0][0], tuple(source for _, source in best)


def _confidence(field: ContractField, source: str) -> Confidence | None:
    if source == field.name:
        return Confidence.EXACT
    if source in field.synonyms:
        return Confidence.SYNONYM
    names = [_plain(name) for name in (field.name, *field.synonyms)]
    written = _plain(source)
    if written in names:
        return Confidence.CASE_INSENSITIVE
    if len(written) == _DBF_NAME_LENGTH and any(name.startswith(written) for name in names):
        return Confidence.SHORTENED
    return None


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()
