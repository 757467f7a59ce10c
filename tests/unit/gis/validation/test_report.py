"""The report counts everything, keeps the first faults of each kind, and never loses a feature."""

import json
from importlib import resources
from string import Formatter

import jsonschema
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from gis.faults import FaultKind
from gis.validation import (
    CheckRecord,
    CheckStatus,
    CountMismatchError,
    DeliveryReport,
    Severity,
    describe_fault,
    fault_kinds,
    render_html,
)

SCHEMA = json.loads((resources.files("gis.validation") / "tables" / "report_schema.json").read_text("utf-8"))


SOURCE = {
    "name": "宗地.shp",
    "layer": "宗地",
    "driver": "ESRI Shapefile",
    "fields": ["ZDDM"],
    "encoding": "GBK",
    "encoding_source": "cpg",
    "crs": None,
    "crs_epsg": None,
}
SETTINGS = {
    "kind": "parcel",
    "title_zh": "宗地",
    "title_en": "Parcels",
    "contract_version": "1",
    "documents": [],
    "given_mapping": {},
    "proposed_mapping": [],
    "unused_fields": ["ZDDM"],
    "examined_on": "2026-06-30",
    "proposal": None,
    "proposal_accepted": False,
}


def missing_value(row: int):
    return describe_fault("value_missing", source_row=row, field="ZDDM", geometry=shapely.Point(113, 28))


@given(st.lists(st.tuples(*[st.integers(0, 50)] * 3), max_size=8))
def test_accepted_repaired_and_rejected_are_always_those_read(batches: list[tuple[int, int, int]]):
    report = DeliveryReport()
    for accepted, repaired, rejected in batches:
        report.add(read=accepted + repaired + rejected, accepted=accepted, repaired=repaired, rejected=rejected)
    assert report.read == report.accepted + report.repaired + report.rejected == sum(map(sum, batches))


@pytest.mark.parametrize("counts", [(3, 1, 1, 0), (1, 2, 0, -1), (0, 0, 0, 1)])
def test_a_batch_that_loses_a_feature_is_refused(counts: tuple[int, int, int, int]):
    read, accepted, repaired, rejected = counts
    report = DeliveryReport()
    with pytest.raises(CountMismatchError):
        report.add(read=read, accepted=accepted, repaired=repaired, rejected=rejected)
    assert report.read == 0


def test_every_fault_is_counted_and_only_the_first_are_kept():
    report = DeliveryReport(keep_per_kind=3)
    report.add([missing_value(row) for row in range(1, 11)])
    (tally,) = report.tallies
    assert (tally.count, [fault.source_row for fault in tally.kept]) == (10, [1, 2, 3])
    document = report.as_json()
    assert (document["keep_per_kind"], document["faults"][0]["count"], document["faults"][0]["kept"]) == (3, 10, 3)


def test_faults_are_ordered_from_the_worst_and_as_the_table_of_kinds():
    report = DeliveryReport()
    for kind in ("area_is_planar", "spike", "key_duplicate", "missing", "crs_missing"):
        values = {"reason_zh": "", "reason_en": ""} if kind == "crs_missing" else None
        report.add([describe_fault(kind, values=values)])
    assert [tally.kind for tally in report.tallies] == [
        "crs_missing",
        "missing",
        "key_duplicate",
        "spike",
        "area_is_planar",
    ]
    assert report.severity_counts == {"error": 3, "warning": 1, "note": 1}


def test_one_kind_in_two_severities_has_two_tallies():
    report = DeliveryReport()
    report.add([describe_fault("spike"), describe_fault("spike", severity=Severity.ERROR)])
    assert [(tally.severity, tally.count) for tally in report.tallies] == [(Severity.ERROR, 1), (Severity.WARNING, 1)]
    assert report.count("spike") == 2


def test_the_json_follows_the_published_schema():
    report = DeliveryReport(source=SOURCE, settings=SETTINGS, checks=[CheckRecord("crs", CheckStatus.DONE)])
    report.add(
        [
            missing_value(1),
            describe_fault(
                "gap",
                found="7",
                geometry=shapely.box(113, 28, 114, 29),
                width_m=0.5,
                area_m2=3.25,
                values={"area": 3.25, "width": 0.5},
            ),
        ]
    )
    document = json.loads(json.dumps(report.as_json()))
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    gap = next(tally for tally in document["faults"] if tally["kind"] == "gap")
    assert gap["examples"][0]["geometry"]["type"] == "Polygon"


def test_the_schema_refuses_a_report_without_counts():
    document = DeliveryReport(source=SOURCE, settings=SETTINGS).as_json()
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    del document["counts"]
    with pytest.raises(jsonschema.ValidationError, match="'counts' is a required property"):
        jsonschema.Draft202012Validator(SCHEMA).validate(document)


def test_a_kind_that_nobody_has_described_cannot_be_reported():
    with pytest.raises(KeyError, match="no kind of fault 'odd'"):
        describe_fault("odd")


def test_every_fault_of_geometry_has_a_kind_with_words_in_both_languages():
    assert {kind.value for kind in FaultKind} <= set(fault_kinds())
    for kind in fault_kinds().values():
        assert kind.title_zh
        assert kind.title_en
        assert kind.text_zh.endswith("。") or "{" in kind.text_zh
        assert kind.text_en
        assert kind.remedy_zh or kind.severity is Severity.NOTE


def test_the_sentences_of_a_kind_name_the_same_values_in_both_languages():
    def names(text: str) -> set[str]:
        return {name.removesuffix("_zh").removesuffix("_en") for _, name, _, _ in Formatter().parse(text) if name}

    for kind in fault_kinds().values():
        assert names(kind.text_zh) == names(kind.text_en), kind.kind


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ["数据质量校验报告", "必填值为空", "未检查"]),
        ("en", ["Validation report", "Required value empty", "not done"]),
    ],
)
def test_the_page_speaks_its_language(language, words: list[str]):
    report = DeliveryReport(
        source={"name": "a.shp"}, checks=[CheckRecord("topology", CheckStatus.NOT_DONE, "因", "because")]
    )
    report.add([missing_value(4)], read=1, accepted=1)
    page = render_html(report, language)
    assert all(word in page for word in words)


def test_the_page_loads_nothing_and_escapes_what_comes_out_of_data():
    report = DeliveryReport(source={"name": "<img src=x>"})
    report.add(
        [describe_fault("key_duplicate", field="<script>alert(1)</script>", found="a&b", expected=3, feature_id="<b>")]
    )
    page = render_html(report, "en")
    assert "<script" not in page
    assert "<img" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_page_says_when_it_lists_fewer_than_there_are():
    report = DeliveryReport(keep_per_kind=60)
    report.add([missing_value(row) for row in range(1, 101)])
    assert "50 of 100 are listed; the fault layer has the first 60." in render_html(report, "en")


@pytest.mark.parametrize(
    ("kinds", "verdict"),
    [
        ([], "Nothing found"),
        (["area_is_planar"], "Nothing found"),
        (["spike"], "To be looked at"),
        (["spike", "missing"], "Has errors"),
    ],
)
def test_the_verdict_is_that_of_the_worst_fault(kinds: list[str], verdict: str):
    report = DeliveryReport()
    report.add([describe_fault(kind, found=1, expected=2) for kind in kinds])
    assert f">{verdict}</div>" in render_html(report, "en")
