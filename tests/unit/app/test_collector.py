"""While features are imported, the garbage collector leaves what was there before alone."""

import gc

from app.layers.collector import spared_collector


def test_what_was_there_before_is_left_alone_until_the_end():
    usual = gc.get_threshold()
    with spared_collector():
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] > usual[0]
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == usual
