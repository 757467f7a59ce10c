"""Where a project stands, from what happened to it. No database here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from gis.rules import Verdict


class Office(StrEnum):
    """The offices that give an opinion on every project."""

    PLANNING = "planning"
    LAND = "land"
    ENVIRONMENT = "environment"
    INVESTMENT = "investment"


class Opinion(StrEnum):
    """What an office says."""

    AGREE = "agree"
    CONDITIONAL = "agree_with_conditions"
    DISAGREE = "disagree"


class EventKind(StrEnum):
    """What can happen to a project."""

    SUBMITTED = "submitted"
    CHECKED = "checked"
    OPINION = "opinion"
    DECIDED = "decided"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """Where a project stands."""

    DRAFT = "draft"
    OPEN = "open"
    PASSED = "passed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Combined(StrEnum):
    """What the checks and opinions come to so far."""

    BLOCKED = "blocked"
    PENDING = "pending"
    DISAGREED = "disagreed"
    CONDITIONAL = "conditional"
    AGREED = "agreed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event, in the order in which they are stored."""

    kind: EventKind
    recorded_at: datetime
    recorded_by: str
    office: Office | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class GateState:
    """Where a project stands.

    Attributes
    ----------
    round_number : int
        How often it was submitted; opinions and checks of earlier rounds no longer count.
    deadlines : dict
        Of the running round.
    opinions : dict
        The latest opinion of each office in the running round.
    checks : dict
        The latest check of each site, by (layer, feature id), in the running round.
    """

    sites: tuple[tuple[str, str], ...]
    status: Status = Status.DRAFT
    round_number: int = 0
    deadlines: dict[Office, date] = field(default_factory=dict)
    opinions: dict[Office, Event] = field(default_factory=dict)
    checks: dict[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)

    @property
    def open_denies(self) -> list[tuple[str, str]]:
        """Sites whose latest check is DENY."""
        return [site for site in self.sites if self.checks.get(site, {}).get("verdict") == Verdict.DENY]

    @property
    def unchecked(self) -> list[tuple[str, str]]:
        """Sites without a check in this round."""
        return [site for site in self.sites if site not in self.checks]

    @property
    def missing(self) -> list[Office]:
        """Offices that have not said anything in this round."""
        return [office for office in Office if office not in self.opinions]

    def overdue(self, today: date) -> list[Office]:
        """Offices that have said nothing and whose last day is over."""
        return [office for office in self.missing if office in self.deadlines and self.deadlines[office] < today]

    @property
    def combined(self) -> Combined:
        """What checks and opinions come to; the first of these that holds, in the order of :class:`Combined`."""
        said = {event.payload["opinion"] for event in self.opinions.values()}
        if self.open_denies or self.unchecked:
            return Combined.BLOCKED
        if self.missing:
            return Combined.PENDING
        if Opinion.DISAGREE in said:
            return Combined.DISAGREED
        return Combined.CONDITIONAL if Opinion.CONDITIONAL in said else Combined.AGREED

    def obstacles(self) -> list[dict[str, Any]]:
        """Say what stands against passing; nothing when it may pass."""
        found: list[dict[str, Any]] = [
            {"obstacle": "open_deny", "layer": layer, "feature_id": feature_id}
            for layer, feature_id in self.open_denies
        ]
        found += [
            {"obstacle": "unchecked_site", "layer": layer, "feature_id": feature_id}
            for layer, feature_id in self.unchecked
        ]
        found += [{"obstacle": "missing_opinion", "office": office.value} for office in self.missing]
        found += [
            {"obstacle": "disagreement", "office": office.value}
            for office, event in self.opinions.items()
            if event.payload["opinion"] == Opinion.DISAGREE
        ]
        return found


def state_of(sites: Sequence[tuple[str, str]], events: Iterable[Event]) -> GateState:
    """Replay what happened.

    Parameters
    ----------
    sites : sequence of (layer slug, feature id)
    events : iterable of Event
        In the order in which they happened.

    Examples
    --------
    >>> from app.gate.state import state_of
    >>> state = state_of([("parcels", "A")], [])
    >>> state.status, state.combined
    (<Status.DRAFT: 'draft'>, <Combined.BLOCKED: 'blocked'>)
    """
    state = GateState(tuple(sites))
    for event in events:
        _apply(state, event)
    return state


def _apply(state: GateState, event: Event) -> None:
    match event.kind:
        case EventKind.SUBMITTED:
            state.status = Status.OPEN
            state.round_number += 1
            state.deadlines = {
                Office(name): date.fromisoformat(day) for name, day in event.payload["deadlines"].items()
            }
            state.opinions, state.checks = {}, {}
        case EventKind.CHECKED:
            state.checks[event.payload["layer"], event.payload["feature_id"]] = event.payload
        case EventKind.OPINION:
            if event.office is not None:
                state.opinions[event.office] = event
        case EventKind.DECIDED:
            state.status = Status(event.payload["result"])
        case EventKind.WITHDRAWN:
            state.status = Status.WITHDRAWN
