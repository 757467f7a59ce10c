"""Verify a sheet: compute its statement again from the stored versions, and say what differs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app.clock import today
from app.db.models import Layer, LayerVersion, PlanningSheet, SiteCheck
from app.extracts import repository
from app.extracts.repository import ParcelRow
from app.extracts.signing import hash_statement, is_signed
from app.extracts.site_statement import state_site_again
from app.extracts.statement import LayerVersions, Sources, state_parcel
from app.layers.repository import version_in_force


class Outcome(StrEnum):
    """What a verification says, the worst first."""

    FORGED = "forged"
    DATA_CHANGED = "data_changed"
    RULE_CHANGED = "rule_changed"
    ENGINE_CHANGED = "engine_changed"
    IDENTICAL = "identical"


# What of a statement is input, and which outcome its change means.
INPUTS = {
    "versions": ("layer", Outcome.DATA_CHANGED),
    "rules": ("rule_id", Outcome.RULE_CHANGED),
    "parameters": ("row_id", Outcome.RULE_CHANGED),
}


@dataclass(slots=True)
class Verification:
    """What was found.

    Attributes
    ----------
    changed : list of dict
        Inputs that are not what they were: ``what`` (versions, rules, parameters, subject), ``name``, ``was``, ``is``.
    largest_difference : float or None
        Of all numbers of the statement, where it differs.
    differing : list of str
        The parts of the statement whose results differ.
    newer : list of dict
        Layers of which another version is in force today than the one the sheet stands on.
    """

    outcome: Outcome
    is_signed: bool
    changed: list[dict[str, Any]] = field(default_factory=list)
    largest_difference: float | None = None
    differing: list[str] = field(default_factory=list)
    newer: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the verification as JSON values."""
        return {
            "outcome": self.outcome.value,
            "signature_is_valid": self.is_signed,
            "changed": self.changed,
            "largest_difference": self.largest_difference,
            "differing": self.differing,
            "newer_versions": self.newer,
        }


def verify(session: Session, sheet: PlanningSheet) -> Verification:
    """Compute a sheet's statement again and compare."""
    signed = is_signed(sheet.sheet_hash, sheet.signature, sheet.public_key)
    newer = _newer_versions(session, sheet.statement)
    if not signed or hash_statement(sheet.statement) != sheet.sheet_hash:
        return Verification(Outcome.FORGED, signed, newer=newer)
    again = _state_again(session, sheet)
    if again is None:
        gone = {"what": "subject", "name": sheet.feature_id, "was": sheet.layer_slug, "is": None}
        return Verification(Outcome.DATA_CHANGED, signed, [gone], newer=newer)
    if hash_statement(again) == sheet.sheet_hash:
        return Verification(Outcome.IDENTICAL, signed, newer=newer)
    return _compare(sheet.statement, again, newer)


def _state_again(session: Session, sheet: PlanningSheet) -> dict[str, Any] | None:
    """Compute the statement from the versions that it names; None where the place itself is gone."""
    statement = sheet.statement
    if sheet.subject_kind == "site":
        subject = statement["subject"]
        check = session.get(SiteCheck, UUID(subject["site_check_id"]))
        return None if check is None else state_site_again(session, check, subject["site"])
    parcel = _find_subject(session, statement["subject"])
    if parcel is None:
        return None
    named = statement["versions"][1:]
    layers = repository.layers_by_slug(session, [item["layer"] for item in named])
    sources = Sources(
        _pinned(session, [item for item in named if item["kind"] == "plan"], layers),
        _pinned(session, [item for item in named if item["kind"] != "plan"], layers),
    )
    return state_parcel(session, parcel, date.fromisoformat(statement["as_of"]), sources)


def _find_subject(session: Session, subject: Mapping[str, Any]) -> ParcelRow | None:
    found = repository.find_version(session, subject["layer"], subject["version"])
    if found is None:
        return None
    parcels = repository.find_parcels(session, *found, subject["feature_id"])
    return next((parcel for parcel in parcels if parcel.feature_id == subject["feature_id"]), None)


def _pinned(session: Session, named: list[dict[str, Any]], layers: Mapping[str, Layer]) -> LayerVersions:
    pinned: LayerVersions = []
    for item in named:
        layer = layers.get(item["layer"])
        if layer is not None:
            pinned.append((layer, _version(session, item)))
    return pinned


def _version(session: Session, item: Mapping[str, Any]) -> LayerVersion | None:
    if item["number"] is None:
        return None
    found = repository.find_version(session, item["layer"], item["number"])
    return None if found is None else found[1]


def _compare(before: dict[str, Any], after: dict[str, Any], newer: list[dict[str, Any]]) -> Verification:
    """Say why two statements differ; the heaviest of the reasons names the outcome."""
    outcomes: set[Outcome] = set()
    changed: list[dict[str, Any]] = []
    for what, (key, outcome) in INPUTS.items():
        differences = list(_changed_items(what, key, before[what], after[what]))
        changed += differences
        outcomes |= {outcome} if differences else set()
    if before["subject"] != after["subject"] or before["boundary"] != after["boundary"]:
        name = before["subject"]["feature_id"]
        changed.append({"what": "subject", "name": name, "was": before["subject"], "is": after["subject"]})
        outcomes.add(Outcome.DATA_CHANGED)
    if before["engine"] != after["engine"]:
        changed.append({"what": "engine", "name": "engine", "was": before["engine"], "is": after["engine"]})
        outcomes.add(Outcome.ENGINE_CHANGED)
    differing = sorted(
        name
        for name in before.keys() | after.keys()
        if name not in {*INPUTS, "engine"} and before.get(name) != after.get(name)
    )
    # Other results from the same inputs by an engine of the same name: a feature was edited inside its version.
    outcomes = outcomes or {Outcome.DATA_CHANGED}
    outcome = next(item for item in Outcome if item in outcomes)
    return Verification(outcome, True, changed, largest_difference(before, after), differing, newer)


def _changed_items(
    what: str, key: str, before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    was, now = ({item[key]: item for item in items} for items in (before, after))
    for name in sorted(was.keys() | now.keys()):
        if was.get(name) != now.get(name):
            yield {"what": what, "name": name, "was": was.get(name), "is": now.get(name)}


def largest_difference(before: Any, after: Any) -> float | None:  # noqa: ANN401  JSON values
    """Return the largest difference between numbers in the same places of two JSON values; None where none differs.

    Examples
    --------
    >>> from app.extracts.verification import largest_difference
    >>> largest_difference({"a": [1.0, 2.0], "b": "x"}, {"a": [1.5, 2.25], "b": "y"})
    0.5
    """
    found = [abs(one - other) for one, other in _number_pairs(before, after) if one != other]
    return max(found, default=None)


def _number_pairs(before: Any, after: Any) -> Iterator[tuple[float, float]]:  # noqa: ANN401  JSON values
    match before, after:
        case dict(), dict():
            for name in before.keys() & after.keys():
                yield from _number_pairs(before[name], after[name])
        case list(), list():
            for one, other in zip(before, after, strict=False):
                yield from _number_pairs(one, other)
        case (bool(), _) | (_, bool()):
            return
        case ((int() | float()), (int() | float())):
            yield before, after
        case _:
            return


def _newer_versions(session: Session, statement: Mapping[str, Any]) -> list[dict[str, Any]]:
    """List the layers whose version in force today is another than the one that a statement names."""
    named = statement["versions"]
    layers = repository.layers_by_slug(session, [item["layer"] for item in named])
    newer = []
    for item in named:
        layer = layers.get(item["layer"])
        now = None if layer is None else version_in_force(session, layer.id, as_of=today())
        number = None if now is None else now.number
        if number != item["number"]:
            titles = {name: item[name] for name in ("layer", "title_zh", "title_en")}
            newer.append(titles | {"stated": item["number"], "in_force": number})
    return newer
