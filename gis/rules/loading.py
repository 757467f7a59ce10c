"""The shipped catalogue: rules and parameter rows read from ``catalog/*.json``, validated and fingerprinted."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib import resources
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gis.errors import GisError
from gis.landuse.control_kinds import ControlKind
from gis.landuse.control_zones import control_zones
from gis.rules.model import LimitedOverlap, RequiredContainment, Rule
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.sources import NATIONAL


class CatalogError(GisError):
    """A rule file does not say what a rule file must say; the message names file and field."""


class CatalogFile(BaseModel):
    """Content of one file of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...] = ()
    parameters: tuple[ParameterRow, ...] = ()


@dataclass(frozen=True)
class Catalog:
    """Rules and parameter rows that were released together.

    Attributes
    ----------
    rules : tuple of Rule
        In the order of their ids.
    parameters : tuple of ParameterRow
        In the order of their row ids.
    """

    rules: tuple[Rule, ...]
    parameters: tuple[ParameterRow, ...]

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content, independent of file names, order of entries and white space."""
        content = {
            "rules": [rule.model_dump(mode="json") for rule in self.rules],
            "parameters": [row.model_dump(mode="json") for row in self.parameters],
        }
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    def rules_for(self, control_kind: ControlKind, *, as_of: date, region: str | None = NATIONAL) -> tuple[Rule, ...]:
        """Pick the rules about a kind of control area that hold on a day in a region.

        Parameters
        ----------
        control_kind : ControlKind
        as_of : date
        region : str or None, optional
            Administrative code of the place; None picks those of every region.

        Returns
        -------
        tuple of Rule
            Empty when the catalogue has nothing to say; that is no pass, the caller reports it as no data.
        """
        return tuple(
            rule
            for rule in self.rules
            if control_kind in rule.control_kinds
            and rule.source.is_in_force(as_of)
            and (region is None or rule.source.applies_in(region))
        )


def load_catalog() -> Catalog:
    """Read the shipped catalogue.

    Returns
    -------
    Catalog

    Raises
    ------
    CatalogError
        When a file is not valid, an id is used twice or a rule names a zone its control kind does not have.

    Examples
    --------
    >>> from gis.rules import load_catalog
    >>> catalog = load_catalog()
    >>> len(catalog.version), "national.ecological_redline" in {rule.rule_id for rule in catalog.rules}
    (64, True)
    """
    folder = resources.files("gis.rules") / "catalog"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    return build_catalog((entry.name, entry.read_text(encoding="utf-8")) for entry in files)


def build_catalog(documents: Iterable[tuple[str, str]]) -> Catalog:
    """Make a catalogue of JSON documents.

    Parameters
    ----------
    documents : iterable of (name, JSON text)
        The name is used in error messages only.

    Returns
    -------
    Catalog

    Raises
    ------
    CatalogError
    """
    rules: list[Rule] = []
    parameters: list[ParameterRow] = []
    for name, text in documents:
        try:
            content = CatalogFile.model_validate_json(text)
        except ValidationError as error:
            raise CatalogError(f"{name}: {error}") from error
        rules.extend(content.rules)
        parameters.extend(content.parameters)
    repeated = [rule_id for rule_id, count in Counter(rule.rule_id for rule in rules).items() if count > 1]
    if repeated:
        raise CatalogError(f"rule ids used twice: {', '.join(repeated)}")
    for rule in rules:
        _require_known_zones(rule)
    ordered = tuple(sorted(ParameterSet(parameters), key=lambda row: row.row_id))
    return Catalog(rules=tuple(sorted(rules, key=lambda rule: rule.rule_id)), parameters=ordered)


def catalog_json_schema() -> dict[str, Any]:
    """Export the JSON Schema (2020-12) of a catalogue file.

    Examples
    --------
    >>> from gis.rules import catalog_json_schema
    >>> sorted(catalog_json_schema()["properties"])
    ['parameters', 'rules']
    """
    return CatalogFile.model_json_schema(mode="validation")


def _require_known_zones(rule: Rule) -> None:
    if not isinstance(rule, LimitedOverlap | RequiredContainment):
        return
    for kind in rule.control_kinds:
        known = {zone.value for zone in control_zones(kind)}
        if unknown := rule.zones.keys() - known:
            raise CatalogError(f"rule {rule.rule_id}: {kind} has no zone {', '.join(sorted(unknown))}")
        if silent := known - rule.zones.keys():
            raise CatalogError(f"rule {rule.rule_id} is silent about zone {', '.join(sorted(silent))} of {kind}")
