import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.rules import LayerStatus, Verdict, judge_coverage, worst


def test_verdicts_are_ordered_by_weight_and_not_by_the_alphabet():
    assert sorted(Verdict) == [Verdict.PASS, Verdict.WARN, Verdict.NO_DATA, Verdict.REVIEW, Verdict.DENY]
    assert Verdict.DENY > Verdict.REVIEW >= Verdict.REVIEW > Verdict.NO_DATA > Verdict.WARN > Verdict.PASS
    assert Verdict.PASS < Verdict.WARN <= Verdict.WARN


def test_a_verdict_is_still_the_string_it_is_stored_as():
    assert Verdict("NO_DATA") == "NO_DATA"
    assert {Verdict.DENY: 1}["DENY"] == 1


@given(st.lists(st.sampled_from(Verdict), min_size=1), st.randoms())
def test_the_worst_verdict_does_not_depend_on_the_order(verdicts, random):
    shuffled = verdicts.copy()
    random.shuffle(shuffled)
    assert worst(shuffled) == worst(verdicts)
    assert all(worst(verdicts) >= verdict for verdict in verdicts)


def test_no_verdict_at_all_is_not_a_pass():
    with pytest.raises(ValueError, match="nothing checked is not a pass"):
        worst([])


@pytest.mark.parametrize("status", [LayerStatus.NOT_COVERED, LayerStatus.STALE, LayerStatus.FAILED])
@pytest.mark.parametrize(("mandatory", "verdict"), [(True, Verdict.NO_DATA), (False, Verdict.WARN)])
def test_a_layer_that_cannot_answer_is_no_data_when_mandatory_and_a_warning_otherwise(status, mandatory, verdict):
    assert judge_coverage(status, covered_share=1.0, mandatory=mandatory) is verdict


@pytest.mark.parametrize("status", [LayerStatus.HIT, LayerStatus.CLEAR])
@pytest.mark.parametrize(
    ("share", "mandatory", "verdict"),
    [
        (1.0, True, Verdict.PASS),
        (1.0, False, Verdict.PASS),
        (1 - 1e-12, True, Verdict.PASS),
        (1 + 1e-12, True, Verdict.PASS),
        (0.999999, True, Verdict.NO_DATA),
        (0.999999, False, Verdict.WARN),
        (0.0, True, Verdict.NO_DATA),
    ],
)
def test_a_partly_covered_place_is_known_only_in_part(status, share, mandatory, verdict):
    assert judge_coverage(status, covered_share=share, mandatory=mandatory) is verdict


def test_a_hit_in_the_covered_part_keeps_its_own_verdict():
    silence = judge_coverage(LayerStatus.HIT, covered_share=0.4, mandatory=True)
    assert worst([Verdict.DENY, silence]) is Verdict.DENY
    assert worst([Verdict.WARN, silence]) is Verdict.NO_DATA


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_outside_zero_to_one_is_refused(share):
    with pytest.raises(ValueError, match="between 0 and 1"):
        judge_coverage(LayerStatus.CLEAR, covered_share=share, mandatory=True)
