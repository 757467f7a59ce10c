"""Packs of rules: the shipped one is stored with each release, a bureau's own are added and proved when they are."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.db.models.parameters import RuleParameter
from app.db.models.site_checks import RulePack
from app.db.parameters import FIELDS, SHIPPED_BY
from app.db.sessions import WriteSession
from app.errors import AppError
from gis.errors import GisError
from gis.rules import Catalog, CatalogFile, Rule, SiteRule, build_catalog, load_catalog

NATIONAL_PACK = "national"
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class RulePackRefusedError(AppError):
    """A pack of rules is not added: it does not say what a pack must say, or a rule fails its own examples."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__("rule-pack-refused", "Rule pack refused", 422, f"Pack {name}: {detail}", pack=name)


class RuleNotFoundError(AppError):
    """No rule in the database has this id."""

    def __init__(self, rule_id: str) -> None:
        detail = f"There is no rule {rule_id}; `duogui rules list` names those there are."
        super().__init__("rule-not-found", "Rule not found", 404, detail)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The rules that apply now: the shipped catalogue and the newest version of every local pack.

    Attributes
    ----------
    catalog : Catalog
    packs : tuple of (name, version)
        Of all packs, the national one first.
    pack_of : mapping of str to str
        Name of the pack that each rule is in.
    """

    catalog: Catalog
    packs: tuple[tuple[str, str], ...]
    pack_of: Mapping[str, str]


def store_shipped_pack(connection: Connection) -> bool:
    """Store the shipped catalogue once per version; return whether it was new."""
    catalog = load_catalog()
    known = select(RulePack.id).where(RulePack.name == NATIONAL_PACK, RulePack.version == catalog.version)
    if connection.execute(known).first() is not None:
        return False
    document = {
        "rules": [rule.model_dump(mode="json") for rule in catalog.all_rules],
        "parameters": [row.model_dump(mode="json") for row in catalog.parameters],
    }
    row = _describe(NATIONAL_PACK, catalog.version, CatalogFile.model_validate(document), document)
    connection.execute(insert(RulePack), [row | {"is_national": True, "recorded_by": SHIPPED_BY}])
    return True


def import_pack(session: WriteSession, path: Path, *, name: str | None = None) -> tuple[RulePack, bool]:
    """Add a pack of local rules: it is proved together with all rules there are, by its own examples and theirs.

    Its numbers become rows of the parameter table, where they go before shipped ones of their region.

    Parameters
    ----------
    path : Path
        JSON of the form that ``docs/rules.md`` describes.
    name : str, optional
        Default: the name of the file.

    Returns
    -------
    pack : RulePack
    is_new : bool
        False where this very version applies already.

    Raises
    ------
    RulePackRefusedError
        Naming the pack, the rule and the example.
    """
    name = path.stem if name is None else name
    if _NAME.fullmatch(name) is None or name == NATIONAL_PACK:
        detail = f"a pack has a name of small letters, digits and _, and {NATIONAL_PACK!r} is taken; give it one."
        raise RulePackRefusedError(name, detail)
    content, document = _read(path, name)
    others = [(pack, text) for pack, _, text in _local_documents(session) if pack != name]
    text = _canonical(document)
    try:
        _build((*others, (name, text)))
    except GisError as error:
        raise RulePackRefusedError(name, str(error)) from error
    version = hashlib.sha256(text.encode()).hexdigest()
    newest = session.scalar(_newest_local().where(RulePack.name == name))
    if newest is not None and newest.version == version:
        return newest, False
    pack = RulePack(
        **_describe(name, version, content, document) | {"is_national": False, "recorded_by": session.actor}
    )
    session.add(pack)
    for row in content.parameters:
        values = {field: getattr(row, field) for field in FIELDS if field != "status"}
        session.add(RuleParameter(**values, status=row.status.value, recorded_by=session.actor))
    session.flush()
    return pack, True


def _read(path: Path, name: str) -> tuple[CatalogFile, dict[str, Any]]:
    try:
        content = CatalogFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RulePackRefusedError(name, f"{path.name} cannot be read as a pack of rules: {error}") from error
    return content, content.model_dump(mode="json")


def _describe(name: str, version: str, content: CatalogFile, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "version": version,
        "regions": sorted({rule.source.region for rule in content.rules}),
        "rule_count": len(content.rules),
        "example_count": sum(len(rule.examples) for rule in content.rules),
        "document": document,
    }


def read_rule_book(session: Session) -> RuleBook:
    """Read the rules that apply now; each state of the packs is proved once in a process.

    Raises
    ------
    RulePackRefusedError
        A pack that was added under an earlier version does not hold with the rules of this one.
    """
    local = _local_documents(session)
    texts = tuple((name, text) for name, _, text in local)
    try:
        catalog = _build(texts)
    except GisError as error:
        raise RulePackRefusedError(", ".join(name for name, _, _ in local), str(error)) from error
    packs = ((NATIONAL_PACK, load_catalog().version), *((name, version) for name, version, _ in local))
    return RuleBook(catalog, packs, _packs_of_rules(texts))


def list_packs(session: Session) -> list[RulePack]:
    """Return the packs that apply now: the shipped one of this version, and the newest version of every local one."""
    shipped = select(RulePack).where(RulePack.is_national, RulePack.version == load_catalog().version)
    return [*session.scalars(shipped), *session.scalars(_newest_local())]


def _newest_local() -> Any:  # noqa: ANN401  a select
    return (
        select(RulePack)
        .where(RulePack.is_national.is_(False))
        .ext(distinct_on(RulePack.name))
        .order_by(RulePack.name, RulePack.id.desc())
    )


def _local_documents(session: Session) -> list[tuple[str, str, str]]:
    """Return name, version and text of the local packs."""
    return [(pack.name, pack.version, _canonical(pack.document)) for pack in session.scalars(_newest_local())]


def _canonical(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=8)
def _build(local: tuple[tuple[str, str], ...]) -> Catalog:
    shipped = load_catalog()
    if not local:
        return shipped
    national = CatalogFile(rules=shipped.all_rules, parameters=shipped.parameters)
    return build_catalog([(NATIONAL_PACK, national.model_dump_json()), *local])


@lru_cache(maxsize=8)
def _packs_of_rules(local: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    pack_of = {rule.rule_id: NATIONAL_PACK for rule in load_catalog().all_rules}
    for name, text in local:
        pack_of |= {rule["rule_id"]: name for rule in json.loads(text)["rules"]}
    return pack_of


def describe_rule(rule: Rule | SiteRule) -> dict[str, Any]:
    """Name a rule as a stored answer does, with a digest of its content."""
    content = json.dumps(rule.model_dump(mode="json", exclude={"examples"}), ensure_ascii=False, sort_keys=True)
    return {
        "rule_id": rule.rule_id,
        "title_zh": rule.title.zh,
        "title_en": rule.title.en,
        "citation_zh": rule.source.citation_zh,
        "citation_en": rule.source.citation_en,
        "is_assumed": rule.source.is_assumed,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
    }
