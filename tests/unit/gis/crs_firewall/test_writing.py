"""How coordinates are written."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gis.crs_firewall.writing import Writing, tell_writing

BOX = st.tuples(st.floats(73, 135), st.floats(3, 53), st.floats(0, 1), st.floats(0, 1))
NOWHERE = (np.nan,) * 4


@given(st.lists(BOX, min_size=1, max_size=6), st.integers(0, 3))
def test_what_lies_in_china_is_told_at_once_as_it_is_told_among_others(drawn, missing):
    bounds = np.array([*[NOWHERE] * missing, *((x, y, x + width, y + height) for x, y, width, height in drawn)])
    alone = tell_writing(bounds)
    # One feature elsewhere in the world, and the ways of all are looked at one by one.
    among = tell_writing(np.vstack([bounds, [2.0, 48.0, 3.0, 49.0]]))
    assert alone.writing is among.writing is Writing.LON_LAT
    assert alone.counts == {Writing.LON_LAT: len(drawn)}
    assert among.counts == {Writing.LON_LAT: len(drawn) + 1}
    assert alone.first_rows == among.first_rows == {Writing.LON_LAT: missing + 1}
    assert alone.rows.tolist() == among.rows.tolist()[:-1]
    assert alone.bounds.tolist() == among.bounds.tolist()[:-1]


def test_features_without_a_place_are_written_in_no_way():
    assert tell_writing(np.array([NOWHERE])).writing is None
