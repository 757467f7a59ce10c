"""The shipped catalogue: rules and parameter rows of ``catalog/*.json``, validated, proved by their examples, fingerprinted."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from gis.errors import GisError
from gis.landuse.control_kinds import ControlKind
from gis.rules.consistency import RuleInconsistentError, require_consistent, require_known_references
from gis.rules.model import ForbiddenOverlap, LimitedOverlap, RequiredContainment, Rule
from gis.rules.parameters import ParameterRow, ParameterSet
from gis.rules.self_test import run_examples
from gis.rules.site_model import ProjectRule, SiteRule
from gis.rules.sources import NATIONAL


class CatalogError(GisError):
    """A rule file does not say what a rule file must say, or a rule fails its own examples; the message names the place."""


class CatalogFile(BaseModel):
    """Content of one file of the catalogue."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[SiteRule, ...] = ()
    parameters: tuple[ParameterRow, ...] = ()


@dataclass(frozen=True, eq=False)
class Catalog:
    """Rules and parameter rows that were released together; two are the same if their versions are.

    Attributes
    ----------
    rules : tuple of Rule
        Those that a control layer alone decides, in the order of their ids.
    parameters : tuple of ParameterRow
        In the order of their row ids.
    project_rules : tuple of ProjectRule
        Those that need to know the project, a distance or a plan, in the order of their ids.
    """

    rules: tuple[Rule, ...]
    parameters: tuple[ParameterRow, ...]
    project_rules: tuple[ProjectRule, ...] = ()

    @cached_property
    def version(self) -> str:
        """SHA-256 of the content, independent of file names, order of entries, white space and the rules' examples."""
        content = {
            "rules": [rule.model_dump(mode="json", exclude={"examples"}) for rule in self.all_rules],
            "parameters": [row.model_dump(mode="json") for row in self.parameters],
        }
        canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()

    @cached_property
    def all_rules(self) -> tuple[SiteRule, ...]:
        """Every rule, in the order of the ids."""
        everything: list[SiteRule] = [*self.rules, *self.project_rules]
        return tuple(sorted(everything, key=lambda rule: rule.rule_id))

    def rule(self, rule_id: str) -> SiteRule:
        """Look a rule up by its id.

        Raises
        ------
        CatalogError
            When there is none.
        """
        found = next((rule for rule in self.all_rules if rule.rule_id == rule_id), None)
        if found is None:
            raise CatalogError(f"the catalogue has no rule {rule_id}")
        return found

    def site_rules(self, *, as_of: date, region: str = NATIONAL) -> tuple[SiteRule, ...]:
        """Pick the rules that a site check asks on a day in a region.

        A layer rule that a project rule in force refines is left out: the refined answer says the same and more.

        Parameters
        ----------
        as_of : date
        region : str, optional
            Administrative code of the place.

        Returns
        -------
        tuple of SiteRule
            In the order of their ids.
        """
        in_force = [
            rule for rule in self.all_rules if rule.source.is_in_force(as_of) and rule.source.applies_in(region)
        ]
        refined = {
            rule_id
            for rule in in_force
            if not isinstance(rule, ForbiddenOverlap | LimitedOverlap | RequiredContainment)
            for rule_id in rule.refines
        }
        return tuple(rule for rule in in_force if rule.rule_id not in refined)

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


def load_catalog(*local_packs: Path) -> Catalog:
    """Read the shipped catalogue, and packs of local rules on top of it.

    Every rule is measured and judged by its own examples with the numbers of this catalogue. The shipped catalogue is read
    and proved once in a process.

    Parameters
    ----------
    *local_packs : Path
        JSON files of the same form as the shipped ones (``docs/rules.md``).

    Returns
    -------
    Catalog

    Raises
    ------
    CatalogError
        When a file is not valid, an id is used twice, a rule names what does not exist or fails one of its examples.

    Examples
    --------
    >>> from gis.rules import load_catalog
    >>> catalog = load_catalog()
    >>> len(catalog.version), "national.ecological_redline" in {rule.rule_id for rule in catalog.rules}
    (64, True)
    """
    if not local_packs:
        return _load_shipped()
    return build_catalog([*_shipped_files(), *((path.name, path.read_text(encoding="utf-8")) for path in local_packs)])


def example_pack() -> Path:
    """Return the shipped example of a local pack; its region ``99`` is no place, so that it never applies by accident."""
    return Path(str(resources.files("gis.rules") / "local_packs" / "example.json"))


@cache
def _load_shipped() -> Catalog:
    return build_catalog(_shipped_files())


def _shipped_files() -> list[tuple[str, str]]:
    folder = resources.files("gis.rules") / "catalog"
    files = sorted((entry for entry in folder.iterdir() if entry.name.endswith(".json")), key=lambda entry: entry.name)
    return [(entry.name, entry.read_text(encoding="utf-8")) for entry in files]


def build_catalog(documents: Iterable[tuple[str, str]]) -> Catalog:
    """Make a catalogue of JSON documents.

    Parameters
    ----------
    documents : iterable of (name, JSON text)
        The name is used in error messages only. Together they have every parameter that their rules use, and those for
        rounding (``display.*``) and slivers (``sliver.*``).

    Returns
    -------
    Catalog

    Raises
    ------
    CatalogError
        As :func:`load_catalog`.
    """
    rules: list[SiteRule] = []
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
    rows = ParameterSet(parameters)
    _prove(rules, rows)
    layer_rules: list[Rule] = []
    project_rules: list[ProjectRule] = []
    for rule in sorted(rules, key=lambda each: each.rule_id):
        match rule:
            case ForbiddenOverlap() | LimitedOverlap() | RequiredContainment():
                layer_rules.append(rule)
            case _:
                project_rules.append(rule)
    ordered = tuple(sorted(rows, key=lambda row: row.row_id))
    return Catalog(rules=tuple(layer_rules), parameters=ordered, project_rules=tuple(project_rules))


def _prove(rules: Iterable[SiteRule], rows: ParameterSet) -> None:
    listed = list(rules)
    try:
        for rule in listed:
            require_consistent(rule)
        require_known_references(listed, rows)
    except RuleInconsistentError as error:
        raise CatalogError(str(error)) from error
    for rule in listed:
        try:
            run_examples(rule, rows)
        except GisError as error:
            place = "" if rule.rule_id in str(error) else f"rule {rule.rule_id}: "
            raise CatalogError(f"{place}{error}") from error


def catalog_json_schema() -> dict[str, Any]:
    """Export the JSON Schema (2020-12) of a catalogue file.

    Examples
    --------
    >>> from gis.rules import catalog_json_schema
    >>> sorted(catalog_json_schema()["properties"])
    ['parameters', 'rules']
    """
    return CatalogFile.model_json_schema(mode="validation")
