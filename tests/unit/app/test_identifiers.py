"""How often identifiers occur is known of all of them, though only few are kept."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from app.layers.identifiers import IdentifierCounts

NAMES = st.sampled_from(["A", "B", "C", "A~1", "row-3", "row-3~", "D", None])


@given(st.lists(NAMES))
def test_counts_are_those_of_a_plain_counter(values: list[str | None]):
    plain = Counter(value for value in values if value is not None)
    counts = IdentifierCounts.of(values)
    assert {name: counts.of_value(name) for name in plain} == dict(plain)
    for made in ("row-3", "row-3~", "row-4", "A~1", "A~2"):
        assert counts.has_made(made) == (made in plain)


def test_what_occurs_once_is_not_kept():
    counts = IdentifierCounts.of(["twice", *(f"once {number}" for number in range(100)), "twice"])
    assert dict(counts.repeated) == {"twice": 2}
    assert counts.like_made == frozenset()
