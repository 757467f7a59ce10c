"""Vertices are found by numbers that stand for them, exactly, however few of their bits a slot has."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis import vertex_keys as tested
from gis.vertex_keys import distinct_vertices, is_among, vertex_keys

# Few different ones, so that many are the same.
vertices = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 113.08]), st.integers(0, 40).map(float)), max_size=80).map(
    lambda some: np.array(some, dtype=np.float64).reshape(-1, 2)
)


@given(vertices)
def test_each_vertex_is_found_where_it_is_said_to_be(found):
    distinct, place = distinct_vertices(found)
    assert (distinct[place] == found).all()
    assert len(np.unique(found, axis=0)) <= len(distinct) <= len(found)


@given(vertices)
def test_where_many_vertices_share_a_slot_they_stand_for_themselves(found):
    few = tested.vertex_keys

    def nearly_the_same(some):
        return few(some) & np.uint64(1 << 63)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(tested, "vertex_keys", nearly_the_same)
        distinct, place = distinct_vertices(found)
    assert (distinct[place] == found).all()


def test_of_many_vertices_hardly_one_is_found_twice():
    rng = np.random.default_rng(3)
    some = rng.random((20_000, 2))
    distinct, place = distinct_vertices(some[rng.integers(0, len(some), 100_000)])
    assert len(np.unique(some, axis=0)) == len(some)
    assert len(distinct) < 1.2 * len(some)
    assert place.max() == len(distinct) - 1


@given(vertices, vertices)
def test_keys_are_found_among_others_as_numpy_finds_them(one, other):
    keys, some = vertex_keys(one), np.sort(vertex_keys(other))
    assert is_among(keys, some).tolist() == np.isin(keys, some).tolist()


@given(st.lists(st.integers(0, 50), max_size=60), st.lists(st.integers(0, 50), max_size=60))
def test_keys_that_share_a_slot_are_told_apart(one, other):
    # Small numbers have the same high bits.
    keys, some = np.array(one, dtype=np.uint64), np.sort(np.array(other, dtype=np.uint64))
    assert is_among(keys, some).tolist() == np.isin(keys, some).tolist()
