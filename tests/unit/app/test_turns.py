"""While features are imported, threads take turns sooner."""

import sys

from app.layers.turns import short_turns


def test_turns_are_short_until_the_end():
    usual = sys.getswitchinterval()
    with short_turns():
        assert sys.getswitchinterval() < usual / 5
    assert sys.getswitchinterval() == usual
