"""What scenes say about a piece of land, and what they do to a report: every side of every threshold."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.imagery import (
    Basis,
    Bearing,
    BuiltFootprint,
    ClaimKind,
    Evidence,
    ImageryThresholds,
    Observation,
    Reading,
    ReportedState,
    Scene,
    SceneKind,
    Silence,
    Step,
    ZonalSeries,
    compare_with_report,
    observe,
    state,
)
from gis.rules import ParameterSet, load_catalog

AS_OF = date(2024, 12, 31)
STARTED_ON = date(2023, 3, 1)
LIMITS = ImageryThresholds.in_force(ParameterSet(load_catalog().parameters), as_of=AS_OF)
BUILDINGS = BuiltFootprint(0.5, date(2024, 9, 1), "footprints")


def seen(
    vegetated: float,
    *,
    valid: float = 1.0,
    pixels: float = 20,
    taken_on: date = date(2024, 7, 15),
    kind: SceneKind | None = None,
) -> Observation:
    """Observe a land of some pixels, of which a share was seen and a share is vegetated (or built)."""
    kind = kind or SceneKind.VEGETATION_INDEX
    built = kind is SceneKind.BUILT_SHARE
    series = ZonalSeries(
        (Scene(Path("a.tif"), taken_on, kind=kind),),
        np.array([10.0]),
        np.array([[pixels]]),
        np.array([[valid]]),
        np.array([[vegetated if built else 0.5]]),
        np.array([[0.0 if built else vegetated]]),
    )
    return observe(series, 0, LIMITS)[0]


@pytest.mark.parametrize(
    ("observation", "reading", "silence"),
    [
        (seen(0.9), Reading.OVERGROWN, None),
        (seen(0.89), Reading.PARTLY_VEGETATED, None),
        (seen(0.1), Reading.OPEN_GROUND, None),
        (seen(0.11), Reading.PARTLY_VEGETATED, None),
        (seen(0.0, valid=0.89), Reading.PARTLY_VEGETATED, None),
        (seen(0.6, valid=0.6), Reading.PARTLY_VEGETATED, None),
        (seen(0.5, valid=0.59), Reading.CANNOT_TELL, Silence.HIDDEN),
        (seen(1.0, pixels=4), Reading.OVERGROWN, None),
        (seen(1.0, pixels=3.99), Reading.CANNOT_TELL, Silence.TOO_SMALL),
        (seen(0.3, kind=SceneKind.BUILT_SHARE), Reading.BUILT, None),
        (seen(0.2, kind=SceneKind.BUILT_SHARE), Reading.OPEN_GROUND, None),
        (seen(0.2, kind=SceneKind.NIGHT_LIGHTS), Reading.MEASURED, None),
    ],
)
def test_a_scene_is_read_by_the_thresholds(observation, reading, silence):
    assert (observation.reading, observation.silence) == (reading, silence)


@given(vegetated=st.floats(0, 1), valid=st.floats(0, 1))
def test_the_bounds_of_what_is_developed_never_cross_and_are_empty_where_nothing_can_be_told(vegetated, valid):
    observation = seen(min(vegetated, valid), valid=valid)
    assert 0 <= observation.developed_at_least <= observation.developed_at_most <= 1
    if not observation.can_tell:
        assert (observation.developed_at_least, observation.developed_at_most) == (0, 1)


def test_what_clouds_hide_may_be_built():
    assert seen(0.7, valid=0.7).developed_at_most == pytest.approx(0.3)
    assert seen(0.8, valid=0.5, kind=SceneKind.BUILT_SHARE).silence is Silence.HIDDEN
    half = seen(0.5, valid=0.8, kind=SceneKind.BUILT_SHARE)
    assert (half.developed_at_least, half.developed_at_most) == (pytest.approx(0.4), 1)


def in_summers(*vegetated: float) -> tuple[Observation, ...]:
    """Observe a month apart from June 2024 on."""
    return tuple(seen(share, taken_on=date(2024, 6 + place, 15)) for place, share in enumerate(vegetated))


STARTED = ReportedState(AS_OF, started_on=STARTED_ON)
UNSTARTED = ReportedState(AS_OF, is_reported_unstarted=True)


def half(share: float) -> ReportedState:
    return ReportedState(AS_OF, developed_share=share)


FELL = Step(STARTED_ON + timedelta(days=40), -0.4)
CASES = [
    (STARTED, Evidence(in_summers(0.95, 1, 0.9, 0.92)), Bearing.CONTRADICTS, Basis.OVERGROWN, (4, 4)),
    (STARTED, Evidence(in_summers(0.95, 0.2, 0.9)), Bearing.CANNOT_TELL, Basis.NOT_ALL_OVERGROWN, (3, 2)),
    (STARTED, Evidence(in_summers(0.05, 0.02)), Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, (2, 0)),
    (STARTED, Evidence(in_summers(0.05, 0.02), step=FELL), Bearing.SUPPORTS, Basis.VEGETATION_FELL, (2, 0)),
    (
        STARTED,
        Evidence(in_summers(0.05), step=Step(date(2021, 1, 1), -0.4)),
        Bearing.CANNOT_TELL,
        Basis.BARE_OR_BUILT,
        (1, 0),
    ),
    (
        STARTED,
        Evidence(in_summers(0.05), step=Step(FELL.seen_on, 0.4)),
        Bearing.CANNOT_TELL,
        Basis.BARE_OR_BUILT,
        (1, 0),
    ),
    (STARTED, Evidence(in_summers(0.95), (BUILDINGS,)), Bearing.SUPPORTS, Basis.BUILDINGS, (1, 1)),
    (
        STARTED,
        Evidence(in_summers(0.95), (BuiltFootprint(0.5, date(2022, 1, 1), "old"),)),
        Bearing.CONTRADICTS,
        Basis.OVERGROWN,
        (1, 1),
    ),
    (
        STARTED,
        Evidence((seen(1.0, taken_on=STARTED_ON + timedelta(days=89)),)),
        Bearing.CANNOT_TELL,
        Basis.NOTHING_USABLE,
        (0, 0),
    ),
    (
        STARTED,
        Evidence((seen(1.0, taken_on=STARTED_ON + timedelta(days=90)),)),
        Bearing.CONTRADICTS,
        Basis.OVERGROWN,
        (1, 1),
    ),
    (
        STARTED,
        Evidence((seen(1.0, taken_on=AS_OF + timedelta(days=1)),)),
        Bearing.CANNOT_TELL,
        Basis.NOTHING_USABLE,
        (0, 0),
    ),
    (STARTED, Evidence((seen(1.0, pixels=2),)), Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, (0, 0)),
    (STARTED, Evidence(()), Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, (0, 0)),
    (UNSTARTED, Evidence(in_summers(0.95, 0.91)), Bearing.SUPPORTS, Basis.OVERGROWN, (2, 2)),
    (UNSTARTED, Evidence(in_summers(0.95, 0.3)), Bearing.CANNOT_TELL, Basis.NOT_ALL_OVERGROWN, (2, 1)),
    (UNSTARTED, Evidence(in_summers(0.0)), Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, (1, 0)),
    (UNSTARTED, Evidence(in_summers(0.95), (BUILDINGS,)), Bearing.CONTRADICTS, Basis.BUILDINGS, (1, 1)),
    (UNSTARTED, Evidence((seen(0.6, kind=SceneKind.BUILT_SHARE),)), Bearing.CONTRADICTS, Basis.BUILDINGS, (1, 0)),
    (
        UNSTARTED,
        Evidence((seen(1.0, taken_on=AS_OF - timedelta(days=366)),)),
        Bearing.CANNOT_TELL,
        Basis.NOTHING_USABLE,
        (0, 0),
    ),
    # A scene of built ground that shows little of it says nothing against vegetation.
    (
        STARTED,
        Evidence((*in_summers(0.95, 0.91), seen(0.1, kind=SceneKind.BUILT_SHARE))),
        Bearing.CONTRADICTS,
        Basis.OVERGROWN,
        (2, 2),
    ),
    (
        half(0.5),
        Evidence((*in_summers(0.71), seen(0.1, kind=SceneKind.BUILT_SHARE))),
        Bearing.CONTRADICTS,
        Basis.VEGETATION_LIMITS,
        (1, 1),
    ),
    (STARTED, Evidence((seen(0.1, kind=SceneKind.BUILT_SHARE),)), Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, (1, 0)),
    (half(0.5), Evidence(in_summers(0.71, 0.9)), Bearing.CONTRADICTS, Basis.VEGETATION_LIMITS, (2, 2)),
    (half(0.5), Evidence(in_summers(0.71, 0.69)), Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, (2, 1)),
    (
        half(0.5),
        Evidence((), (BuiltFootprint(0.35, date(2020, 1, 1), "b"),)),
        Bearing.SUPPORTS,
        Basis.BUILDINGS,
        (0, 0),
    ),
    (
        half(0.5),
        Evidence((), (BuiltFootprint(0.71, date(2020, 1, 1), "b"),)),
        Bearing.CONTRADICTS,
        Basis.BUILDINGS,
        (0, 0),
    ),
    (half(0.5), Evidence(()), Bearing.CANNOT_TELL, Basis.NOTHING_USABLE, (0, 0)),
    (half(0.0), Evidence(in_summers(0.95)), Bearing.SUPPORTS, Basis.VEGETATION_LIMITS, (1, 0)),
    (half(0.0), Evidence(in_summers(0.5)), Bearing.CANNOT_TELL, Basis.BARE_OR_BUILT, (1, 0)),
]


@pytest.mark.parametrize(("reported", "evidence", "bearing", "basis", "counts"), CASES)
def test_evidence_bears_on_a_claim(reported, evidence, bearing, basis, counts):
    (claim,) = compare_with_report(evidence, reported, LIMITS)
    assert (claim.bearing, claim.basis, (claim.usable, claim.showing)) == (bearing, basis, counts)


def test_nothing_is_said_where_nothing_was_reported():
    assert compare_with_report(Evidence(in_summers(0.95)), ReportedState(AS_OF), LIMITS) == []
    future = ReportedState(AS_OF, started_on=AS_OF + timedelta(days=1))
    assert compare_with_report(Evidence(in_summers(0.95)), future, LIMITS) == []


def test_a_start_and_a_share_are_two_claims():
    claims = compare_with_report(
        Evidence(in_summers(0.95)), ReportedState(AS_OF, started_on=STARTED_ON, developed_share=0.6), LIMITS
    )
    assert [claim.kind for claim in claims] == [ClaimKind.STARTED, ClaimKind.DEVELOPED_SHARE]
    assert {claim.bearing for claim in claims} == {Bearing.CONTRADICTS}


def test_the_sentence_names_dates_counts_and_bearing_in_both_languages():
    (claim,) = compare_with_report(Evidence(in_summers(0.95, 1, 0.9, 0.92)), STARTED, LIMITS)
    said = state(claim)
    assert (
        said.zh
        == "申报已动工：2023-05-30 至 2024-12-31，可用影像 4 期（共 4 期），其中 4 期均为植被覆盖，未见建设；影像与申报不符。"
    )
    assert said.en.startswith("Reported as started: on 4 of 4 usable dates (4 in all) from 2023-05-30 to 2024-12-31")
    assert said.en.endswith("the imagery contradicts this.")


def test_every_basis_has_a_sentence():
    said = set()
    for reported, evidence, *_ in CASES:
        (claim,) = compare_with_report(evidence, reported, LIMITS)
        said.add(claim.basis)
        assert str(claim.usable) in state(claim).zh
    assert said == set(Basis)
