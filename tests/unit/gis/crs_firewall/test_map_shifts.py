"""GCJ-02 and BD-09 against the published formulas and published values."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.crs_firewall.map_shifts import bd09_of, gcj02_of, without_shift
from tests.unit.gis.crs_firewall import map_formulas

IN_CHINA = st.tuples(st.floats(74, 134), st.floats(18, 53))


@given(IN_CHINA)
def test_the_vectorised_formulas_are_the_published_ones(place: tuple[float, float]):
    places = np.array([place])
    assert gcj02_of(places)[0] == pytest.approx(map_formulas.gcj02(*place), abs=1e-11)
    assert bd09_of(places)[0] == pytest.approx(map_formulas.bd09(*place), abs=1e-11)


def test_published_values_come_out():
    # coordtransform, README: WGS 84 (116.404, 39.915) and GCJ-02 (116.404, 39.915).
    assert gcj02_of(np.array([[116.404, 39.915]]))[0] == pytest.approx(
        [116.41024449916938, 39.91640428150164], abs=1e-9
    )
    assert map_formulas.bd09_from_gcj02(116.404, 39.915) == pytest.approx(
        (116.41036949371029, 39.92133699351021), abs=1e-9
    )


@given(IN_CHINA, st.booleans())
def test_taking_the_shift_off_leads_back(place: tuple[float, float], bd09: bool):
    places = np.array([place])
    shifted = bd09_of(places) if bd09 else gcj02_of(places)
    assert np.abs(without_shift(shifted, bd09=bd09) - places).max() < 1e-9
