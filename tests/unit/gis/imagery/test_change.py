"""Steps in series with a yearly cycle: planted ones, none, and an oracle that fits every model by least squares."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.imagery import find_steps

DAYS = np.arange(48) * 30
WAVE = 0.5 + 0.2 * np.cos(2 * np.pi * DAYS / 365.25)
ALL = np.ones((1, len(DAYS)), dtype=bool)


def find(values, valid=ALL, days=DAYS):
    return find_steps(days, np.atleast_2d(values), np.atleast_2d(valid), count_min=12, statistic_min=8.85)


def oracle(days, values, valid):
    """Fit the model without and with a step at every date by numpy's least squares; return the greatest F and its date."""
    used = np.flatnonzero(valid)
    angle = 2 * np.pi * (days[used] - days[0]) / 365.25
    base = np.column_stack([np.ones(len(used)), np.cos(angle), np.sin(angle)])
    y = values[used]

    def rest(matrix):
        return float(((y - matrix @ np.linalg.lstsq(matrix, y, rcond=None)[0]) ** 2).sum())

    trimmed = max(2, np.ceil(0.15 * len(used)))
    best = (-1.0, -1)
    for position in used[1:]:
        after = used >= position
        if after.sum() < trimmed or (~after).sum() < trimmed:
            continue
        full = rest(np.column_stack([base, after]))
        best = max(best, ((rest(base) - full) * (len(used) - 4) / full, int(position)))
    return best


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), step=st.sampled_from([0.0, -0.3, 0.2]), share=st.floats(0.5, 1))
def test_the_step_agrees_with_least_squares_over_every_date(seed, step, share):
    chance = np.random.default_rng(seed)
    values = WAVE + step * (DAYS >= 700) + chance.normal(0, 0.05, len(DAYS))
    valid = chance.random(len(DAYS)) < share
    # Of fewer dates, or not more than a year of them, nothing is told.
    assume(valid.sum() >= 12 and np.ptp(DAYS[valid]) > 366)
    found = find(values, valid)
    statistic, position = oracle(DAYS, values, valid)
    assert found.statistic[0] == pytest.approx(statistic, rel=1e-6)
    assert found.position[0] == (position if statistic >= 8.85 else -1)


def test_a_fall_is_found_on_the_day_it_is_first_seen_with_its_size():
    found = find(WAVE - 0.4 * (DAYS >= 900) + np.random.default_rng(1).normal(0, 0.02, len(DAYS)))
    assert DAYS[found.position[0]] == 900
    assert found.size[0] == pytest.approx(-0.4, abs=0.03)


def test_the_seasons_are_no_change():
    found = find(WAVE + np.random.default_rng(2).normal(0, 0.02, len(DAYS)))
    assert found.position[0] == -1
    assert np.isnan(found.size[0])


def test_too_few_dates_and_not_more_than_a_year_tell_nothing():
    values = WAVE - 0.4 * (DAYS >= 180)
    few = np.zeros(len(DAYS), bool)
    few[::5] = True
    one_year = DAYS <= 330
    for valid in (few, one_year, np.zeros(len(DAYS), bool)):
        found = find(values, valid)
        assert found.position[0] == -1
        assert np.isnan(found.statistic[0])


def test_hidden_values_do_not_count_whatever_they_are():
    valid = np.arange(len(DAYS)) % 3 != 0
    values = WAVE - 0.3 * (DAYS >= 600)
    noisy = np.where(valid, values, np.nan)
    assert find(noisy, valid).size[0] == pytest.approx(find(values, valid).size[0])


def test_series_do_not_influence_each_other():
    chance = np.random.default_rng(3)
    values = WAVE + chance.normal(0, 0.05, (5, len(DAYS))) - 0.2 * (DAYS >= 900) * np.arange(5)[:, None]
    together = find_steps(DAYS, values, np.ones_like(values, bool), count_min=12, statistic_min=8.85)
    alone = [find(row).position[0] for row in values]
    assert together.position.tolist() == alone


def test_no_series_and_no_dates_give_no_steps():
    assert (
        len(find_steps(DAYS, np.zeros((0, 48)), np.zeros((0, 48), bool), count_min=12, statistic_min=8.85).position)
        == 0
    )
    found = find_steps([], np.zeros((2, 0)), np.zeros((2, 0), bool), count_min=12, statistic_min=8.85)
    assert found.position.tolist() == [-1, -1]
