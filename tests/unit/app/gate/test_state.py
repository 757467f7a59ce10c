"""Where a project stands follows from its events; nothing lets it pass a DENY or a missing opinion."""

from datetime import UTC, date, datetime
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.gate.state import Combined, Event, EventKind, Office, Opinion, Status, state_of
from gis.rules import Verdict

SITES = [("parcels", "A"), ("parcels", "B")]
MOMENT = datetime(2026, 6, 30, 9, tzinfo=UTC)
LAST_DAY = date(2026, 7, 10)


def event(kind: EventKind, office: Office | None = None, **payload: object) -> Event:
    return Event(kind=kind, recorded_at=MOMENT, recorded_by="test", office=office, payload=payload)


def submitted() -> Event:
    return event(EventKind.SUBMITTED, deadlines={office.value: LAST_DAY.isoformat() for office in Office})


def checked(feature_id: str, verdict: str) -> Event:
    return event(EventKind.CHECKED, layer="parcels", feature_id=feature_id, verdict=verdict)


def said(office: Office, opinion: Opinion) -> Event:
    return event(EventKind.OPINION, office, opinion=opinion.value, conditions=[])


ALL_AGREE = [said(office, Opinion.AGREE) for office in Office]
CLEAN = [submitted(), checked("A", "PASS"), checked("B", "WARN")]


def test_a_project_with_clean_sites_and_four_agreements_may_pass():
    state = state_of(SITES, [*CLEAN, *ALL_AGREE])
    assert state.combined is Combined.AGREED
    assert state.obstacles() == []


@pytest.mark.parametrize("silent", list(Office))
def test_each_missing_opinion_stands_against_it(silent: Office):
    state = state_of(SITES, [*CLEAN, *(item for item in ALL_AGREE if item.office is not silent)])
    assert state.combined is Combined.PENDING
    assert state.obstacles() == [{"obstacle": "missing_opinion", "office": silent.value}]


def test_an_open_deny_stands_against_it_and_a_later_check_lifts_it():
    blocked = [submitted(), checked("A", "DENY"), checked("B", "PASS"), *ALL_AGREE]
    assert state_of(SITES, blocked).combined is Combined.BLOCKED
    assert state_of(SITES, blocked).obstacles()[0]["obstacle"] == "open_deny"
    assert state_of(SITES, [*blocked, checked("A", "REVIEW")]).obstacles() == []


def test_a_site_that_was_not_checked_is_no_clean_site():
    state = state_of(SITES, [submitted(), checked("A", "PASS"), *ALL_AGREE])
    assert state.obstacles() == [{"obstacle": "unchecked_site", "layer": "parcels", "feature_id": "B"}]


def test_the_latest_opinion_of_an_office_counts():
    changed = [*CLEAN, *ALL_AGREE, said(Office.LAND, Opinion.DISAGREE)]
    assert state_of(SITES, changed).combined is Combined.DISAGREED
    assert state_of(SITES, [*changed, said(Office.LAND, Opinion.CONDITIONAL)]).combined is Combined.CONDITIONAL


def test_a_new_round_asks_everybody_again():
    decided = event(EventKind.DECIDED, result="refused")
    state = state_of(SITES, [*CLEAN, *ALL_AGREE, decided, submitted()])
    assert (state.status, state.round_number) == (Status.OPEN, 2)
    assert state.missing == list(Office)
    assert len(state.unchecked) == 2


def test_an_office_is_overdue_after_its_last_day_and_not_on_it():
    state = state_of(SITES, [*CLEAN, *ALL_AGREE[1:]])
    assert state.overdue(LAST_DAY) == []
    assert state.overdue(date(2026, 7, 11)) == [Office.PLANNING]


@given(
    verdicts=st.lists(st.sampled_from(list(Verdict)), min_size=2, max_size=2),
    opinions=st.dictionaries(st.sampled_from(list(Office)), st.sampled_from(list(Opinion))),
)
def test_nothing_passes_with_a_deny_a_gap_or_a_disagreement(verdicts, opinions):
    checks = [checked(site[1], verdict.value) for site, verdict in zip(SITES, verdicts, strict=True)]
    state = state_of(SITES, [submitted(), *checks, *(said(office, opinion) for office, opinion in opinions.items())])
    may_pass = (
        Verdict.DENY not in verdicts and len(opinions) == len(Office) and Opinion.DISAGREE not in opinions.values()
    )
    assert (state.obstacles() == []) is may_pass
    assert (state.combined in {Combined.AGREED, Combined.CONDITIONAL}) is may_pass


def test_the_order_of_opinions_of_different_offices_does_not_matter():
    outcomes = {state_of(SITES, [*CLEAN, *order]).combined for order in permutations(ALL_AGREE)}
    assert outcomes == {Combined.AGREED}
