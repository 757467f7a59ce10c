"""Rules, legal numbers and layers as they are now, read again only when something of them was changed.

Every question needs all of them, and storing its answer changes none. What a row says is fixed by where it lies and which transaction wrote it
(``ctid``, ``xmin``): while these are the same of all rows of a table, whoever may have written to the database, so is the table (docs/decisions/0016).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from weakref import WeakKeyDictionary

import shapely
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

from app.checks.controls import LayerFacts, VersionFacts
from app.db.models import LayerKind, LayerVersion
from app.db.parameters import read_parameters
from app.db.rule_packs import RuleBook, read_rule_book
from app.layers.repository import versions_in_force
from app.site_checks import nearby
from gis.rules import ParameterSet

__all__ = ["KnownGround", "known_ground"]

_TABLES: Final = ("rule_parameter", "rule_pack", "layer", "layer_version")
_STATE_OF: Final = "(select md5(string_agg(ctid::text || xmin::text, ' ' order by ctid)) from {})"
# The statements about what lies near a site look the same few indexes up wherever it lies: to plan them anew takes a third of their time.
# Whoever asks something else in the same transaction takes it back (:func:`app.site_checks.nearby.plan_for_values`).
_PLAN_ONCE: Final = "set_config('plan_cache_mode', 'force_generic_plan', true)"
_STATE: Final = "select " + ", ".join([*(_STATE_OF.format(name) for name in _TABLES), _PLAN_ONCE])
_NEWEST: Final = text("select max(published_at) from layer_version")
_DAYS_KEPT: Final = 16


@dataclass(slots=True)
class KnownGround:
    """What is known of one state of the tables.

    Attributes
    ----------
    layers : mapping of LayerKind to list of LayerFacts
        In the order they were made.
    """

    state: tuple[str | None, ...]
    book: RuleBook
    parameters: ParameterSet
    layers: Mapping[LayerKind, Sequence[LayerFacts]]
    _newest: datetime
    _in_force: dict[date, dict[int, VersionFacts]] = field(default_factory=dict)
    _coverages: dict[int, shapely.Geometry | None] = field(default_factory=dict)

    def versions_in_force(self, session: Session, *, as_of: date, known_at: datetime) -> Mapping[int, VersionFacts]:
        """Return the version that applies on a day of every layer that has one, as was known at a moment."""
        if known_at < self._newest:
            return _facts(versions_in_force(session, as_of=as_of, known_at=known_at))
        found = self._in_force.get(as_of)
        if found is None:
            # Apart from what the caller has in hand, and not what was published since: this is kept for those whose transaction sees nothing of it.
            with Session(session.connection()) as apart:
                found = _facts(versions_in_force(apart, as_of=as_of, known_at=self._newest))
            if len(self._in_force) < _DAYS_KEPT:
                self._in_force[as_of] = found
        return found

    def coverages(self, session: Session, versions: Sequence[int]) -> nearby.Coverages:
        """Return where versions are known; see :func:`app.site_checks.nearby.read_coverages`."""
        kept = self._coverages
        new = [version for version in versions if version not in kept]
        read = nearby.read_coverages(session, new)
        if new and _state(session) == self.state:
            kept.update(read)
        return {version: read[version] if version in read else kept[version] for version in versions}


_known: WeakKeyDictionary[Engine, KnownGround] = WeakKeyDictionary()


def known_ground(session: Session) -> KnownGround:
    """Return what holds now.

    Raises
    ------
    ParameterRefusedError, RulePackRefusedError
    """
    engine = session.get_bind().engine
    state = _state(session)
    known = _known.get(engine)
    if known is None or known.state != state:
        known = _read(session, state)
        # Where each statement sees the latest commit, what was read may be of a later state than the one it would be kept by.
        if _state(session) == state:
            _known[engine] = known
    return known


def _state(session: Session) -> tuple[str | None, ...]:
    ((*state, _),) = nearby.fetch(session, _STATE, {})
    return tuple(state)


def _read(session: Session, state: tuple[str | None, ...]) -> KnownGround:
    # Apart from what the caller has in hand, which may be older than this state.
    with Session(session.connection()) as apart:
        layers, newest = nearby.layers_by_kind(apart), apart.scalar(_NEWEST)
        return KnownGround(
            state,
            read_rule_book(apart),
            read_parameters(apart),
            {kind: [LayerFacts.of(layer) for layer in layers[kind]] for kind in LayerKind},
            datetime.min.replace(tzinfo=UTC) if newest is None else newest,
        )


def _facts(versions: Mapping[int, LayerVersion]) -> dict[int, VersionFacts]:
    return {layer_id: VersionFacts.of(version) for layer_id, version in versions.items()}
