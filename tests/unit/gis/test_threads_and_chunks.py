"""Slices, chunks and operations that survive a failing row."""

import threading

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from gis.chunks import spatial_chunks, work_through_chunks
from gis.errors import OverlayCancelledError
from gis.robust import apply_to_rows
from gis.threads import ThreadTeam


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(1, 4), st.integers(1, 5), st.integers(1, 40))
def test_slices_are_consecutive_and_cover_everything(count, size, per_thread, least):
    with ThreadTeam(size) as team:
        slices = team.map_slices(lambda part: part, count, per_thread=per_thread, least=least)
    assert [row for part in slices for row in range(part.start, part.stop)] == list(range(count))
    assert len(slices) <= size * per_thread
    assert len(slices) <= 1 or all(part.stop - part.start >= least for part in slices)


def test_a_team_of_one_stays_in_the_caller_s_thread():
    with ThreadTeam(1) as team:
        assert team.map_slices(lambda _: threading.get_ident(), 500) == [threading.get_ident()]
    with pytest.raises(ValueError, match="at least one thread"):
        ThreadTeam(0)


def test_an_error_in_a_thread_reaches_the_caller():
    def fail(part):
        raise KeyError(part.start)

    with ThreadTeam(3) as team, pytest.raises(KeyError):
        team.map_slices(fail, 500)


@settings(deadline=None)
@given(st.lists(st.integers(), max_size=30), st.integers(1, 4))
def test_a_stream_yields_results_in_order(items, size):
    with ThreadTeam(size) as team:
        assert list(team.stream(lambda item: item + 1, items)) == [item + 1 for item in items]


def test_a_stream_does_not_run_ahead():
    taken = []
    with ThreadTeam(2) as team:
        stream = team.stream(lambda item: item, (taken.append(item) or item for item in range(100)))
        assert next(stream) == 0
        assert len(taken) == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-100, 100), st.floats(-100, 100)), min_size=0, max_size=50), st.integers(1, 20))
def test_chunks_hold_every_target_once(places, size):
    points = np.array([shapely.Point(place) for place in places], dtype=object)
    chunks = spatial_chunks(points, size)
    assert sorted(row for chunk in chunks for row in chunk.tolist()) == list(range(len(places)))
    assert all(len(chunk) <= size for chunk in chunks)


def test_chunks_lie_close_together():
    rng = np.random.default_rng(5)
    points = shapely.points(rng.uniform(0, 1, (1000, 2)))
    spread = [shapely.multipoints(points[chunk]).envelope.area for chunk in spatial_chunks(points, 50)]
    assert np.median(spread) < 0.25


def test_a_chunk_holds_at_least_one_target():
    with pytest.raises(ValueError, match="at least one"):
        spatial_chunks(shapely.points([[0, 0]]), 0)


POINTS = shapely.points(np.random.default_rng(2).uniform(0, 1, (3000, 2)))


@pytest.mark.parametrize("threads", [1, 3])
def test_work_is_done_on_every_chunk_and_progress_told(threads):
    told = []
    results = work_through_chunks(
        POINTS,
        lambda rows, team: (rows, team.size),
        chunk_size=700,
        threads=threads,
        progress=lambda *now: told.append(now),
    )
    assert sorted(row for rows, _ in results for row in rows.tolist()) == list(range(3000))
    assert {size for _, size in results} == {1}
    assert told[-1] == (3000, 3000)
    assert len(told) == len(results)
    assert told == sorted(told)


def test_the_only_chunk_gets_the_whole_team():
    assert work_through_chunks(POINTS[:100], lambda rows, team: team.size, chunk_size=700, threads=3) == [3]


def test_many_threads_get_smaller_chunks():
    sizes = work_through_chunks(POINTS, lambda rows, team: len(rows), chunk_size=20_000, threads=6)
    assert len(sizes) == 6


def test_cancelling_stops_after_the_chunk_at_hand():
    begun = []
    answers = iter([False, False, True])
    with pytest.raises(OverlayCancelledError, match="after 200 of 3000"):
        work_through_chunks(
            POINTS, lambda rows, team: begun.append(rows), chunk_size=100, threads=1, cancelled=lambda: next(answers)
        )
    assert len(begun) == 2


def test_cancelling_before_the_first_chunk_does_nothing():
    begun = []
    with pytest.raises(OverlayCancelledError, match="after 0 of 3000"):
        work_through_chunks(POINTS, lambda rows, team: begun.append(rows), chunk_size=100, cancelled=lambda: True)
    assert begun == []


@pytest.mark.parametrize("culprits", [[0], [99], [17, 18], list(range(100))])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_failing_row_is_found_and_no_other(culprits, threads):
    squares = np.array([shapely.box(k, 0, k + 2, 1) for k in range(100)], dtype=object)
    bad = {shapely.to_wkb(squares[k]) for k in culprits}

    def touchy(left, right, grid_size=None):
        if bad & set(shapely.to_wkb(left)):
            raise shapely.errors.GEOSException("no")
        return shapely.intersection(left, right, grid_size=grid_size)

    with ThreadTeam(threads) as team:
        result = apply_to_rows(touchy, squares, np.roll(squares, 1), team=team)
    assert sorted(result.failures) == culprits
    fine = np.setdiff1d(np.arange(100), culprits)
    assert shapely.is_missing(result.geometries[culprits]).all()
    assert (result.geometries[fine] == shapely.intersection(squares[fine], np.roll(squares, 1)[fine])).all()
