"""Files that say what the codes of a local table mean."""

from pathlib import Path

import pytest

from gis.formats.grids import TableRefusedError
from gis.formats.local_codes import read_local_codes
from gis.landuse.codes import ConstructionStatus
from gis.landuse.local_codes import LocalCode
from gis.plans.statuses import PlanStatus, is_code_known, plan_statuses


def written(folder: Path, text: str) -> Path:
    path = folder / "codes.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "text",
    [
        "代码,名称,建设用地与否\nC-2,Residence C-2,建设用地\nOS,,非建设用地\nPUD,,无数据\n",
        "code,name,construction_status\nC-2,Residence C-2,construction\nOS,,Non_construction\nPUD,,no_data\n",
    ],
)
def test_codes_are_read_in_both_languages(tmp_path: Path, text: str):
    assert read_local_codes(written(tmp_path, text)) == (
        LocalCode("C-2", ConstructionStatus.CONSTRUCTION, "Residence C-2"),
        LocalCode("OS", ConstructionStatus.NON_CONSTRUCTION),
        LocalCode("PUD", ConstructionStatus.NO_DATA),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "code,construction_status\nC-2,perhaps\n",
            "row 2, column construction_status: found 'perhaps', expected 建设用地",
        ),
        ("code,construction_status\nC-2,construction\nC-2,no_data\n", "row 3"),
        ("code,construction_status\n", "no row with a code"),
        ("code,name\nC-2,Residence\n", "建设用地与否"),
    ],
)
def test_half_a_table_is_refused_with_what_is_wrong(tmp_path: Path, text: str, message: str):
    with pytest.raises(TableRefusedError, match=message):
        read_local_codes(written(tmp_path, text))


def test_a_local_table_says_what_its_own_codes_are_and_nothing_of_others():
    local = {"zoning": {"C-2": ConstructionStatus.CONSTRUCTION, "PUD": ConstructionStatus.NO_DATA}}
    codes, versions = ["C-2", "PUD", "OS", "C-2", "R2"], ["zoning", "zoning", "zoning", "other", "GB 50137-2011"]
    expected = [
        PlanStatus.CONSTRUCTION,
        PlanStatus.NO_DATA,
        PlanStatus.NO_DATA,
        PlanStatus.NO_DATA,
        PlanStatus.CONSTRUCTION,
    ]
    assert plan_statuses(codes, versions, local).tolist() == expected
    known = [is_code_known(code, version, local) for code, version in zip(codes, versions, strict=True)]
    assert known == [True, True, False, False, True]
