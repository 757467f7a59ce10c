import numpy as np
import pytest

from gis.flatten import FlatLayer
from gis.plans.statuses import PlanStatus, piece_codes, piece_statuses, plan_statuses

CITY = "GB 50137-2011"
NO, NON, YES, BOTH = (status.value for status in PlanStatus)


def flat(*members: tuple[int, ...]) -> FlatLayer:
    rows = [(piece, zone) for piece, zones in enumerate(members) for zone in zones]
    return FlatLayer(np.full(len(members), None, dtype=object), np.array(rows, dtype=np.int64).reshape(-1, 2))


def test_each_code_is_read_in_its_own_table():
    codes = ["R2", "E2", "1006", "1003", "0601", "0601"]
    versions = [CITY, CITY, "GB/T 21010-2017", "GB/T 21010-2017", "GB/T 21010-2017", "GUIDE-2023"]
    assert plan_statuses(codes, versions).tolist() == [YES, NON, NON, YES, YES, NON]


@pytest.mark.parametrize(
    ("code", "version"),
    [
        (None, CITY),
        ("R2", None),
        ("", CITY),
        ("?", CITY),
        (float("nan"), CITY),
        ("10", "GB/T 21010-2017"),
        ("R2", "GB 1234"),
    ],
)
def test_what_says_nothing_is_no_data_and_never_non_construction(code, version):
    assert plan_statuses([code], [version]).tolist() == [NO]


def test_a_plan_without_zones_has_no_statuses():
    assert plan_statuses([], []).tolist() == []


@pytest.mark.parametrize(
    ("zones", "expected"),
    [
        ((0,), YES),
        ((1,), NON),
        ((2,), NO),
        ((0, 3), YES),
        ((0, 1), BOTH),
        ((0, 2), NO),
        ((1, 2), NO),
        ((0, 1, 2), BOTH),
    ],
)
def test_several_zones_on_one_piece_agree_contradict_or_leave_it_open(zones, expected):
    of_zones = np.array([YES, NON, NO, YES])
    assert piece_statuses(flat(zones), of_zones).tolist() == [expected]


def test_a_piece_of_several_zones_has_their_different_codes():
    pieces = flat((0,), (0, 1), (1, 3), (2, 3), (2,))
    assert piece_codes(pieces, np.array(["R2", "M1", "", "M1"], dtype=object)).tolist() == [
        "R2",
        "M1+R2",
        "M1",
        "M1",
        "",
    ]
